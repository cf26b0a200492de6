"""ShipNotice: what left, in which packs (X12 856, EDIFACT DESADV)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.item import Item, Quantity
from canonical.party import Parties, Party
from canonical.scalars import SSCC, Count, Date, DateOrTime, Dec, GlobalId, OpenEnum, Str20, Str30, Str35, Str48, Unit
from canonical.terms import Carrier, FreightTerms

__all__ = ["Dimensions", "Pack", "ShipNotice", "ShipNoticeTotals", "ShippedItem", "ShippedOrder"]


class Dimensions(Model):
    """Outer measures."""

    length: Dec | None = None
    """Length."""
    width: Dec | None = None
    """Width."""
    height: Dec | None = None
    """Height."""
    unit: Unit | None = None
    """Unit of all three."""


class ShippedItem(Model):
    """One product in one pack."""

    line_number: Str20 | None = None
    """Line of the order, as the buyer numbered it."""
    item: Item
    """Which product."""
    quantity_shipped: Quantity
    """How much is in this pack."""
    quantity_ordered: Quantity | None = None
    """How much the line ordered."""
    quantity_shipped_to_date: Quantity | None = None
    """How much of the line has left so far, this shipment included."""
    status: Annotated[str, OpenEnum("shipped", "backordered", "substituted", "quantityChanged")] | None = None
    """What became of the line."""
    lot_number: Str48 | None = None
    """Lot or batch."""
    serial_numbers: tuple[Str48, ...] = Field(default=(), exclude_if=none_said)
    """Serial numbers."""
    expiration_date: Date | None = None
    """Last day of use."""
    production_date: Date | None = None
    """Day of production."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""


class Pack(Model):
    """A handling unit: a carton, or a pallet that holds cartons."""

    sscc: SSCC | None = None
    """SSCC as 18 digits, without the application identifier 00."""
    parent_sscc: SSCC | None = None
    """The pallet that it stands on, where packs are listed flat."""
    type: Unit | None = None
    """Kind of package: X and its UN/ECE Recommendation 21 code."""
    gross_weight: Quantity | None = None
    """Weight with packaging."""
    dimensions: Dimensions | None = None
    """Outer measures."""
    tracking_number: Str35 | None = None
    """The carrier's number of this parcel."""
    package_count: Count | None = None
    """How many packages stand on it, or are in it, that are not listed one by one."""
    package_type: Unit | None = None
    """Kind of these packages."""
    items: tuple[ShippedItem, ...] = Field(default=(), exclude_if=none_said)
    """What is in it."""
    packs: tuple["Pack", ...] = Field(default=(), exclude_if=none_said)
    """Packs in or on it."""

    def walk(self) -> Iterator["Pack"]:
        """This pack and all packs in it, outer ones first."""
        yield self
        for pack in self.packs:
            yield from pack.walk()


class ShippedOrder(Model):
    """What was shipped of one purchase order."""

    order_id: GlobalId | None = None
    """Global id of the order."""
    purchase_order_number: Str35
    """The buyer's order number, verbatim."""
    release_number: Str30 | None = None
    """Call-off under a blanket order."""
    order_date: DateOrTime | None = None
    """When it was ordered."""
    department_number: Str30 | None = None
    """The retailer's department."""
    invoice_number: Str30 | None = None
    """Our invoice."""
    seller_order_number: Str30 | None = None
    """Our order number."""
    mark_for: Party | None = None
    """The store that the goods are for, behind a distribution centre."""
    store_number: Str35 | None = None
    """Number of that store."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    packs: tuple[Pack, ...] = Field(default=(), exclude_if=none_said)
    """The packs."""
    items: tuple[ShippedItem, ...] = Field(default=(), exclude_if=none_said)
    """Goods outside any pack (structure SOI)."""

    def all_packs(self) -> Iterator[Pack]:
        """Every pack at every depth, outer ones first."""
        for pack in self.packs:
            yield from pack.walk()

    def all_items(self) -> Iterator[ShippedItem]:
        """Every item, in packs or not."""
        for pack in self.all_packs():
            yield from pack.items
        yield from self.items


class ShipNoticeTotals(Model):
    """Sums of the wire; rules check them."""

    hl_count: Count | None = None
    """Number of hierarchical levels; means something in X12 only."""
    quantity_hash: Dec | None = None
    """Sum of the shipped quantities, whatever their units."""


class ShipNotice(Document):
    """What left: shipment, orders in it, packs of each order, items of each pack."""

    document_type: Literal["ShipNotice"] = "ShipNotice"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "replace"]
    """What is done with it."""
    shipment_number: Str35
    """The shipper's number, unique for a year."""
    created_at: DateOrTime
    """When the notice was written."""
    structure: Annotated[str, OpenEnum("SOPI", "SOTPI", "SOI")]
    """Levels on the wire: shipment, order, tare (pallet), pack, item."""
    packaging_code: Str20 | None = None
    """Kind and material of the packages, as the code list of the wire has it."""
    package_count: Count | None = None
    """Number of packages."""
    gross_weight: Quantity | None = None
    """Weight of the whole with packaging."""
    volume: Quantity | None = None
    """Volume of the whole."""
    carrier: Carrier | None = None
    """Who carries it."""
    equipment: Equipment | None = None
    """What it travels in."""
    bill_of_lading_number: Str35 | None = None
    """Bill of lading."""
    master_bill_of_lading: Str35 | None = None
    """Bill of lading above that."""
    pro_number: Str35 | None = None
    """The carrier's own number of the load."""
    tracking_numbers: tuple[Str35, ...] = Field(default=(), exclude_if=none_said)
    """Numbers to follow it by."""
    load_number: Str35 | None = None
    """Load that it is part of."""
    appointment_number: Str35 | None = None
    """Appointment at the dock."""
    shipped_at: DateOrTime | None = None
    """When it left."""
    estimated_delivery_date: DateOrTime | None = None
    """When it should arrive."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    orders: tuple[ShippedOrder, ...] = Field(min_length=1)
    """What was shipped, order by order."""
    totals: ShipNoticeTotals | None = None
    """Sums of the wire."""

    @property
    def business_number(self) -> str:
        """The shipment number."""
        return self.shipment_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders in it, each once."""
        return tuple(dict.fromkeys(order.purchase_order_number for order in self.orders))
