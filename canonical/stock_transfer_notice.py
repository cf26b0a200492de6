"""StockTransferNotice: stock on its way to a warehouse (X12 943)."""

from typing import Literal

from pydantic import Field

from canonical.item import Quantity
from canonical.scalars import Date, Str20, Str35
from canonical.terms import FreightTerms
from canonical.warehouse import PackedLine, ReportingCode, TemperatureRange, WarehouseDocument, WarehouseTotals

__all__ = ["StockTransferNotice", "TransferredLine"]


class TransferredLine(PackedLine):
    """One product on its way."""

    quantity: Quantity
    """How much was shipped."""
    hold_code: Str35 | None = None
    """In which condition to hold it on arrival, as the code list of the wire has it."""


class StockTransferNotice(WarehouseDocument):
    """The depositor tells its warehouse which stock is coming."""

    document_type: Literal["StockTransferNotice"] = "StockTransferNotice"
    """Which document this is."""
    reporting_code: ReportingCode
    """How much of it this tells."""
    transfer_number: Str35
    """The depositor's number of the transfer."""
    ship_date: Date | None = None
    """When it left."""
    shipment_number: Str35 | None = None
    """The shipper's number of the shipment."""
    agent_shipment_number: Str20 | None = None
    """The agent's number of the shipment."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
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
