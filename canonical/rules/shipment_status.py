"""The rules of a ShipmentStatus: an event tells of the goods or of an appointment, and its code means something."""

from collections.abc import Iterator

from canonical.base import Fault
from canonical.gs1 import is_valid
from canonical.rules.report import Path, error, parties_faults, warning
from canonical.rules.transport import carrier_faults
from canonical.shipment_status import ShipmentStatus, TrackingEvent
from canonical.tracking import UNMAPPED, status_of

__all__ = ["check_shipment_status"]


def check_shipment_status(status: ShipmentStatus) -> Iterator[Fault]:
    """Every fault of a status, from the head to the last event."""
    named = (status.load_number, status.carrier_reference, *status.references, *(c.carrier_reference for c in status.consignments))
    if not any(named):
        yield error("load-unknown", ("loadNumber",), "Nothing says which load this is about.")
    yield from carrier_faults(status.carrier, ("carrier",))
    if status.parties:
        yield from parties_faults(status.parties, ("parties",))
    for number, consignment in enumerate(status.consignments):
        path: Path = ("consignments", number)
        yield from _ssccs(consignment.sscc, path)
        for index, event in enumerate(consignment.events):
            yield from _event(event, (*path, "events", index))


def _event(event: TrackingEvent, path: Path) -> Iterator[Fault]:
    if event.status is not None and event.appointment_status is not None:
        yield error("status-and-appointment", path, "An event has a status or tells of an appointment, never both.")
    elif event.status is None and event.appointment_status is None:
        yield error("status-missing", (*path, "status"), "Nothing says what happened.")
    elif status_of(event) == UNMAPPED:
        yield warning("status-unmapped", (*path, "status"), "Nobody has said what this code means.", event.status)
    if event.occurred_at is None:
        yield warning("time-missing", (*path, "occurredAt"), "Nothing says when it happened.")
    yield from _ssccs(event.sscc, path)


def _ssccs(ssccs: tuple[str, ...], path: Path) -> Iterator[Fault]:
    for index, sscc in enumerate(ssccs):
        if not is_valid(sscc):
            yield error("sscc-check-digit", (*path, "sscc", index), "The last digit is not the check digit of this SSCC.", sscc)
