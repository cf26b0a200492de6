"""ReturnAuthorization: goods that someone wants to give back, and the answer (X12 180)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.item import Item, Quantity
from canonical.party import Contact, Parties
from canonical.scalars import DateOrTime, Dec, OpenEnum, Str30, Str35, Str80, Unit
from canonical.terms import AllowanceCharge

__all__ = ["ReturnAuthorization", "ReturnDecision", "ReturnLine"]

Disposition = Annotated[
    str,
    OpenEnum(
        "returnToVendor",
        "dispose",
        "keepWithAllowance",
        "keepAndRepair",
        "warrantyService",
        "partiallyAuthorized",
        "authorized",
        "denied",
        "factoryRepair",
        "authorizedWithoutNumber",
        "pending",
        "shipToThirdParty",
        "donate",
        "disposeByThirdParty",
    ),
]  #: what becomes of the goods, or of the request

RequestReason = Annotated[
    str,
    OpenEnum(
        "damaged",
        "damagedInTransit",
        "defective",
        "returnedByConsumer",
        "wrongGoods",
        "orderingError",
        "notAsExpected",
        "poorFit",
        "poorWorkmanship",
        "colorVariance",
        "styleProblem",
        "labelProblem",
        "defectivePackaging",
        "outdatedPackaging",
        "spoiled",
        "shortDated",
        "beyondCodeDate",
        "recall",
        "discontinued",
        "excessInventory",
        "stockReduction",
        "endOfSeason",
        "priceError",
        "shippedLate",
        "samples",
        "excessiveWear",
    ),
]  #: why the goods come back

ResponseReason = Annotated[
    str,
    OpenEnum(
        "excessiveWear",
        "freightDamage",
        "notDefective",
        "itemAsOrdered",
        "moreInformationWanted",
        "noRecordOfSale",
        "outOfSeason",
        "priceDifference",
        "pictureWanted",
        "quantityDifference",
        "repair",
        "tooLate",
        "sampleWanted",
        "unidentifiable",
    ),
]  #: why the answer is as it is


class ReturnDecision(Model):
    """What becomes of the goods and why: asked for, or answered."""

    disposition: Disposition | None = None
    """What becomes of the goods, or of the request."""
    request_reason: RequestReason | None = None
    """Why the goods come back; stands in a request, not beside `responseReason`."""
    response_reason: ResponseReason | None = None
    """Why the answer is as it is."""
    description: Str80 | None = None
    """Free text."""
    used: Annotated[str, OpenEnum("yes", "no", "unknown")] | None = None
    """Whether the goods have been used."""


class ReturnLine(Model):
    """One product that comes back."""

    item: Item
    """Which product."""
    quantity: Quantity
    """How much is asked for."""
    unit_price: Dec | None = None
    """What one unit was bought for."""
    price_type: Str35 | None = None
    """What kind of price that is, as the code list of the wire has it."""
    price_unit: Unit | None = None
    """Unit that the price is for."""
    rma_number: Str30 | None = None
    """Number under which the seller lets this line come back."""
    invoice_number: Str30 | None = None
    """The invoice that charged it."""
    purchase_order_number: Str35 | None = None
    """The order that it came with."""
    order_line_number: Str30 | None = None
    """The line of that order."""
    decision: ReturnDecision | None = None
    """What becomes of it, where that is not what the head says."""
    quantity_authorized: Quantity | None = None
    """How much may come back."""
    condition: Str35 | None = None
    """State of the goods, as the code list of the wire has it."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added: restocking, freight."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this line."""


class ReturnAuthorization(Document):
    """A wish to give goods back, the leave to do so, or word that they are on their way."""

    document_type: Literal["ReturnAuthorization"] = "ReturnAuthorization"
    """Which document this is."""
    purpose: Annotated[str, OpenEnum("original", "cancellation", "change", "replace", "duplicate", "response", "request", "notice")]
    """What is done with it."""
    return_type: Annotated[str, OpenEnum("request", "authorization", "notification", "disposition")] | None = None
    """Which step of a return it is, where the partners say so apart from the purpose."""
    return_request_number: Str30
    """Number of the request, verbatim."""
    original_request_number: Str30 | None = None
    """The request that this answers or replaces."""
    request_date: DateOrTime
    """When it was written."""
    rma_number: Str30 | None = None
    """Number under which the seller lets the goods come back."""
    purchase_order_number: Str35 | None = None
    """The order that the goods came with."""
    order_date: DateOrTime | None = None
    """When they were ordered."""
    invoice_number: Str30 | None = None
    """The invoice that charged them."""
    original_shipment_number: Str30 | None = None
    """The shipment that they came with."""
    vendor_number: Str30 | None = None
    """The buyer's number for the seller."""
    shipped_date: DateOrTime | None = None
    """When the goods left on their way back."""
    return_by_date: DateOrTime | None = None
    """After this day nothing is taken back."""
    decision: ReturnDecision | None = None
    """What becomes of the goods and why."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for the whole."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part; `shipTo` is where the goods are to be returned."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    lines: tuple[ReturnLine, ...] = Field(default=(), exclude_if=none_said)
    """What comes back."""

    @property
    def business_number(self) -> str:
        """The number of the request."""
        return self.return_request_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders that the goods came with, each once."""
        named = [self.purchase_order_number, *(line.purchase_order_number for line in self.lines)]
        return tuple(dict.fromkeys(number for number in named if number))
