"""InventoryReport: how much stock there is, in which state, where (X12 846, EDIFACT INVRPT)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference, TimeWindow
from canonical.inventory_states import AdjustmentReason, StockState, StockType
from canonical.item import Item, Quantity
from canonical.party import Contact, IdScheme, Parties
from canonical.scalars import Count, Currency, Date, DateOrTime, Dec, OpenEnum, Str20, Str35, Str48, Str70, Str80

__all__ = ["InventoryReport", "InventoryReportLine", "StockLocation", "StockQuantity", "stock_of"]


def stock_of(parties: Parties) -> str | None:
    """Whose stock a document is about: what reports and adjustments of one warehouse stay in order by; None when it does not say."""
    where = parties.warehouse
    name = (where.id or where.name) if where is not None else None
    return f"stock/{name}" if name else None


class StockLocation(Model):
    """Where stock lies: a warehouse, and a place in it."""

    name: Str70 | None = None
    """Name."""
    id_scheme: IdScheme | None = None
    """Who gave out `id`."""
    id: Str80 | None = None
    """The id in that scheme, verbatim."""
    sub_location: Str35 | None = None
    """Zone, aisle or bin."""
    ours: Str80 | None = None
    """Our number of the warehouse, by cross reference; never on the wire."""


class StockQuantity(Model):
    """How much of a product is in one state."""

    state: StockState
    """In which state; a code that has none yet stands as `x12:QB`."""
    quantity: Quantity
    """How much; in a delta how much more, or less where it is negative."""
    stock_type: StockType | None = None
    """Which part of the stock."""
    reason: AdjustmentReason | None = None
    """Why it changed; only in deltas."""
    as_of: DateOrTime | None = None
    """When it was so, where that is not the time of the report."""
    next_available_date: DateOrTime | None = None
    """When there will be more, or when this quantity will be free."""
    location: StockLocation | None = None
    """Where this quantity lies, where a line has several places."""
    lot_number: Str48 | None = None
    """Lot or batch of this quantity, where a line has several."""
    serial_numbers: tuple[Str48, ...] = Field(default=(), exclude_if=none_said)
    """Serial numbers of this quantity."""
    expiration_date: Date | None = None
    """Last day of use of this quantity."""


class InventoryReportLine(Model):
    """The stock of one product, at one place where the line names it."""

    line_number: Str20 | None = None
    """Number of the line in the document."""
    item: Item
    """Which product."""
    location: StockLocation | None = None
    """Where it lies; absent: at the warehouse of the report."""
    lot_number: Str48 | None = None
    """Lot or batch."""
    expiration_date: Date | None = None
    """Last day of use."""
    serial_numbers: tuple[Str48, ...] = Field(default=(), exclude_if=none_said)
    """Serial numbers."""
    unit_price: Dec | None = None
    """What one unit is valued at."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""
    quantities: tuple[StockQuantity, ...] = Field(default=(), exclude_if=none_said)
    """How much, state by state."""


class InventoryReport(Document):
    """The stock of a warehouse or supplier: all of it, that of some products, or what has changed."""

    document_type: Literal["InventoryReport"] = "InventoryReport"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation", "duplicate"] | None = None
    """What is done with it; absent: it is new."""
    mode: Literal["snapshot", "partialSnapshot", "delta"]
    """`snapshot`: all stock of its locations, so that what it does not name is gone; `partialSnapshot`: all states of what it names;
    `delta`: what to add to what was known."""
    report_type: Annotated[str, OpenEnum("sellerInventory", "distributorInventory", "manufacturerInventory", "mutual")] | None = None
    """Whose report it is."""
    report_number: Str35
    """The sender's number of the report; it names the snapshot."""
    report_at: DateOrTime
    """When it was written."""
    as_of: DateOrTime
    """When the stock was so: a report that is older than what is known changes nothing."""
    period: TimeWindow | None = None
    """Of a delta, from when to when stock changed so."""
    sequence: Count | None = None
    """Of a delta, its number among those of the same location; a gap asks for a snapshot."""
    currency: Currency | None = None
    """Currency of all prices."""
    parties: Parties = Parties()
    """Who takes part; the warehouse is where the stock lies unless a line says otherwise."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    lines: tuple[InventoryReportLine, ...] = Field(min_length=1)
    """The stock, product by product."""

    @property
    def business_number(self) -> str:
        """The report number."""
        return self.report_number

    @property
    def ordering_number(self) -> str:
        """The stock of its warehouse: what was reported later must not be overtaken."""
        return stock_of(self.parties) or self.report_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """None: stock belongs to no order."""
        return ()

    @property
    def is_complete(self) -> bool:
        """Whether a product that it does not name has no stock."""
        return self.mode == "snapshot"
