"""StockTransferNotice: stock on its way to a warehouse (design table D8; X12 943)."""

from typing import Literal

from pydantic import Field

from canonical.base import Document, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.item import Quantity
from canonical.party import Contact, Parties
from canonical.scalars import Date, Str8, Str20, Str30, Str35
from canonical.terms import Carrier, FreightTerms
from canonical.warehouse import Loading, NamedDate, PackedLine, ReportingCode, TemperatureRange, WarehouseTotals

__all__ = ["StockTransferNotice", "TransferredLine"]


class TransferredLine(PackedLine):
    """One product on its way."""

    quantity: Quantity
    """How much was shipped."""
    hold_code: Str35 | None = None
    """In which condition to hold it on arrival, as the code list of the wire has it."""


class StockTransferNotice(Document):
    """The depositor tells its warehouse which stock is coming."""

    document_type: Literal["StockTransferNotice"] = "StockTransferNotice"
    """Which document this is."""
    reporting_code: ReportingCode
    """How much of it this tells."""
    transfer_number: Str35
    """The depositor's number of the transfer."""
    purchase_order_number: Str35 | None = None
    """The order that the stock was bought with."""
    ship_date: Date | None = None
    """When it left."""
    shipment_number: Str35 | None = None
    """The shipper's number of the shipment."""
    agent_shipment_number: Str20 | None = None
    """The agent's number of the shipment."""
    master_reference: Str30 | None = None
    """Number that related documents share."""
    link_number: Str8 | None = None
    """Which of these it is, and of how many."""
    dates: tuple[NamedDate, ...] = Field(default=(), exclude_if=none_said)
    """Days that have no field of their own."""
    parties: Parties = Parties()
    """Who takes part."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    carrier: Carrier | None = None
    """Who carries it."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    equipment: Equipment | None = None
    """What it travels in."""
    loading: Loading | None = None
    """How it was loaded."""
    temperature_range: TemperatureRange | None = None
    """What temperature the goods need."""
    lines: tuple[TransferredLine, ...] = Field(min_length=1)
    """What is coming."""
    totals: WarehouseTotals | None = None
    """Sums over all lines."""

    @property
    def business_number(self) -> str:
        """The transfer number."""
        return self.transfer_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The order behind it, where it is named."""
        return (self.purchase_order_number,) if self.purchase_order_number else ()
