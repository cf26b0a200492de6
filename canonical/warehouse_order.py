"""WarehouseOrder: what a depositor asks a warehouse to ship (design table D6; X12 940)."""

from typing import Literal

from pydantic import Field

from canonical.base import Document, none_said
from canonical.common import Note, Reference, TimeWindow, Window
from canonical.freight import Equipment
from canonical.item import Quantity
from canonical.order_terms import Destination
from canonical.party import Contact, Parties
from canonical.scalars import SSCC, Date, DateOrTime, Str8, Str30, Str35
from canonical.terms import Carrier, FreightTerms
from canonical.warehouse import Loading, NamedDate, PackedLine, TemperatureRange, WarehouseTotals

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


class WarehouseOrder(Document):
    """An order of the depositor to its warehouse: ship these goods to this place."""

    document_type: Literal["WarehouseOrder"] = "WarehouseOrder"
    """Which document this is."""
    purpose: Literal["original", "change", "cancellation", "confirmation"]
    """What is done with it."""
    warehouse_order_number: Str35
    """The depositor's order number."""
    purchase_order_number: Str35 | None = None
    """The customer's order number."""
    link_number: Str8 | None = None
    """Which order of a batch it is, and of how many."""
    master_reference: Str30 | None = None
    """Number of the batch or wave."""
    requested_ship_date: DateOrTime | None = None
    """When to ship."""
    requested_delivery_date: DateOrTime | None = None
    """When to arrive."""
    ship_window: Window | None = None
    """Days in which to ship."""
    delivery_window: TimeWindow | None = None
    """Days or hours in which to arrive."""
    dates: tuple[NamedDate, ...] = Field(default=(), exclude_if=none_said)
    """Days that have no field of their own."""
    parties: Parties = Parties()
    """Who takes part."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Department, store, customer order, appointment and other numbers."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Instructions for picking, packing, labelling and delivery."""
    carrier: Carrier | None = None
    """Who carries it."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    loading: Loading | None = None
    """How to load it."""
    equipment: Equipment | None = None
    """What it travels in."""
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

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The customer's order, where it is named."""
        return (self.purchase_order_number,) if self.purchase_order_number else ()
