"""FreightInvoice: what a carrier wants for a load (X12 210)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.item import Quantity
from canonical.party import Parties
from canonical.scalars import Count, Currency, Date, DateOrTime, Dec, OpenEnum, Str8, Str20, Str30, Str35
from canonical.terms import Carrier, FreightTerms, PaymentTerms
from canonical.transport import Goods, LoadTotals, Stop

__all__ = ["BilledQuantity", "FreightCharge", "FreightInvoice", "FreightLine"]


class FreightCharge(Model):
    """One amount and how it came about."""

    code: Annotated[str, OpenEnum("lineHaul", "fuel", "detention", "loading", "tax")] | None = None
    """What it is for."""
    description: Str35 | None = None
    """The same in words."""
    rate: Dec | None = None
    """What one unit costs."""
    rate_qualifier: Annotated[str, OpenEnum("flatRate", "perMile", "perHundredweight", "perUnit", "percent")] | None = None
    """What the unit of the rate is."""
    amount: Dec | None = None
    """What is to be paid."""
    advance: Dec | None = None
    """What was paid for others."""
    prepaid_amount: Dec | None = None
    """What was paid before."""
    rate_class: Str8 | None = None
    """Class of the rate, as the code list of the wire has it."""


class BilledQuantity(Model):
    """What the charges were computed from."""

    quantity: Dec | None = None
    """How much was billed."""
    basis: Str8 | None = None
    """In which unit, as the code list of the wire has it."""
    weight: Quantity | None = None
    """How heavy."""
    volume: Quantity | None = None
    """How large."""
    pieces: Count | None = None
    """Number of packages."""
    packaging_code: Str20 | None = None
    """Kind of the packages, as the code list of the wire has it."""


class FreightLine(Model):
    """Goods, or a service, and what they cost."""

    line_number: Str20 | None = None
    """Number of the line."""
    goods: tuple[Goods, ...] = Field(default=(), exclude_if=none_said)
    """What was carried or done."""
    billed: tuple[BilledQuantity, ...] = Field(default=(), exclude_if=none_said)
    """What the charges were computed from."""
    freight_class: Str8 | None = None
    """Class of the freight, which decides the rate."""
    charges: tuple[FreightCharge, ...] = Field(default=(), exclude_if=none_said)
    """What it costs."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this line."""


class FreightInvoice(Document):
    """What a carrier wants for a load, charge by charge."""

    document_type: Literal["FreightInvoice"] = "FreightInvoice"
    """Which document this is."""
    invoice_number: Str30
    """The carrier's number of the bill."""
    invoice_date: Date
    """When it was written."""
    load_number: Str30 | None = None
    """The shipper's number of the load."""
    pro_number: Str35 | None = None
    """The carrier's own number of the load."""
    bill_of_lading_number: Str35 | None = None
    """Bill of lading."""
    carrier: Carrier | None = None
    """Who sends the bill."""
    freight_terms: FreightTerms | None = None
    """Who pays the carrier."""
    payment_terms: tuple[PaymentTerms, ...] = Field(default=(), exclude_if=none_said)
    """When to pay."""
    net_amount_due: Dec
    """What is to be paid."""
    correction: Annotated[str, OpenEnum("balanceDue", "corrected", "rebill")] | None = None
    """What this bill does to one before it."""
    currency: Currency | None = None
    """Currency of all amounts."""
    pickup_date: DateOrTime | None = None
    """When the load was picked up."""
    delivery_date: Date | None = None
    """When it was delivered."""
    equipment: tuple[Equipment, ...] = Field(default=(), exclude_if=none_said)
    """What was used."""
    parties: Parties | None = None
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    stops: tuple[Stop, ...] = Field(default=(), exclude_if=none_said)
    """Where the load halted."""
    lines: tuple[FreightLine, ...] = Field(min_length=1)
    """What is charged, and for what."""
    totals: LoadTotals | None = None
    """Sums that the carrier sent."""

    @property
    def business_number(self) -> str:
        """The number of the bill."""
        return self.invoice_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """Those that references name."""
        every = (*self.references, *(one for line in self.lines for one in line.references))
        return tuple(dict.fromkeys(one.value for one in every if one.type == "purchaseOrder" and one.value))
