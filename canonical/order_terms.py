"""What an order, a change of one and its answer say in the same words, of the whole and of a line."""

from typing import Annotated

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference, TimeWindow, Window
from canonical.item import Item, Quantity
from canonical.party import Contact, IdScheme, Parties
from canonical.scalars import Count, Currency, DateOrTime, Dec, GlobalId, OpenEnum, Str8, Str20, Str30, Str35, Str48, Str80, Str512, Unit
from canonical.terms import AllowanceCharge, FreightTerms, Mode, PaymentTerms, Tax

__all__ = [
    "AcknowledgmentRequested",
    "Destination",
    "LineAction",
    "LineTerms",
    "OrderTerms",
    "OrderTotals",
    "OrderType",
    "Routing",
    "ScheduledQuantity",
    "SubLine",
]

OrderType = Annotated[
    str,
    OpenEnum("standAlone", "new", "dropShip", "blanket", "release", "rush", "consignment", "supplyAgreement", "confirmation", "emergency"),
]  #: kinds of order

AcknowledgmentRequested = Annotated[
    str, OpenEnum("none", "acknowledge", "acknowledgeWithDetail", "acknowledgeChangesOnly")
]  #: what the buyer wants back

LineAction = Annotated[
    str,
    OpenEnum(
        "add",
        "delete",
        "noChange",
        "change",
        "quantityIncrease",
        "quantityDecrease",
        "priceChange",
        "priceQuantityChange",
        "reschedule",
        "replaceItem",
    ),
]  #: what happens to a line that was ordered before


class Routing(Model):
    """How the buyer wants the goods to travel."""

    sequence: Str8 | None = None
    """Place in a route of several carriers, as sent."""
    carrier_id_scheme: IdScheme | None = None
    """Who gave out `carrierId`; mostly scac."""
    carrier_id: Str80 | None = None
    """The carrier."""
    mode: Mode | None = None
    """How the goods travel."""
    service_level: Str30 | None = None
    """The carrier's service."""
    instructions: Str512 | None = None
    """Routing text."""
    ours: Str48 | None = None
    """Our number of the carrier, by cross reference; never on the wire."""


class ScheduledQuantity(Model):
    """A part of a line on a day of its own."""

    quantity: Quantity
    """How much then."""
    date: DateOrTime
    """When."""


class Destination(Model):
    """A part of a line for a place of its own: a store behind a distribution centre."""

    location_id: Str80
    """The place."""
    location_scheme: IdScheme | None = None
    """Who gave out `locationId`."""
    quantity: Quantity
    """How much goes there."""
    ours: Str80 | None = None
    """Our number of the place, by cross reference; never on the wire."""


class OrderTotals(Model):
    """Sums that the sender gave; rules check them."""

    line_count: Count | None = None
    """Number of lines."""
    quantity_hash: Dec | None = None
    """Sum of the ordered quantities, whatever their units."""
    amount: Dec | None = None
    """Value of the order."""


class SubLine(Model):
    """A component of a pre-pack or kit."""

    line_number: Str20 | None = None
    """The buyer's id of the component, verbatim."""
    quantity: Quantity
    """How much of it one unit of the line, or the whole line, holds: as the wire says it."""
    unit_price: Dec | None = None
    """Price of one unit."""
    price_basis: Str35 | None = None
    """How the price is meant, as the code list of the wire has it."""
    item: Item
    """Which product."""


class LineTerms(Model):
    """What a line of an order, or of a change of one, may say."""

    line_id: GlobalId | None = None
    """Global id, made when the document is read."""
    line_number: Str20 | None = None
    """The buyer's line id, verbatim; never renumbered."""
    action: LineAction | None = None
    """What happens to the line; only in changes."""
    quantity: Quantity | None = None
    """How much is ordered; in a change the new total, not the difference."""
    unit_price: Dec | None = None
    """Price of one unit."""
    price_basis: Str35 | None = None
    """How the price is meant, as the code list of the wire has it."""
    price_unit: Unit | None = None
    """Unit that the price is for, where it is not the unit of the quantity."""
    currency: Currency | None = None
    """Currency of this line, where it is not that of the order."""
    list_price: Dec | None = None
    """List price."""
    retail_price: Dec | None = None
    """Price on the shelf."""
    item: Item | None = None
    """Which product."""
    requested_ship_date: DateOrTime | None = None
    """Overrides that of the order."""
    requested_delivery_date: DateOrTime | None = None
    """Overrides that of the order."""
    schedule: tuple[ScheduledQuantity, ...] = Field(default=(), exclude_if=none_said)
    """The quantity split over days; the parts add up to it."""
    destinations: tuple[Destination, ...] = Field(default=(), exclude_if=none_said)
    """The quantity split over places; the parts add up to it."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for this line."""
    taxes: tuple[Tax, ...] = Field(default=(), exclude_if=none_said)
    """Taxes on this line."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this line."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""
    parties: Parties | None = None
    """Parties of this line alone."""
    sub_lines: tuple[SubLine, ...] = Field(default=(), exclude_if=none_said)
    """What a pre-pack or kit is made of; the full set."""


class OrderTerms(Document):
    """What the head of an order, of a change of one, or of the answer to one may say."""

    purpose: str
    """What is done with it."""
    order_type: OrderType | None = None
    """What kind of order."""
    purchase_order_number: Str35
    """The buyer's order number, verbatim."""
    release_number: Str30 | None = None
    """Call-off under a blanket order."""
    order_date: DateOrTime | None = None
    """When it was ordered."""
    contract_number: Str30 | None = None
    """Contract that it draws on."""
    currency: Currency | None = None
    """Currency of all amounts."""
    department_number: Str30 | None = None
    """The retailer's department."""
    vendor_number: Str30 | None = None
    """The buyer's number for us."""
    promotion_number: Str30 | None = None
    """Deal or promotion."""
    customer_order_number: Str30 | None = None
    """The consumer's order behind a drop shipment."""
    seller_order_number: Str30 | None = None
    """The seller's own order number, where it is known."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for the whole order."""
    payment_terms: tuple[PaymentTerms, ...] = Field(default=(), exclude_if=none_said)
    """When to pay."""
    requested_ship_date: DateOrTime | None = None
    """When to ship."""
    ship_window: Window | None = None
    """Days in which to ship."""
    requested_delivery_date: DateOrTime | None = None
    """When to arrive."""
    delivery_window: TimeWindow | None = None
    """Days or hours in which to arrive."""
    cancel_after_date: DateOrTime | None = None
    """After this day the order is void."""
    routing: Routing | None = None
    """How to send it."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    parties: Parties | None = None
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""

    @property
    def order_key(self) -> str:
        """The purchase order number, with its release under a blanket."""
        return f"{self.purchase_order_number}/{self.release_number}" if self.release_number else self.purchase_order_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The order that it is, or is about."""
        return (self.purchase_order_number,)
