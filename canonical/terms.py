"""Money and freight: allowances, charges, taxes, when to pay, who carries and who pays that."""

from typing import Annotated

from pydantic import Field

from canonical.base import Model, none_said
from canonical.item import Quantity
from canonical.party import IdScheme
from canonical.scalars import Count, Date, Dec, OpenEnum, Str8, Str30, Str35, Str48, Str80

__all__ = ["AllowanceCharge", "Carrier", "FreightTerms", "Mode", "OtherAmount", "PaymentTerms", "Tax"]

Mode = Annotated[
    str,
    OpenEnum("motor", "motorAny", "ltl", "air", "rail", "ocean", "parcel", "mail", "intermodal", "customerPickup", "bestWay", "mutual"),
]  #: how goods travel


class Tax(Model):
    """A tax on a line, a charge or a document."""

    type: Annotated[str, OpenEnum("valueAdded", "goodsAndServices", "stateSales", "localSales", "total")]
    """Kind of tax."""
    category: Annotated[str, OpenEnum("standard", "exempt", "zero", "lower", "higher")] | None = None
    """Which rate applies, or why none does."""
    amount: Dec | None = None
    """How much."""
    percent: Dec | None = None
    """Rate."""
    taxable_amount: Dec | None = None
    """What the rate was applied to."""
    jurisdiction: Str35 | None = None
    """Who takes it."""


class AllowanceCharge(Model):
    """Money taken off or added."""

    kind: Annotated[str, OpenEnum("allowance", "charge", "promotion", "service", "none")]
    """Taken off (`allowance`) or added (`charge`)."""
    reason: (
        Annotated[
            str,
            OpenEnum(
                "discount",
                "tradeDiscount",
                "quantityDiscount",
                "volumeDiscount",
                "freight",
                "fuelSurcharge",
                "handling",
                "advertising",
                "promotionalAllowance",
                "newStoreAllowance",
                "defectiveGoods",
                "damagedMerchandise",
            ),
        ]
        | None
    ) = None
    """Why."""
    amount: Dec | None = None
    """How much, in the currency of the document; positive."""
    percent: Dec | None = None
    """Percentage instead of, or beside, the amount."""
    rate: Dec | None = None
    """Amount per unit."""
    quantity: Quantity | None = None
    """How much of the goods it is for, where it goes by quantity."""
    handling: Annotated[str, OpenEnum("offInvoice", "billBack", "creditCustomerAccount", "chargeToBePaidByCustomer")] | None = None
    """How it is settled."""
    description: Str80 | None = None
    """Free text."""
    taxes: tuple[Tax, ...] = Field(default=(), exclude_if=none_said)
    """Taxes on it."""
    ours: Str48 | None = None
    """Our code of it, by cross reference; never on the wire."""


class OtherAmount(Model):
    """An amount that has no field of its own."""

    type: Annotated[str, OpenEnum("total", "prepaid", "outstanding")]
    """What kind of amount."""
    amount: Dec
    """How much."""


class PaymentTerms(Model):
    """When to pay, and what paying early is worth."""

    type: (
        Annotated[
            str,
            OpenEnum(
                "basic",
                "discount",
                "discountOffered",
                "discountNotApplicable",
                "endOfMonth",
                "fixedDate",
                "deferred",
                "extended",
                "proximo",
                "instant",
                "previouslyAgreed",
                "mutual",
            ),
        ]
        | None
    ) = None
    """Kind of terms; `discount` are those of the discount alone."""
    basis: (
        Annotated[
            str,
            OpenEnum(
                "orderDate", "shipDate", "deliveryDate", "receiptOfGoods", "invoiceDate", "invoiceReceived", "specifiedDate", "mutual"
            ),
        ]
        | None
    ) = None
    """Which date the days are counted from."""
    discount_percent: Dec | None = None
    """Discount for paying early."""
    discount_days: Count | None = None
    """Days in which the discount holds."""
    discount_due_date: Date | None = None
    """Last day on which the discount holds."""
    discount_amount: Dec | None = None
    """What paying early takes off, as an amount."""
    net_days: Count | None = None
    """Days until the whole is due."""
    net_due_date: Date | None = None
    """Day on which the whole is due."""
    description: Str80 | None = None
    """Free text."""
    ours: Str48 | None = None
    """Our code of these terms, by cross reference; never on the wire."""


class FreightTerms(Model):
    """Who pays the freight, and where the goods change hands."""

    payment: Annotated[str, OpenEnum("collect", "prepaid", "prepaidAddCharge", "thirdParty", "pickup", "definedByBuyerSeller")] | None = (
        None
    )
    """Who pays the freight."""
    incoterm: Str8 | None = None
    """Incoterms code."""
    location: Str80 | None = None
    """The place that belongs to the Incoterm."""
    transfer_point: Str35 | None = None
    """Kind of place where ownership passes, as the code list of the wire has it."""
    transfer_point_name: Str80 | None = None
    """Name of that place."""


class Carrier(Model):
    """Who carries the goods, and how."""

    id_scheme: IdScheme | None = None
    """Who gave out `id`; mostly scac."""
    id: Str80 | None = None
    """The carrier's id."""
    mode: Mode | None = None
    """How the goods travel."""
    name: Str80 | None = None
    """Name or routing text."""
    service_level: Str30 | None = None
    """The carrier's service."""
    ours: Str48 | None = None
    """Our number of the carrier, by cross reference; never on the wire."""
