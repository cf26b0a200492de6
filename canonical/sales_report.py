"""SalesReport: what was sold, and what is on hand, per item and place (X12 852, EDIFACT SLSRPT)."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Reference, Window
from canonical.item import Item, Quantity
from canonical.order_terms import Destination
from canonical.party import Contact, IdScheme, Parties
from canonical.price import Price, PriceType
from canonical.scalars import Currency, Date, DateOrTime, Dec, OpenEnum, Str20, Str30, Str35, Str70

__all__ = ["ActivityRow", "ProductActivity", "SalesLine", "SalesLocation", "SalesReport"]


class SalesLocation(Model):
    """The place that a line is about."""

    id_scheme: IdScheme | None = None
    """Who gave out `id`."""
    id: Str35
    """The place: a store, a warehouse."""
    name: Str70 | None = None
    """Its name."""
    date: Date | None = None
    """The day that its figures are of, where the report covers several."""


class ProductActivity(Model):
    """One figure of an item: sold, on hand, on order. The sum, or the quantity of each place."""

    type: Annotated[
        str,
        OpenEnum(
            "sold",
            "netSold",
            "retailSold",
            "totalSold",
            "lostSales",
            "returned",
            "returnedByConsumer",
            "returnedDefective",
            "onHand",
            "grossOnHand",
            "onOrder",
            "received",
            "shipped",
            "inTransit",
            "committed",
            "outOfStock",
            "damaged",
            "onHold",
            "beginningBalance",
            "endingBalance",
            "adjustment",
            "transferred",
            "minimum",
            "maximum",
            "reorderPoint",
            "plannedOrder",
            "demand",
            "backordered",
        ),
    ]
    """What is counted."""
    quantity: Quantity | None = None
    """How much in all; negative when more came back than was sold."""
    date: Date | None = None
    """The day that it is of, or from which it is expected."""
    date_type: Annotated[str, OpenEnum("delivery", "shipment", "report")] | None = None
    """What happens on that day."""
    reference: Reference | None = None
    """The number that it goes by."""
    unit_price: Dec | None = None
    """Price of one unit at which it happened."""
    price_type: PriceType | None = None
    """What kind of price that is."""
    destinations: tuple[Destination, ...] = Field(default=(), exclude_if=none_said)
    """The quantity of each place."""


class SalesLine(Model):
    """The figures of one item, at one place where the report goes by places."""

    line_number: Str20 | None = None
    """Line id."""
    location: SalesLocation | None = None
    """The place; absent where the report goes by items."""
    item: Item
    """Which product."""
    prices: tuple[Price, ...] = Field(default=(), exclude_if=none_said)
    """Its prices."""
    activities: tuple[ProductActivity, ...] = Field(min_length=1)
    """The figures."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""


class ActivityRow(NamedTuple):
    """One figure of one item at one place."""

    location_scheme: str | None
    location_id: str | None
    item: Item
    activity: str
    quantity: Quantity


class SalesReport(Document):
    """What a retailer sold and has, told to its supplier."""

    document_type: Literal["SalesReport"] = "SalesReport"
    """Which document this is."""
    purpose: Annotated[str, OpenEnum("original", "cancellation", "replace", "duplicate")] | None = None
    """What is done with it."""
    report_number: Str35 | None = None
    """Number of the report, verbatim."""
    issue_date: DateOrTime | None = None
    """When it was written."""
    period: Window
    """The days that it covers."""
    currency: Currency | None = None
    """Currency of all prices."""
    vendor_number: Str30 | None = None
    """The retailer's number for us."""
    department_number: Str30 | None = None
    """The retailer's department."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    lines: tuple[SalesLine, ...] = Field(min_length=1)
    """The items."""

    @property
    def business_number(self) -> str:
        """The number of the report, else the days that it covers."""
        return self.report_number or f"{self.period.start or ''}/{self.period.end or ''}"

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """None: a report is about no order."""
        return ()

    def rows(self) -> Iterator[ActivityRow]:
        """Every figure, whether the report goes by items or by places."""
        for line in self.lines:
            place = line.location
            scheme, own = (place.id_scheme, place.id) if place else (None, None)
            for activity in line.activities:
                if activity.quantity is not None and not activity.destinations:
                    yield ActivityRow(scheme, own, line.item, activity.type, activity.quantity)
                for part in activity.destinations:
                    yield ActivityRow(part.location_scheme, part.location_id, line.item, activity.type, part.quantity)
