"""The rules of an OrderAcknowledgment: that its answers agree with each other and with what they answer."""

from collections.abc import Iterator
from typing import Final

from canonical.base import Fault
from canonical.order_acknowledgment import AcknowledgedLine, LineResponse, OrderAcknowledgment
from canonical.rules.order_terms import day, number_faults, terms_faults, total_faults
from canonical.rules.report import Path, currency_faults, error, item_faults, parties_faults, warning

__all__ = ["check_order_acknowledgment"]

_REFUSED: Final = frozenset({"rejected", "deleted"})
_ALL_GOOD: Final = frozenset({"accepted", "acceptedWithDetail"})
_ALL_BAD: Final = frozenset({"rejected", "rejectedWithDetail"})


def check_order_acknowledgment(document: OrderAcknowledgment) -> Iterator[Fault]:
    """Every fault of an answer."""
    yield from terms_faults(document)
    ship, arrive = document.promised_ship_date, document.promised_delivery_date
    if ship and arrive and day(arrive) < day(ship):
        yield error("delivery-before-ship", ("promisedDeliveryDate",), "The goods arrive before they are shipped.")
    for index, line in enumerate(document.lines):
        yield from _line(document, line, ("lines", index))
    yield from number_faults(document.lines)
    yield from total_faults(document.totals, document.lines, (line.quantity_ordered for line in document.lines))


def _line(document: OrderAcknowledgment, line: AcknowledgedLine, path: Path) -> Iterator[Fault]:
    if not line.line_number and not line.item:
        yield error("line-not-named", path, "Neither a line number nor a product says which line is meant.")
    if line.item:
        yield from item_faults(line.item, (*path, "item"))
    yield from currency_faults(line.currency, (*path, "currency"))
    if line.parties:
        yield from parties_faults(line.parties, (*path, "parties"))
    for index, sub_line in enumerate(line.sub_lines):
        yield from item_faults(sub_line.item, (*path, "subLines", index, "item"))
    if not line.responses and document.status in {"acceptedWithDetail", "acceptedWithChanges", "rejectedWithDetail"}:
        yield warning("line-unanswered", path, "The answer is given line by line, and this line has none.")
    for index, response in enumerate(line.responses):
        yield from _response(document, response, (*path, "responses", index))
    yield from _sum(line, path)


def _response(document: OrderAcknowledgment, response: LineResponse, path: Path) -> Iterator[Fault]:
    if response.quantity and response.quantity.value < 0:
        yield error("quantity-negative", (*path, "quantity", "value"), "An answer covers nothing or more.", response.quantity.value)
    if response.item:
        yield from item_faults(response.item, (*path, "item"))
    elif response.status == "substituted":
        yield error("substitute-missing", path, "Another product comes, and nothing says which.")
    if response.date_type and not response.date:
        yield warning("date-missing", path, "The kind of date is there, and not the date.", response.date_type)
    refused = response.status in _REFUSED
    if (refused and document.status in _ALL_GOOD) or (not refused and document.status in _ALL_BAD):
        yield warning("answers-differ", (*path, "status"), "The answer to the line is another than that to the whole.", response.status)


def _sum(line: AcknowledgedLine, path: Path) -> Iterator[Fault]:
    """All answers cover no more than was ordered. Quantities in another unit, or of another product, decide nothing."""
    ordered = line.quantity_ordered
    answered = [one.quantity for one in line.responses if one.quantity and one.status != "substituted"]
    if ordered is None or any(one.unit not in {None, ordered.unit} for one in answered):
        return
    total = sum(one.value for one in answered)
    if total > ordered.value:
        yield error("answered-more-than-ordered", (*path, "responses"), "The answers cover more than was ordered.", total)
