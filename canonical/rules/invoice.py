"""The rules of an Invoice: keys, prices times quantities, taxes, and totals that add up."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import Final

from canonical.base import Fault
from canonical.invoice import Invoice, InvoiceLine
from canonical.rules.report import Path, currency_faults, error, gln_faults, item_faults, parties_faults, warning
from canonical.terms import AllowanceCharge, Tax

__all__ = ["check_invoice"]

_CENT: Final = Decimal("0.01")
_TOLERANCE: Final = Decimal("0.05")  #: a cent per rounded amount is common; more is another price
_SIGNS: Final = {"allowance": -1, "charge": 1}


def check_invoice(invoice: Invoice) -> Iterator[Fault]:
    """Every fault of an invoice, from the head to the totals."""
    yield from _head(invoice)
    for index, line in enumerate(invoice.lines):
        yield from _line(line, ("lines", index))
    yield from _terms(invoice.allowances_charges, ())
    yield from _taxes(invoice.taxes, ())
    if not invoice.lines and not invoice.allowances_charges:
        yield warning("invoice-empty", ("lines",), "Nothing says what is charged.")
    yield from _totals(invoice)


def _head(invoice: Invoice) -> Iterator[Fault]:
    yield from currency_faults(invoice.currency, ("currency",))
    yield from parties_faults(invoice.parties, ("parties",))
    for index, terms in enumerate(invoice.payment_terms):
        if terms.net_due_date and terms.net_due_date < _day(invoice.invoice_date):
            path: Path = ("paymentTerms", index, "netDueDate")
            yield warning("due-before-invoice", path, "Due before the invoice was written.", terms.net_due_date)


def _line(line: InvoiceLine, path: Path) -> Iterator[Fault]:
    yield from item_faults(line.item, (*path, "item"))
    if line.parties:
        yield from parties_faults(line.parties, (*path, "parties"))
    yield from _terms(line.allowances_charges, path)
    yield from _taxes(line.taxes, path)
    if line.destinations and all(part.quantity.unit in {None, line.quantity_invoiced.unit} for part in line.destinations):
        total = sum((part.quantity.value for part in line.destinations), Decimal(0))
        if total != line.quantity_invoiced.value:
            yield error("destinations-differs", (*path, "destinations"), "The parts do not add up to the quantity of the line.", total)
    for index, part in enumerate(line.destinations):
        yield from gln_faults(part.location_scheme, part.location_id, (*path, "destinations", index, "locationId"))
    value = _value(line)
    if line.line_amount is not None and value is not None and abs(value - line.line_amount) > _TOLERANCE:
        yield warning("line-amount-differs", (*path, "lineAmount"), "Quantity times price is something else.", line.line_amount)


def _terms(terms: Iterable[AllowanceCharge], path: Path) -> Iterator[Fault]:
    for index, term in enumerate(terms):
        place: Path = (*path, "allowancesCharges", index)
        if term.amount is not None and term.amount < 0:
            yield warning("amount-negative", (*place, "amount"), "An allowance or charge is positive; its kind says which.", term.amount)
        if term.kind in _SIGNS and term.amount is None and term.percent is None and term.rate is None:
            yield warning("amount-missing", place, "Neither an amount nor a percentage nor a rate.")
        yield from _taxes(term.taxes, place)


def _taxes(taxes: Iterable[Tax], path: Path) -> Iterator[Fault]:
    for index, tax in enumerate(taxes):
        if tax.amount is not None and tax.percent is not None and tax.taxable_amount is not None:
            expected = tax.taxable_amount * tax.percent / 100
            if abs(expected - tax.amount) > _TOLERANCE:
                yield warning("tax-differs", (*path, "taxes", index, "amount"), "The rate gives another amount.", tax.amount)


def _totals(invoice: Invoice) -> Iterator[Fault]:
    totals, tolerance = invoice.totals, max(_TOLERANCE, _CENT * len(invoice.lines))
    if totals.amount_due < 0:
        yield warning("amount-negative", ("totals", "amountDue"), "A credit is a credit note with positive amounts.", totals.amount_due)
    if totals.line_count is not None and totals.line_count != len(invoice.lines):
        yield error("line-count-differs", ("totals", "lineCount"), "The invoice has another number of lines.", totals.line_count)
    discount = totals.discounted_amount, totals.discount_amount
    if None not in discount and abs(sum(part or Decimal(0) for part in discount) - totals.amount_due) > tolerance:
        yield warning("discount-differs", ("totals", "discountedAmount"), "With the discount it is not what is due.", discount[0])
    values = [line.line_amount if line.line_amount is not None else _value(line) for line in invoice.lines]
    lines = sum((value for value in values if value is not None), Decimal(0))
    if not invoice.lines or None in values:
        return
    within = [term for line in invoice.lines for term in line.allowances_charges]
    if totals.line_amount is not None and not _near(totals.line_amount, [lines, lines + _net(within)], tolerance):
        yield error("line-total-differs", ("totals", "lineAmount"), "The lines add up to something else.", totals.line_amount)
    name, amount = ("amountDue", totals.amount_due) if totals.invoice_amount is None else ("invoiceAmount", totals.invoice_amount)
    if not _near(amount, _sums(invoice, lines, within), tolerance):
        yield error("amount-differs", ("totals", name), "Lines, allowances, charges and taxes add up to something else.", amount)


def _sums(invoice: Invoice, lines: Decimal, within: list[AllowanceCharge]) -> list[Decimal]:
    """What the whole may be: partners list charges and taxes at the lines, at the head, or at both, as parts or as their sums."""
    head = invoice.allowances_charges
    charges = {Decimal(0), _net(within), _net(head), _net(within) + _net(head), invoice.totals.charge_amount or Decimal(0)}
    by_line = _tax([tax for line in invoice.lines for tax in line.taxes])
    by_term = _tax([tax for term in (*within, *head) for tax in term.taxes])
    by_head = _tax(invoice.taxes)
    taxes = {Decimal(0), by_line, by_term, by_head, by_line + by_term, by_head + by_term, by_line + by_head + by_term}
    taxes.add(invoice.totals.tax_amount or Decimal(0))
    stated = [invoice.totals.line_amount] if invoice.totals.line_amount is not None else []
    return [base + charge + tax for base, charge, tax in product([lines, *stated], charges, taxes)]


def _value(line: InvoiceLine) -> Decimal | None:
    """Quantity times price; None where the price is for another unit, or for another number of them."""
    if line.unit_price is None or line.price_basis is not None or line.price_unit not in {None, line.quantity_invoiced.unit}:
        return None
    return line.quantity_invoiced.value * line.unit_price


def _net(terms: Iterable[AllowanceCharge]) -> Decimal:
    """Charges less allowances; what is billed back is not taken off here."""
    counted = (term for term in terms if term.handling != "billBack")
    return sum((_SIGNS.get(term.kind, 0) * (term.amount or Decimal(0)) for term in counted), Decimal(0))


def _tax(taxes: Iterable[Tax]) -> Decimal:
    return sum((tax.amount or Decimal(0) for tax in taxes), Decimal(0))


def _near(amount: Decimal, candidates: Iterable[Decimal], tolerance: Decimal) -> bool:
    return any(abs(amount - candidate) <= tolerance for candidate in candidates)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
