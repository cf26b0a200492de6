"""The rules of a LoadTender and of the answer to it: stops in order, loads that are unloaded, sums."""

from collections.abc import Iterator

from canonical.base import Fault
from canonical.load_tender import LoadTender
from canonical.load_tender_response import LoadTenderResponse
from canonical.rules.report import currency_faults, error, parties_faults, warning
from canonical.rules.transport import LOADS, UNLOADS, carrier_faults, day_of, sequence_faults, stop_faults, total_of

__all__ = ["check_load_tender", "check_load_tender_response"]


def check_load_tender(tender: LoadTender) -> Iterator[Fault]:
    """Every fault of a tender, from the head to the totals."""
    yield from carrier_faults(tender.carrier, ("carrier",))
    yield from currency_faults(tender.currency, ("currency",))
    if tender.parties:
        yield from parties_faults(tender.parties, ("parties",))
    yield from stop_faults(tender.stops)
    yield from _way(tender)
    yield from _totals(tender)


def _way(tender: LoadTender) -> Iterator[Fault]:
    """Where it begins and ends."""
    parties = tender.parties
    ends = parties is not None and parties.shipper is not None and parties.consignee is not None
    if len(tender.stops) < (0 if ends and not tender.stops else 2) and tender.purpose != "cancellation":
        yield error("stops-too-few", ("stops",), "A load goes from somewhere to somewhere else.")
    kinds = [stop.type for stop in tender.stops]
    known = all(kind in LOADS | UNLOADS for kind in kinds)
    if len(kinds) > 1 and known and (kinds[0] not in LOADS or kinds[-1] not in UNLOADS):
        yield warning("stops-not-a-way", ("stops",), "A way begins with loading and ends with unloading.")
    first = next((stop.window.start for stop in tender.stops if stop.window and stop.window.start), None)
    if tender.respond_by and first and day_of(tender.respond_by) > day_of(first):
        yield warning("answer-after-pickup", ("respondBy",), "The answer is due after the first stop.", tender.respond_by)


def _totals(tender: LoadTender) -> Iterator[Fault]:
    loaded = total_of(stop.weight for stop in tender.stops if stop.type in LOADS)
    unloaded = total_of(stop.weight for stop in tender.stops if stop.type in UNLOADS)
    if loaded and unloaded and loaded.unit == unloaded.unit and loaded.value != unloaded.value:
        yield warning("load-not-unloaded", ("stops",), "What is loaded does not weigh what is unloaded.")
    weight = tender.totals.weight if tender.totals else None
    if weight and loaded and weight.unit == loaded.unit and weight.value != loaded.value:
        yield warning("weight-differs", ("totals", "weight", "value"), "The stops load another weight.", weight.value)


def check_load_tender_response(response: LoadTenderResponse) -> Iterator[Fault]:
    """Every fault of an answer."""
    yield from carrier_faults(response.carrier, ("carrier",))
    yield from sequence_faults([stop.sequence for stop in response.stops], ("stops",))
    if response.decision == "declined" and response.explanation is None and not response.notes:
        yield warning("reason-missing", ("explanation",), "Nothing says why the load was declined.")
