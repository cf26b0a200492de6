"""The rules of a RemittanceAdvice: what is paid in all is the sum of what is paid for each item."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.remittance_advice import RemittanceAdvice, RemittedItem
from canonical.rules.report import Path, currency_faults, error, gln_faults, parties_faults, warning

__all__ = ["check_remittance_advice"]

_CENT: Final = Decimal("0.01")
_ROUTING_DIGITS: Final = 9
_ROUTING_WEIGHTS: Final = (3, 7, 1, 3, 7, 1, 3, 7, 1)


def check_remittance_advice(advice: RemittanceAdvice) -> Iterator[Fault]:
    """Every fault of a remittance advice."""
    yield from currency_faults(advice.currency, ("currency",))
    yield from parties_faults(advice.parties, ("parties",))
    yield from _banks(advice)
    for index, item in enumerate(advice.items):
        yield from _item(item, ("items", index))
    if advice.payment.amount < 0:
        yield error("amount-negative", ("payment", "amount"), "A payment is not less than nothing.", advice.payment.amount)
    if advice.items or advice.adjustments:
        yield from _total(advice)


def _item(item: RemittedItem, path: Path) -> Iterator[Fault]:
    """What was invoiced, less discount and adjustments, is what was paid, where all of them are told."""
    if item.section and item.section.party:
        yield from gln_faults(item.section.party.id_scheme, item.section.party.id, (*path, "section", "party", "id"))
    if item.amount_invoiced is None or item.payment_action == "onAccount":
        return
    adjusted = sum((part.amount for part in item.adjustments), item.adjustment_amount or Decimal(0))
    less = item.amount_invoiced - (item.discount_taken or Decimal(0))
    if min(abs(less + adjusted - item.amount_paid), abs(less - adjusted - item.amount_paid), abs(less - item.amount_paid)) > _CENT:
        yield warning("paid-differs", (*path, "amountPaid"), "Invoice, discount and adjustments do not explain it.", item.amount_paid)


def _total(advice: RemittanceAdvice) -> Iterator[Fault]:
    """Adjustments of items are in what was paid for them, or beside it: partners do both."""
    paid = sum((item.amount_paid for item in advice.items), Decimal(0))
    apart = sum((part.amount for part in advice.adjustments), Decimal(0))
    within = sum((part.amount for item in advice.items for part in item.adjustments), Decimal(0))
    if min(abs(advice.payment.amount - total) for total in (paid + apart, paid + apart + within)) > _CENT:
        yield error("payment-differs", ("payment", "amount"), "The items and adjustments add up to something else.", advice.payment.amount)


def _banks(advice: RemittanceAdvice) -> Iterator[Fault]:
    payment = advice.payment
    for name, account in (("payerAccount", payment.payer_account), ("payeeAccount", payment.payee_account)):
        bank = account.bank if account else None
        if bank and bank.id_scheme == "routingNumber" and not _is_routing_number(bank.id):
            path: Path = ("payment", name, "bank", "id")
            yield warning("routing-check-digit", path, "A routing number has nine digits, the last of them its check digit.", bank.id)


def _is_routing_number(text: str) -> bool:
    if len(text) != _ROUTING_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return sum(int(digit) * weight for digit, weight in zip(text, _ROUTING_WEIGHTS, strict=True)) % 10 == 0
