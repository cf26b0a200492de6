"""The rules that an order, a change of one and its answer share: conditions of the whole, lines, their sums."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Protocol

from canonical.base import Fault
from canonical.item import Quantity
from canonical.order_terms import LineTerms, OrderTerms, OrderTotals
from canonical.rules.report import Path, currency_faults, error, gln_faults, item_faults, parties_faults, warning

__all__ = ["adds_up", "day", "line_faults", "number_faults", "terms_faults", "total_faults"]


class _Numbered(Protocol):
    @property
    def line_number(self) -> str | None: ...


def terms_faults(document: OrderTerms) -> Iterator[Fault]:
    """Currency, parties and windows of the whole."""
    yield from currency_faults(document.currency, ("currency",))
    if document.parties:
        yield from parties_faults(document.parties, ("parties",))
    for name, window in (("shipWindow", document.ship_window), ("deliveryWindow", document.delivery_window)):
        if window and window.start and window.end and day(window.start) > day(window.end):
            yield error("window-reversed", (name,), "The window ends before it starts.")
    window = document.ship_window
    if document.cancel_after_date and window and window.start and day(document.cancel_after_date) < window.start:
        yield warning("cancelled-before-window", ("cancelAfterDate",), "The order is void before it may be shipped.")


def line_faults(line: LineTerms, path: Path) -> Iterator[Fault]:
    """Product, currency, parts and parties of one line, as far as it says them."""
    if line.item:
        yield from item_faults(line.item, (*path, "item"))
    yield from currency_faults(line.currency, (*path, "currency"))
    for name, parts in (("schedule", line.schedule), ("destinations", line.destinations)):
        if parts and line.quantity and not adds_up(line.quantity, [part.quantity for part in parts]):
            yield error(f"{name}-differs", (*path, name), "The parts do not add up to the quantity of the line.")
    for index, destination in enumerate(line.destinations):
        yield from gln_faults(destination.location_scheme, destination.location_id, (*path, "destinations", index, "locationId"))
    for index, sub_line in enumerate(line.sub_lines):
        yield from item_faults(sub_line.item, (*path, "subLines", index, "item"))
    if line.parties:
        yield from parties_faults(line.parties, (*path, "parties"))


def number_faults(lines: Sequence[_Numbered]) -> Iterator[Fault]:
    """Lines that have the number of another."""
    numbers = Counter(line.line_number for line in lines if line.line_number)
    for index, line in enumerate(lines):
        if line.line_number and numbers[line.line_number] > 1:
            path: Path = ("lines", index, "lineNumber")
            yield error("line-number-duplicate", path, "Another line has the same number.", line.line_number)


def total_faults(totals: OrderTotals | None, lines: Sequence[object], quantities: Iterable[Quantity | None]) -> Iterator[Fault]:
    """Counts and sums that are not those of the lines."""
    if totals is None:
        return
    if totals.line_count is not None and totals.line_count != len(lines):
        yield error("line-count-differs", ("totals", "lineCount"), "The document has another number of lines.", totals.line_count)
    if totals.quantity_hash is not None and totals.quantity_hash != sum(one.value for one in quantities if one):
        yield error("quantity-hash-differs", ("totals", "quantityHash"), "The quantities add up to something else.", totals.quantity_hash)


def adds_up(whole: Quantity, parts: Iterable[Quantity]) -> bool:
    """Whether the parts make the whole; parts in another unit decide nothing."""
    parts = tuple(parts)
    if any(part.unit not in {None, whole.unit} for part in parts):
        return True
    return sum(part.value for part in parts) == whole.value


def day(moment: date | datetime) -> date:
    """The day of a moment, in the zone that it names."""
    return moment.date() if isinstance(moment, datetime) else moment
