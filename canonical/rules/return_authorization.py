"""The rules of a ReturnAuthorization: products named, quantities, and answers that say under which number."""

from collections.abc import Iterator
from datetime import date, datetime

from canonical.base import Fault
from canonical.return_authorization import ReturnAuthorization, ReturnDecision
from canonical.rules.report import Path, error, item_faults, parties_faults, warning

__all__ = ["check_return_authorization"]


def check_return_authorization(document: ReturnAuthorization) -> Iterator[Fault]:
    """Every fault of a return."""
    yield from parties_faults(document.parties, ("parties",))
    yield from _decision(document.decision, (), numbered=document.rma_number is not None)
    for index, line in enumerate(document.lines):
        path: Path = ("lines", index)
        yield from item_faults(line.item, (*path, "item"))
        if line.quantity.value <= 0:
            yield error("quantity-not-positive", (*path, "quantity", "value"), "What comes back is more than nothing.", line.quantity.value)
        granted = line.quantity_authorized
        if granted and granted.unit in {None, line.quantity.unit} and granted.value > line.quantity.value:
            place: Path = (*path, "quantityAuthorized", "value")
            yield warning("quantity-over-request", place, "More may come back than was asked for.", granted.value)
        yield from _decision(line.decision, path, numbered=bool(line.rma_number or document.rma_number))
    if document.return_by_date and _day(document.return_by_date) < _day(document.request_date):
        yield warning("window-reversed", ("returnByDate",), "The last day for the return is before this was written.")


def _decision(decision: ReturnDecision | None, path: Path, *, numbered: bool) -> Iterator[Fault]:
    if decision is None:
        return
    place: Path = (*path, "decision")
    if decision.disposition == "authorized" and not numbered:
        yield warning("rma-missing", place, "Authorized with a number, but no number is given.")
    if decision.request_reason and decision.response_reason:
        yield error("reason-doubled", place, "A reason is that of the request or that of the answer, not both.")


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
