"""StockTransferReceipt: what arrived of a stock transfer (X12 944)."""

from typing import Literal

from pydantic import Field

from canonical.base import Model, none_said
from canonical.common import Reference
from canonical.item import Quantity
from canonical.receipt import Condition
from canonical.scalars import SSCC, Count, Date, DateOrTime, Dec, Str35, Str48
from canonical.warehouse import PackedLine, ReportingCode, WarehouseDocument

__all__ = ["ReceivedException", "ReceivedLine", "ReceivedTotals", "StockTransferReceipt"]


class ReceivedException(Model):
    """A part of a line that is not as it was announced."""

    quantity: Quantity
    """How much of the line."""
    condition: Condition
    """What is the matter with it."""
    damage_reason: Str35 | None = None
    """What damaged it, as the code list of the wire has it."""
    lot_number: Str48 | None = None
    """Lot or batch of this part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this part."""


class ReceivedLine(PackedLine):
    """One product that arrived."""

    quantity_received: Quantity
    """How much arrived, the good and the bad."""
    sscc: SSCC | None = None
    """SSCC of the pallet that it came on."""
    expiration_date: Date | None = None
    """Last day of use."""
    exceptions: tuple[ReceivedException, ...] = Field(default=(), exclude_if=none_said)
    """What is not as announced, by quantity."""


class ReceivedTotals(Model):
    """Sums over all lines; rules check them."""

    received: Dec | None = None
    """Sum of the received quantities, whatever their units."""
    shipped: Dec | None = None
    """Sum of what was announced."""
    damaged: Dec | None = None
    """How much of it is damaged or on hold."""
    lading_received: Count | None = None
    """Number of packages that arrived."""
    lading_shipped: Count | None = None
    """Number of packages that were announced."""


class StockTransferReceipt(WarehouseDocument):
    """The warehouse tells the depositor which stock came in, and in which condition."""

    document_type: Literal["StockTransferReceipt"] = "StockTransferReceipt"
    """Which document this is."""
    reporting_code: ReportingCode
    """How much of it this tells."""
    receipt_number: Str35
    """The warehouse's number of the receipt."""
    receipt_date: DateOrTime
    """When it arrived."""
    transfer_number: Str35 | None = None
    """The depositor's number of the transfer."""
    shipment_number: Str35 | None = None
    """The shipper's number of the shipment."""
    pallets_returned: Count | None = None
    """How many pallets went back with the carrier."""
    lines: tuple[ReceivedLine, ...] = Field(min_length=1)
    """What arrived, product by product."""
    totals: ReceivedTotals | None = None
    """Sums over all lines."""

    @property
    def business_number(self) -> str:
        """The receipt number."""
        return self.receipt_number
