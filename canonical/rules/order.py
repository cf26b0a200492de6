"""The rules of an Order: keys, sums, windows (design table D1)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.item import Quantity
from canonical.order import Order, OrderLine
from canonical.rules.report import Path, currency_faults, error, gln_faults, item_faults, parties_faults, warning

__all__ = ["check_order"]

_TOLERANCE: Final = Decimal("0.05")  #: a cent per rounded line is common; more is another price


def check_order(order: Order) -> Iterator[Fault]:
    """Every fault of an order, from the head to the totals."""
    yield from _head(order)
    numbers = Counter(line.line_number for line in order.lines if line.line_number)
    for index, line in enumerate(order.lines):
        path: Path = ("lines", index)
        yield from _line(line, path)
        if line.line_number and numbers[line.line_number] > 1:
            yield error("line-number-duplicate", (*path, "lineNumber"), "Another line has the same number.", line.line_number)
    yield from _totals(order)


def _head(order: Order) -> Iterator[Fault]:
    yield from currency_faults(order.currency, ("currency",))
    yield from parties_faults(order.parties, ("parties",))
    if order.parties.ship_to is None and not all(line.destinations for line in order.lines):
        yield error(
            "ship-to-missing", ("parties", "shipTo"), "Nothing says where the goods go: neither a ship-to nor destinations on every line."
        )
    for name, window in (("shipWindow", order.ship_window), ("deliveryWindow", order.delivery_window)):
        if window and window.start and window.end and _day(window.start) > _day(window.end):
            yield error("window-reversed", (name,), "The window ends before it starts.")
    if (
        order.cancel_after_date
        and order.ship_window
        and order.ship_window.start
        and _day(order.cancel_after_date) < order.ship_window.start
    ):
        yield warning("cancelled-before-window", ("cancelAfterDate",), "The order is void before it may be shipped.")


def _line(line: OrderLine, path: Path) -> Iterator[Fault]:
    yield from item_faults(line.item, (*path, "item"))
    yield from currency_faults(line.currency, (*path, "currency"))
    if line.quantity.value <= 0:
        yield error("quantity-not-positive", (*path, "quantity", "value"), "An ordered quantity is more than nothing.", line.quantity.value)
    for name, parts in (("schedule", line.schedule), ("destinations", line.destinations)):
        if parts and not _adds_up(line.quantity, [part.quantity for part in parts]):
            yield error(f"{name}-differs", (*path, name), "The parts do not add up to the quantity of the line.")
    for index, destination in enumerate(line.destinations):
        yield from gln_faults(destination.location_scheme, destination.location_id, (*path, "destinations", index, "locationId"))
    for index, sub_line in enumerate(line.sub_lines):
        yield from item_faults(sub_line.item, (*path, "subLines", index, "item"))


def _totals(order: Order) -> Iterator[Fault]:
    totals = order.totals
    if totals is None:
        return
    if totals.line_count is not None and totals.line_count != len(order.lines):
        yield error("line-count-differs", ("totals", "lineCount"), "The order has another number of lines.", totals.line_count)
    if totals.quantity_hash is not None and totals.quantity_hash != sum(line.quantity.value for line in order.lines):
        yield error("quantity-hash-differs", ("totals", "quantityHash"), "The quantities add up to something else.", totals.quantity_hash)
    if totals.amount is not None and not _amount_fits(order, totals.amount):
        yield warning("amount-differs", ("totals", "amount"), "Quantities times prices add up to something else.", totals.amount)


def _amount_fits(order: Order, amount: Decimal) -> bool:
    """Whether the amount is the value of the lines, before or after allowances. A price for another unit decides nothing."""
    if any(line.unit_price is None or line.price_unit not in {None, line.quantity.unit} for line in order.lines):
        return True
    value = sum((line.quantity.value * (line.unit_price or 0) for line in order.lines), Decimal(0))
    terms = [*order.allowances_charges, *(term for line in order.lines for term in line.allowances_charges)]
    signs = {"allowance": -1, "charge": 1}
    change = sum((signs.get(term.kind, 0) * (term.amount or 0) for term in terms), Decimal(0))
    return min(abs(amount - value), abs(amount - value - change)) <= _TOLERANCE


def _adds_up(whole: Quantity, parts: Iterable[Quantity]) -> bool:
    """Whether the parts make the whole; parts in another unit decide nothing."""
    parts = tuple(parts)
    if any(part.unit not in {None, whole.unit} for part in parts):
        return True
    return sum(part.value for part in parts) == whole.value


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
