"""OrderAcknowledgment: what a seller answers to an order or to a change of one (X12 855 and 865, EDIFACT ORDRSP)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Model, none_said
from canonical.common import Note, Reference
from canonical.item import Item, Quantity
from canonical.order_terms import LineAction, OrderTerms, OrderTotals, ScheduledQuantity, SubLine
from canonical.party import Parties
from canonical.scalars import Currency, Date, DateOrTime, Dec, GlobalId, OpenEnum, Str8, Str20, Str35, Str48, Str512, Unit
from canonical.terms import AllowanceCharge, Tax

__all__ = ["AcknowledgedLine", "LineAnswer", "LineResponse", "OrderAcknowledgment", "OrderAnswer"]

OrderAnswer = Annotated[
    str,
    OpenEnum(
        "accepted",
        "acceptedWithDetail",
        "acceptedWithChanges",
        "rejected",
        "rejectedWithDetail",
        "onHold",
        "notRequired",
        "vendorGenerated",
        "changeProposed",
    ),
]  #: the answer to the whole. `vendorGenerated`: an order that the seller makes himself, from the buyer's stock figures;
#: `changeProposed`: no answer, the seller asks for a change

LineAnswer = Annotated[
    str,
    OpenEnum(
        "accepted",
        "acceptedChanged",
        "quantityChanged",
        "priceChanged",
        "dateRescheduled",
        "substituted",
        "backordered",
        "partiallyBackordered",
        "onHold",
        "rejected",
        "deleted",
        "shipped",
    ),
]  #: the answer to a line, or to a part of it


class LineResponse(Model):
    """The answer to a line, or to a part of its quantity."""

    status: LineAnswer
    """The answer."""
    quantity: Quantity | None = None
    """The quantity that it covers; all answers of a line cover no more than was ordered."""
    date_type: (
        Annotated[
            str,
            OpenEnum(
                "scheduledShip",
                "scheduledDelivery",
                "estimatedShip",
                "estimatedDelivery",
                "promisedShip",
                "promisedDelivery",
                "shipped",
            ),
        ]
        | None
    ) = None
    """What happens on `date`."""
    date: Date | None = None
    """When."""
    item: Item | None = None
    """The product that it speaks of, where it names one: with `substituted`, what comes instead."""
    reason: (
        Annotated[
            str, OpenEnum("outOfStock", "discontinued", "notContractItem", "invalidItem", "invalidUnit", "priceDiffers", "minimumNotMet")
        ]
        | None
    ) = None
    """Why."""
    text: Str512 | None = None
    """Free text."""


class AcknowledgedLine(Model):
    """A line of the order, and what becomes of it."""

    line_id: GlobalId | None = None
    """Global id of the order's line."""
    line_number: Str20 | None = None
    """The buyer's line id, verbatim."""
    action: LineAction | None = None
    """What the seller changes in the line; only where he answers or proposes a change."""
    quantity_ordered: Quantity | None = None
    """How much was ordered."""
    quantity_left_to_receive: Dec | None = None
    """How much is still open, in the same unit; only with changes."""
    unit_price: Dec | None = None
    """Price of one unit, as the seller has it."""
    price_basis: Str35 | None = None
    """How the price is meant, as the code list of the wire has it."""
    price_unit: Unit | None = None
    """Unit that the price is for, where it is not the unit of the quantity."""
    currency: Currency | None = None
    """Currency of this line, where it is not that of the order."""
    item: Item | None = None
    """Which product was ordered."""
    requested_ship_date: DateOrTime | None = None
    """When it was to be shipped."""
    requested_delivery_date: DateOrTime | None = None
    """When it was to arrive."""
    responses: tuple[LineResponse, ...] = Field(default=(), exclude_if=none_said)
    """The answer; several, where parts of the quantity fare differently."""
    schedule: tuple[ScheduledQuantity, ...] = Field(default=(), exclude_if=none_said)
    """The quantity split over days."""
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
    """What a pre-pack or kit is made of."""


class OrderAcknowledgment(OrderTerms):
    """The seller's answer. Conditions in it are those that he works by; what is absent is as ordered."""

    document_type: Literal["OrderAcknowledgment"] = "OrderAcknowledgment"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation", "duplicate", "proposal"]
    """What is done with it."""
    status: OrderAnswer
    """The answer to the whole."""
    acknowledgment_number: Str35 | None = None
    """The seller's number of this document."""
    acknowledgment_date: DateOrTime | None = None
    """When the seller answered."""
    change_sequence: Str8 | None = None
    """Which change of the order it answers, or makes."""
    change_request_number: Str48 | None = None
    """Number of that change."""
    change_date: DateOrTime | None = None
    """When that change was made."""
    promised_ship_date: DateOrTime | None = None
    """When the seller ships."""
    promised_delivery_date: DateOrTime | None = None
    """When it arrives."""
    lines: tuple[AcknowledgedLine, ...] = Field(default=(), exclude_if=none_said)
    """What becomes of single lines; none where the answer to the whole says it all."""
    totals: OrderTotals | None = None
    """Sums that the seller sent."""

    @property
    def business_number(self) -> str:
        """The seller's number; where he gave none, the order and which change of it."""
        which = self.change_request_number or self.change_sequence
        return self.acknowledgment_number or (f"{self.order_key}#{which}" if which else self.order_key)
