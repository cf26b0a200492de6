"""Invoice: what is to be paid for goods, or credited (X12 810, EDIFACT INVOIC)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.item import Item, Quantity
from canonical.order_terms import Destination
from canonical.party import Contact, Parties
from canonical.scalars import Count, Currency, DateOrTime, Dec, OpenEnum, Str20, Str30, Str35, Unit
from canonical.terms import AllowanceCharge, Carrier, FreightTerms, OtherAmount, PaymentTerms, Tax

__all__ = ["Invoice", "InvoiceLine", "InvoiceTotals", "OrderLineReference", "ShipmentSummary"]


class OrderLineReference(Model):
    """The order, and the line of it, that something belongs to."""

    purchase_order_number: Str35 | None = None
    """The buyer's order number, verbatim."""
    line_number: Str20 | None = None
    """The buyer's line id, verbatim."""


class InvoiceLine(Model):
    """One product that is charged or credited."""

    line_number: Str20 | None = None
    """Line id: the buyer's, or where the wire says so the invoice's own."""
    quantity_invoiced: Quantity
    """How much is charged."""
    quantity_shipped: Quantity | None = None
    """How much was shipped, where that differs."""
    unit_price: Dec | None = None
    """Price of one unit."""
    price_basis: Str35 | None = None
    """How the price is meant, as the code list of the wire has it."""
    price_unit: Unit | None = None
    """Unit that the price is for, where it is not the unit of the quantity."""
    gross_price: Dec | None = None
    """Price of one unit before the allowances of the line."""
    line_amount: Dec | None = None
    """Quantity times price, before allowances and charges that are listed apart."""
    item: Item
    """Which product."""
    destinations: tuple[Destination, ...] = Field(default=(), exclude_if=none_said)
    """The quantity split over places: stores behind a distribution centre."""
    order_reference: OrderLineReference | None = None
    """The order of this line, where the invoice covers several."""
    shipped_date: DateOrTime | None = None
    """When it left, where that is not the date of the invoice."""
    delivery_date: DateOrTime | None = None
    """When it arrived, where that is not the date of the invoice."""
    taxes: tuple[Tax, ...] = Field(default=(), exclude_if=none_said)
    """Taxes on this line."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for this line."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this line."""
    parties: Parties | None = None
    """Parties of this line alone."""


class ShipmentSummary(Model):
    """What was shipped for the invoice in all."""

    units: Quantity | None = None
    """How many units."""
    weight: Quantity | None = None
    """How heavy."""
    volume: Quantity | None = None
    """How much room."""


class InvoiceTotals(Model):
    """The amounts of the whole; rules check them."""

    amount_due: Dec
    """What is to be paid, or with a credit note what is given back."""
    invoice_amount: Dec | None = None
    """Lines, charges and taxes, where that is not what is due: part of it is paid already."""
    amount_subject_to_discount: Dec | None = None
    """The part of it that the discount of the payment terms applies to."""
    discounted_amount: Dec | None = None
    """What is to be paid within the days of the discount."""
    discount_amount: Dec | None = None
    """What paying within the days of the discount takes off."""
    line_amount: Dec | None = None
    """Sum of the lines."""
    taxable_amount: Dec | None = None
    """Sum that taxes were applied to."""
    tax_amount: Dec | None = None
    """Sum of the taxes."""
    charge_amount: Dec | None = None
    """Sum of charges less allowances."""
    other_amounts: tuple[OtherAmount, ...] = Field(default=(), exclude_if=none_said)
    """Amounts that have no field of their own."""
    line_count: Count | None = None
    """Number of lines."""


class Invoice(Document):
    """What is to be paid. A credit note has positive amounts and says by its type that they are given back."""

    document_type: Literal["Invoice"] = "Invoice"
    """Which document this is."""
    purpose: Annotated[str, OpenEnum("original", "cancellation", "change", "replace", "confirmation", "duplicate")] | None = None
    """What is done with it."""
    invoice_number: Str35
    """The seller's number, verbatim."""
    invoice_date: DateOrTime
    """When it was written."""
    invoice_type: Annotated[str, OpenEnum("commercial", "creditNote", "debitMemo", "consolidated", "freight")]
    """What kind of invoice."""
    purchase_order_number: Str35 | None = None
    """The buyer's order number, where there is one order."""
    order_date: DateOrTime | None = None
    """When it was ordered."""
    release_number: Str30 | None = None
    """Call-off under a blanket order."""
    original_invoice_number: Str35 | None = None
    """The invoice that a credit note or debit memo corrects."""
    shipment_number: Str35 | None = None
    """The ship notice of the goods."""
    bill_of_lading_number: Str35 | None = None
    """Bill of lading."""
    pro_number: Str35 | None = None
    """The carrier's own number of the load."""
    seller_order_number: Str30 | None = None
    """Our own order number."""
    department_number: Str30 | None = None
    """The retailer's department."""
    vendor_number: Str30 | None = None
    """The buyer's number for us."""
    contract_number: Str30 | None = None
    """Contract that it draws on."""
    currency: Currency | None = None
    """Currency of all amounts."""
    shipped_date: DateOrTime | None = None
    """When the goods left."""
    delivery_date: DateOrTime | None = None
    """When the goods arrived."""
    tax_point_date: DateOrTime | None = None
    """The day that counts for the tax."""
    payment_means: Annotated[str, OpenEnum("cash", "check", "creditTransfer", "bankAccount", "directDebit", "card")] | None = None
    """How it is to be paid."""
    payment_terms: tuple[PaymentTerms, ...] = Field(default=(), exclude_if=none_said)
    """When to pay."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    carrier: Carrier | None = None
    """Who carried the goods."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    lines: tuple[InvoiceLine, ...] = Field(default=(), exclude_if=none_said)
    """What is charged; a credit for a price or a bonus may have none."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for the whole."""
    taxes: tuple[Tax, ...] = Field(default=(), exclude_if=none_said)
    """Taxes on the whole, by kind and rate."""
    totals: InvoiceTotals
    """The amounts of the whole."""
    shipment_summary: ShipmentSummary | None = None
    """What was shipped in all."""

    @property
    def business_number(self) -> str:
        """The invoice number."""
        return self.invoice_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders that it charges, each once: that of the head, then those of the lines."""
        named = [self.purchase_order_number, *(line.order_reference.purchase_order_number for line in self.lines if line.order_reference)]
        return tuple(dict.fromkeys(number for number in named if number))
