"""The rules of an Order: where it goes, how much, what it is worth."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.order import Order, OrderLine
from canonical.rules.order_terms import line_faults, number_faults, terms_faults, total_faults
from canonical.rules.report import Path, error, warning

__all__ = ["check_order"]

_TOLERANCE: Final = Decimal("0.05")  #: a cent per rounded line is common; more is another price


def check_order(order: Order) -> Iterator[Fault]:
    """Every fault of an order, from the head to the totals."""
    yield from terms_faults(order)
    if order.parties.ship_to is None and not all(line.destinations for line in order.lines):
        yield error(
            "ship-to-missing", ("parties", "shipTo"), "Nothing says where the goods go: neither a ship-to nor destinations on every line."
        )
    for index, line in enumerate(order.lines):
        yield from _line(line, ("lines", index))
    yield from number_faults(order.lines)
    yield from total_faults(order.totals, order.lines, (line.quantity for line in order.lines))
    if order.totals and order.totals.amount is not None and not _amount_fits(order, order.totals.amount):
        yield warning("amount-differs", ("totals", "amount"), "Quantities times prices add up to something else.", order.totals.amount)


def _line(line: OrderLine, path: Path) -> Iterator[Fault]:
    yield from line_faults(line, path)
    if line.quantity.value <= 0:
        yield error("quantity-not-positive", (*path, "quantity", "value"), "An ordered quantity is more than nothing.", line.quantity.value)


def _amount_fits(order: Order, amount: Decimal) -> bool:
    """Whether the amount is the value of the lines, before or after allowances. A price for another unit decides nothing."""
    if any(line.unit_price is None or line.price_unit not in {None, line.quantity.unit} for line in order.lines):
        return True
    value = sum((line.quantity.value * (line.unit_price or 0) for line in order.lines), Decimal(0))
    terms = [*order.allowances_charges, *(term for line in order.lines for term in line.allowances_charges)]
    signs = {"allowance": -1, "charge": 1}
    change = sum((signs.get(term.kind, 0) * (term.amount or 0) for term in terms), Decimal(0))
    return min(abs(amount - value), abs(amount - value - change)) <= _TOLERANCE
