"""WarehouseOrder: what a depositor asks a warehouse to ship (X12 940)."""

from typing import Literal

from pydantic import Field

from canonical.base import none_said
from canonical.common import Note, TimeWindow, Window
from canonical.item import Quantity
from canonical.order_terms import Destination
from canonical.party import Parties
from canonical.scalars import SSCC, Date, DateOrTime, Str35
from canonical.terms import FreightTerms
from canonical.warehouse import PackedLine, TemperatureRange, WarehouseDocument, WarehouseTotals

__all__ = ["WarehouseOrder", "WarehouseOrderLine"]


class WarehouseOrderLine(PackedLine):
    """One product to be shipped. `lotNumber` is the lot that it must come from."""

    quantity: Quantity
    """How much to ship."""
    required_condition: Str35 | None = None
    """In which condition it must be, as the code list of the wire has it."""
    required_expiry_after: Date | None = None
    """It must keep at least until this day."""
    destinations: tuple[Destination, ...] = Field(default=(), exclude_if=none_said)
    """The quantity split over places; the parts add up to it."""
    parties: Parties | None = None
    """Parties of this line alone: the warehouse that it is to come from, where the order is for several."""
    label_ssccs: tuple[SSCC, ...] = Field(default=(), exclude_if=none_said)
    """SSCCs that the cartons are to get, where the depositor gives them out."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this line."""


class WarehouseOrder(WarehouseDocument):
    """An order of the depositor to its warehouse: ship these goods to this place."""

    document_type: Literal["WarehouseOrder"] = "WarehouseOrder"
    """Which document this is."""
    purpose: Literal["original", "change", "cancellation", "confirmation"]
    """What is done with it."""
    warehouse_order_number: Str35
    """The depositor's order number."""
    requested_ship_date: DateOrTime | None = None
    """When to ship."""
    requested_delivery_date: DateOrTime | None = None
    """When to arrive."""
    ship_window: Window | None = None
    """Days in which to ship."""
    delivery_window: TimeWindow | None = None
    """Days or hours in which to arrive."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    temperature_range: TemperatureRange | None = None
    """What temperature the goods need."""
    lines: tuple[WarehouseOrderLine, ...] = Field(default=(), exclude_if=none_said)
    """What to ship; a cancellation may name none."""
    totals: WarehouseTotals | None = None
    """Sums over all lines."""

    @property
    def business_number(self) -> str:
        """The depositor's order number."""
        return self.warehouse_order_number
