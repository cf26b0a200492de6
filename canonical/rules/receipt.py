"""The rules of a Receipt: keys, quantities that must add up, totals."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from canonical.base import Fault
from canonical.gs1 import is_valid
from canonical.item import Quantity
from canonical.receipt import Receipt, ReceiptLine
from canonical.rules.report import Path, error, item_faults, parties_faults, warning

__all__ = ["check_receipt"]

_QUANTITIES = ("received", "accepted", "returned", "shipped", "ordered")


def check_receipt(receipt: Receipt) -> Iterator[Fault]:
    """Every fault of a receipt, from the head to the totals."""
    yield from parties_faults(receipt.parties, ("parties",))
    if receipt.received_at is not None and _day(receipt.received_at) > _day(receipt.receipt_date):
        yield warning("received-after-advice", ("receivedAt",), "The goods arrived after this was written.", receipt.received_at)
    if not receipt.purchase_orders and receipt.shipment_number is None:
        yield warning("nothing-to-match", (), "Neither an order nor a shipment is named, so nothing can be matched.")
    for index, line in enumerate(receipt.lines):
        yield from _line(line, ("lines", index))
    yield from _totals(receipt)


def _line(line: ReceiptLine, path: Path) -> Iterator[Fault]:
    yield from item_faults(line.item, (*path, "item"))
    for name in _QUANTITIES:
        quantity: Quantity | None = getattr(line, f"quantity_{name}")
        if quantity is not None and quantity.value < 0:
            place = (*path, f"quantity{name.title()}", "value")
            yield error("quantity-negative", place, "A quantity in a receipt is not less than nothing.", quantity.value)
    if not (line.quantity_received or line.quantity_accepted or line.quantity_returned or line.exceptions):
        yield error("quantity-missing", path, "Nothing says how much arrived, was accepted, or is in question.")
    yield from _parts(line, path)
    for index, sscc in enumerate(line.ssccs):
        if not is_valid(sscc):
            yield error("sscc-check-digit", (*path, "ssccs", index), "The last digit is not the check digit of this SSCC.", sscc)


def _parts(line: ReceiptLine, path: Path) -> Iterator[Fault]:
    """What is accepted, sent back, or in question is part of what came; only what is short is not."""
    came = line.quantity_received
    if came is None:
        return
    for name, part in (("quantityAccepted", line.quantity_accepted), ("quantityReturned", line.quantity_returned)):
        if part is not None and part.unit in {None, came.unit} and part.value > came.value:
            yield error("quantity-over-received", (*path, name, "value"), "This is more than was received.", part.value)
    here = [e.quantity for e in line.exceptions if e.quantity is not None and e.condition not in {"short", "rejected"}]
    if any(quantity.unit not in {None, came.unit} for quantity in here):
        return
    total = sum((quantity.value for quantity in here), Decimal(0))
    if total > came.value:
        yield warning("exceptions-over-received", (*path, "exceptions"), "More is in question than was received.", total)


def _totals(receipt: Receipt) -> Iterator[Fault]:
    totals = receipt.totals
    if totals is None:
        return
    if totals.line_count is not None and totals.line_count != len(receipt.lines):
        yield error("line-count-differs", ("totals", "lineCount"), "The receipt has another number of lines.", totals.line_count)
    if totals.quantity_hash is not None:
        total = sum((line.quantity_received.value for line in receipt.lines if line.quantity_received), Decimal(0))
        if total != totals.quantity_hash:
            place = ("totals", "quantityHash")
            yield error("quantity-hash-differs", place, "The quantities add up to something else.", totals.quantity_hash)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
