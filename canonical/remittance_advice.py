"""RemittanceAdvice: what was paid, how, and for which invoices (X12 820, EDIFACT REMADV)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.party import IdScheme, Parties
from canonical.scalars import Count, Country, Currency, Date, DateOrTime, Dec, OpenEnum, Str20, Str30, Str35, Str70, Str80

__all__ = [
    "Account",
    "Bank",
    "BankAccount",
    "ItemAdjustment",
    "Payment",
    "PaymentAdjustment",
    "RemittanceAdvice",
    "RemittanceSection",
    "RemittedItem",
    "SectionParty",
]

PaidReference = Annotated[
    str, OpenEnum("invoice", "creditNote", "debitMemo", "purchaseOrder", "account", "billOfLading", "shipment", "mutual")
]  #: what kind of number says what is paid

AdjustmentReason = Annotated[
    str,
    OpenEnum(
        "priceError",
        "damaged",
        "quality",
        "quantityContested",
        "wrongProduct",
        "overpaymentCredit",
        "underpayment",
        "creditMemo",
        "adjustment",
        "freightDeducted",
        "taxDifference",
        "returned",
        "shortDelivery",
        "mutual",
    ),
]  #: why another amount was paid


class Bank(Model):
    """A bank by its number."""

    id_scheme: Annotated[str, OpenEnum("routingNumber", "swift", "canadianBank")]
    """Who gave out `id`."""
    id: Str35
    """The bank's number."""


class Account(Model):
    """An account by its number."""

    number: Str35
    """The account number."""
    type: Annotated[str, OpenEnum("checking", "savings")] | None = None
    """What kind of account."""
    holder: Str35 | None = None
    """Whose it is."""


class BankAccount(Model):
    """Where money leaves or arrives."""

    bank: Bank | None = None
    """The bank."""
    bank_name: Str70 | None = None
    """Name of the bank."""
    account: Account | None = None
    """The account there."""
    country: Country | None = None
    """Country of the bank."""


class Payment(Model):
    """How the money moves."""

    handling: (
        Annotated[
            str,
            OpenEnum(
                "paymentWithRemittance",
                "paymentOnly",
                "remittanceOnly",
                "noticeOnly",
                "paymentApart",
                "prenotification",
                "asReceiverChooses",
            ),
        ]
        | None
    ) = None
    """Whether this document moves the money, or only tells of it."""
    method: (
        Annotated[
            str,
            OpenEnum(
                "clearingHouse",
                "check",
                "wire",
                "swift",
                "creditTransfer",
                "directDebit",
                "bankAccount",
                "card",
                "cash",
                "bankChoice",
                "none",
            ),
        ]
        | None
    ) = None
    """How it is paid."""
    format: Str20 | None = None
    """Format of the payment, as the code list of the wire has it: CTX, CCP."""
    direction: Annotated[str, OpenEnum("credit", "debit")] | None = None
    """Whether the payee's account gains (`credit`) or loses."""
    amount: Dec
    """How much is paid in all."""
    date: Date
    """When the money is there, or the check is dated."""
    originator_id: Str35 | None = None
    """The payer's number at its bank."""
    business_function: Str20 | None = None
    """What the payment is for, as the code list of the wire has it: VEN vendor."""
    payer_account: BankAccount | None = None
    """Where the money comes from."""
    payee_account: BankAccount | None = None
    """Where it goes."""


class SectionParty(Model):
    """The branch that a section is about."""

    role: Annotated[str, OpenEnum("payer", "payee", "buyer", "seller", "shipTo", "store")]
    """What it is to the payment."""
    id_scheme: IdScheme
    """Who gave out `id`."""
    id: Str80
    """Its number."""


class RemittanceSection(Model):
    """The part of the advice that an item stands in: mostly one for each branch."""

    sequence: Count
    """Number of the section, as sent."""
    party: SectionParty | None = None
    """The branch."""


class ItemAdjustment(Model):
    """A part of the difference between what was invoiced and what is paid."""

    amount: Dec
    """How much; negative when less is paid."""
    reason: AdjustmentReason
    """Why."""
    reference: Reference | None = None
    """The number that it goes by."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Further numbers."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about it."""


class PaymentAdjustment(ItemAdjustment):
    """Money taken off or added that belongs to no item."""

    section: RemittanceSection | None = None
    """The part of the advice that it stands in."""
    reference_date: DateOrTime | None = None
    """Date of what has that number."""


class RemittedItem(Model):
    """One invoice, or other item, that is paid."""

    section: RemittanceSection | None = None
    """The part of the advice that it stands in."""
    reference_type: PaidReference
    """What kind of number `referenceNumber` is."""
    reference_number: Str35
    """The number, verbatim: mostly our invoice number."""
    reference_date: DateOrTime | None = None
    """Date of the invoice."""
    payment_action: Annotated[str, OpenEnum("payItem", "onAccount", "final", "adjustment")] | None = None
    """Whether the item is paid for good."""
    amount_paid: Dec
    """How much of the payment is for it."""
    amount_invoiced: Dec | None = None
    """What was to be paid."""
    discount_taken: Dec | None = None
    """What was taken off for paying early."""
    adjustment_reason: AdjustmentReason | None = None
    """Why another amount was paid, where one reason covers it."""
    adjustment_amount: Dec | None = None
    """The difference that `adjustmentReason` covers."""
    purchase_order_number: Str35 | None = None
    """The buyer's order."""
    department_number: Str30 | None = None
    """The retailer's department."""
    store_number: Str35 | None = None
    """The store."""
    adjustments: tuple[ItemAdjustment, ...] = Field(default=(), exclude_if=none_said)
    """Differences, each with its reason."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about it."""


class RemittanceAdvice(Document):
    """What was paid, and for what."""

    document_type: Literal["RemittanceAdvice"] = "RemittanceAdvice"
    """Which document this is."""
    purpose: Annotated[str, OpenEnum("original", "cancellation", "replace", "duplicate")] | None = None
    """What is done with it."""
    remittance_number: Str35
    """The payer's number of the payment, verbatim: check number, trace number."""
    remittance_number_issuer: Str35 | None = None
    """Company id beside it, where the number is unique only together with that."""
    remittance_date: DateOrTime | None = None
    """When it was written."""
    currency: Currency | None = None
    """Currency of all amounts."""
    vendor_number: Str30 | None = None
    """The payer's number for us."""
    payment: Payment
    """How the money moves."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part: at least payer and payee."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    items: tuple[RemittedItem, ...] = Field(default=(), exclude_if=none_said)
    """What is paid."""
    adjustments: tuple[PaymentAdjustment, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added that belongs to no item."""

    @property
    def business_number(self) -> str:
        """The number of the payment."""
        return self.remittance_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders of the items, each once."""
        return tuple(dict.fromkeys(number for number in self._orders() if number))

    def _orders(self) -> Iterator[str | None]:
        for item in self.items:
            yield item.reference_number if item.reference_type == "purchaseOrder" else item.purchase_order_number
