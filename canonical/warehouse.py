"""What a warehouse and its depositor tell each other in several documents."""

from typing import Annotated

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.item import Item, Quantity
from canonical.party import Contact, Parties
from canonical.scalars import Count, DateOrTime, Dec, OpenEnum, Str8, Str20, Str30, Str35, Str48, Str80
from canonical.terms import Carrier

__all__ = ["Loading", "NamedDate", "PackedLine", "ReportingCode", "StockLine", "TemperatureRange", "WarehouseDocument", "WarehouseTotals"]

ReportingCode = Annotated[
    str,
    OpenEnum("full", "partial", "update", "original", "noExceptions", "exceptionsOnly", "replacement", "customerReturn", "production"),
]  #: how much of what happened a report tells


class NamedDate(Model):
    """A day that has no field of its own."""

    type: Annotated[
        str,
        OpenEnum(
            "requestedShip",
            "requestedDelivery",
            "shipped",
            "delivered",
            "estimatedDelivery",
            "unloaded",
            "received",
            "effective",
            "purchaseOrder",
        ),
    ]
    """What happened, or is to happen, then."""
    date: DateOrTime
    """When."""


class TemperatureRange(Model):
    """What temperature the goods need on their way."""

    minimum: Quantity | None = None
    """Not colder."""
    maximum: Quantity | None = None
    """Not warmer."""
    instructions: Str80 | None = None
    """Text beside it."""


class Loading(Model):
    """How the goods stand in the equipment."""

    unit_load: Str35 | None = None
    """On pallets, on slip sheets or on the floor, as the code list of the wire has it."""
    pallet_exchange: Annotated[str, OpenEnum("noExchange", "exchange", "returnPallets")] | None = None
    """What becomes of the pallets."""
    pallet_count: Count | None = None
    """How many pallets."""


class StockLine(Model):
    """What a line of every warehouse document says of its product."""

    line_number: Str20 | None = None
    """Number of the line in the document."""
    item: Item
    """Which product."""
    lot_number: Str48 | None = None
    """Lot or batch, as the warehouse keeps it."""
    weight: Quantity | None = None
    """Weight of the line; of goods that are sold by weight, as weighed."""
    weight_type: Annotated[str, OpenEnum("gross", "net", "tare", "billed", "estimatedNet", "perUnit")] | None = None
    """What was weighed."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""


class PackedLine(StockLine):
    """The same of goods that are ordered, sent or received in whole packages."""

    volume: Quantity | None = None
    """Volume of the line."""


class WarehouseTotals(Model):
    """Sums over all lines; rules check them."""

    units: Dec | None = None
    """Sum of the quantities, whatever their units."""
    weight: Quantity | None = None
    """Weight of everything."""
    volume: Quantity | None = None
    """Volume of everything."""
    lading_quantity: Quantity | None = None
    """Number of packages, and what they are."""


class WarehouseDocument(Document):
    """What the four documents about goods going into and out of a warehouse have alike."""

    purchase_order_number: Str35 | None = None
    """The purchase order behind it."""
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
    equipment: Equipment | None = None
    """What it travels in."""
    loading: Loading | None = None
    """How it is loaded."""

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The order behind it, where it is named."""
        return (self.purchase_order_number,) if self.purchase_order_number else ()
