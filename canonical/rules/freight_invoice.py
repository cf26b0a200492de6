"""The rules of a FreightInvoice: what it is for, and charges that add up to what is due."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.freight_invoice import FreightInvoice
from canonical.rules.report import Path, currency_faults, error, parties_faults, warning
from canonical.rules.transport import carrier_faults, day_of, stop_faults

__all__ = ["check_freight_invoice"]

_TOLERANCE: Final = Decimal("0.05")  #: a cent per rounded charge is common; more is another price


def check_freight_invoice(invoice: FreightInvoice) -> Iterator[Fault]:
    """Every fault of a freight bill, from the head to the totals."""
    if not (invoice.load_number or invoice.pro_number or invoice.bill_of_lading_number):
        yield error("nothing-to-match", (), "Neither a load, nor a PRO number, nor a bill of lading: the bill cannot be audited.")
    yield from carrier_faults(invoice.carrier, ("carrier",))
    yield from currency_faults(invoice.currency, ("currency",))
    if invoice.parties:
        yield from parties_faults(invoice.parties, ("parties",))
    if invoice.pickup_date and invoice.delivery_date and day_of(invoice.pickup_date) > invoice.delivery_date:
        yield error("delivered-before-pickup", ("deliveryDate",), "Delivered before it was picked up.", invoice.delivery_date)
    yield from stop_faults(invoice.stops)
    yield from _sums(invoice)


def _sums(invoice: FreightInvoice) -> Iterator[Fault]:
    charges = [charge for line in invoice.lines for charge in line.charges]
    total = sum((part or Decimal(0) for charge in charges for part in (charge.amount, charge.advance)), Decimal(0))
    prepaid = sum((charge.prepaid_amount or Decimal(0) for charge in charges), Decimal(0))
    stated = invoice.totals.charge if invoice.totals else None
    if stated is not None and charges and abs(total - stated) > _TOLERANCE:
        yield error("charges-differ", ("totals", "charge"), "The charges of the lines add up to something else.", stated)
    due = invoice.net_amount_due
    if charges and min(abs(total - due), abs(total - prepaid - due)) > _TOLERANCE:
        place: Path = ("netAmountDue",)
        yield warning("amount-due-differs", place, "The charges of the lines add up to something else.", due)
    if due < 0 and invoice.correction is None:
        yield warning("amount-negative", ("netAmountDue",), "Less than nothing is due, and nothing says what this corrects.", due)
