"""What several documents are made of: party, item, quantity, terms, notes, references (design tables C1 to C3)."""

from typing import Annotated

from pydantic import Field

from canonical.base import Model, none_said
from canonical.scalars import (
    GTIN,
    Count,
    Country,
    Date,
    DateOrTime,
    Dec,
    OpenEnum,
    Str8,
    Str20,
    Str30,
    Str35,
    Str48,
    Str55,
    Str70,
    Str80,
    Str512,
    Text,
    Unit,
)

__all__ = [
    "Address",
    "AllowanceCharge",
    "Carrier",
    "Contact",
    "FreightTerms",
    "IdScheme",
    "Item",
    "Lot",
    "Mode",
    "Note",
    "OtherParty",
    "Parties",
    "Party",
    "PaymentTerms",
    "Quantity",
    "Reference",
    "Tax",
    "TimeWindow",
    "Window",
]

IdScheme = Annotated[
    str, OpenEnum("gln", "assignedByBuyer", "assignedBySeller", "assignedByOrigin", "duns", "duns4", "scac", "mutual")
]  #: who gives out an id
Mode = Annotated[
    str,
    OpenEnum("motor", "motorAny", "ltl", "air", "rail", "ocean", "parcel", "mail", "intermodal", "customerPickup", "bestWay", "mutual"),
]  #: how goods travel


class Quantity(Model):
    """How much, in which unit."""

    value: Dec
    """The number; negative only where a document speaks of differences."""
    unit: Unit | None = None
    """UN/ECE Recommendation 20 (EA, KGM); a package as X and its Recommendation 21 code (XCS case, XPX pallet)."""


class Contact(Model):
    """A person or desk to ask."""

    function: (
        Annotated[str, OpenEnum("buyer", "order", "delivery", "information", "general", "accounting", "receiving", "shipping")] | None
    ) = None
    """What the contact is for."""
    name: Str70 | None = None
    """Name of the person or department."""
    phone: Str80 | None = None
    """Telephone number as given."""
    fax: Str80 | None = None
    """Fax number as given."""
    email: Str80 | None = None
    """Mail address."""
    url: Str80 | None = None
    """Web address."""


class Address(Model):
    """A postal address."""

    line1: Str55 | None = None
    """First street line."""
    line2: Str55 | None = None
    """Second street line."""
    line3: Str55 | None = None
    """Third street line."""
    line4: Str55 | None = None
    """Fourth street line."""
    city: Str35 | None = None
    """Town."""
    region: Str20 | None = None
    """State or province: ISO 3166-2 without the country in front."""
    postal_code: Str20 | None = None
    """Postal code."""
    country: Country | None = None
    """ISO 3166-1, two letters."""


class OtherId(Model):
    """A further id of a party: tax number, store number, account."""

    scheme: Str35
    """What kind of id: the word or the wire's qualifier."""
    value: Str80
    """The id."""


class Party(Model):
    """A company or place in its role; the role is the key under `parties`."""

    name: Str70 | None = None
    """Name."""
    name2: Str70 | None = None
    """Second line of the name."""
    id_scheme: IdScheme | None = None
    """Who gave out `id`."""
    id: Str80 | None = None
    """The id in that scheme, verbatim; a GLN has 13 digits and its check digit."""
    other_ids: tuple[OtherId, ...] = Field(default=(), exclude_if=none_said)
    """Further ids."""
    address: Address | None = None
    """Postal address."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask there."""


class OtherParty(Party):
    """A party in a role that has no name here."""

    qualifier: Str35
    """The wire's code of the role."""


class Parties(Model):
    """Who takes part, by role. Each role is there once; what has no role here is in `other`."""

    buyer: Party | None = None
    """Who buys."""
    seller: Party | None = None
    """Who sells."""
    ship_to: Party | None = None
    """Where the goods go."""
    bill_to: Party | None = None
    """Who gets the invoice."""
    ship_from: Party | None = None
    """Where the goods leave."""
    sold_to: Party | None = None
    """Whom the goods are sold to, where that is not the buyer."""
    supplier: Party | None = None
    """Who supplies, where that is not the seller."""
    mark_for: Party | None = None
    """For whom the goods are marked inside `shipTo`: the store behind a distribution centre."""
    ultimate_consignee: Party | None = None
    """Who keeps the goods in the end."""
    carrier: Party | None = None
    """Who carries."""
    warehouse: Party | None = None
    """Who stores."""
    depositor: Party | None = None
    """Whose goods the warehouse holds."""
    remit_to: Party | None = None
    """Where payment goes."""
    payee: Party | None = None
    """Who is paid."""
    notify: Party | None = None
    """Who is told."""
    manufacturer: Party | None = None
    """Who made the goods."""
    other: tuple[OtherParty, ...] = Field(default=(), exclude_if=none_said)
    """Parties in other roles."""


class OtherItemId(Model):
    """An item number under a qualifier that has no field here."""

    qualifier: Str35
    """The wire's qualifier."""
    value: Str80
    """The number."""


class Lot(Model):
    """A production lot."""

    number: Str48 | None = None
    """Lot or batch number."""
    production_date: Date | None = None
    """Day of production."""
    expiration_date: Date | None = None
    """Last day of use."""


class Item(Model):
    """Which product: the same product under each party's number."""

    gtin: GTIN | None = None
    """GTIN, always as 14 digits; the wire's width is chosen by its qualifier on output."""
    buyer_item_id: Str48 | None = None
    """The buyer's item number."""
    seller_item_id: Str48 | None = None
    """The seller's item number."""
    manufacturer_item_id: Str48 | None = None
    """The manufacturer's item number."""
    sku: Str48 | None = None
    """Stock keeping unit."""
    style_number: Str48 | None = None
    """Style."""
    color: Str48 | None = None
    """Colour code or name."""
    size: Str48 | None = None
    """Size code or name."""
    other_ids: tuple[OtherItemId, ...] = Field(default=(), exclude_if=none_said)
    """Numbers under other qualifiers."""
    description: Str512 | None = None
    """Free description."""
    pack_quantity: Dec | None = None
    """How many of the next lower unit one ordered unit holds."""
    pack_size: Dec | None = None
    """Content of the inner unit."""
    pack_size_unit: Unit | None = None
    """Unit of `packSize`."""
    gross_weight_per_pack: Quantity | None = None
    """Weight of one ordered unit with its packaging."""
    volume_per_pack: Quantity | None = None
    """Volume of one ordered unit."""
    country_of_origin: Country | None = None
    """Where it was made."""
    lot: Lot | None = None
    """The lot it must come, or came, from."""
    serial_numbers: tuple[Str48, ...] = Field(default=(), exclude_if=none_said)
    """Serial numbers."""

    @property
    def is_identified(self) -> bool:
        """Whether anything names the product; a description alone does not."""
        ids = (self.gtin, self.buyer_item_id, self.seller_item_id, self.manufacturer_item_id, self.sku, self.style_number)
        return any(ids) or bool(self.other_ids)


class AllowanceCharge(Model):
    """Money taken off or added."""

    kind: Annotated[str, OpenEnum("allowance", "charge", "promotion", "service", "none")]
    """Taken off (`allowance`) or added (`charge`)."""
    reason: (
        Annotated[
            str,
            OpenEnum(
                "discount", "freight", "damagedMerchandise", "fuelSurcharge", "newStoreAllowance", "promotionalAllowance", "volumeDiscount"
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
    handling: Annotated[str, OpenEnum("offInvoice", "billBack", "creditCustomerAccount", "chargeToBePaidByCustomer")] | None = None
    """How it is settled."""
    description: Str80 | None = None
    """Free text."""


class PaymentTerms(Model):
    """When to pay, and what paying early is worth."""

    type: Str35 | None = None
    """Kind of terms, as the code list of the wire has it."""
    basis: Str35 | None = None
    """Which date the days are counted from, as the code list of the wire has it."""
    discount_percent: Dec | None = None
    """Discount for paying early."""
    discount_days: Count | None = None
    """Days in which the discount holds."""
    discount_due_date: Date | None = None
    """Last day on which the discount holds."""
    net_days: Count | None = None
    """Days until the whole is due."""
    net_due_date: Date | None = None
    """Day on which the whole is due."""
    description: Str80 | None = None
    """Free text."""


class Note(Model):
    """Free text for people."""

    type: Annotated[str, OpenEnum("general", "purchasing", "delivery", "packing", "label", "invoice", "routing")] | None = None
    """What it is about."""
    qualifier: Str35 | None = None
    """The wire's code in front of the text, where it carries one."""
    reference: Str80 | None = None
    """What the wire says the text belongs to."""
    text: Text | None = None
    """The text; repeated segments are its lines."""


class Reference(Model):
    """A number that has no field of its own."""

    type: Annotated[
        str,
        OpenEnum(
            "account",
            "billOfLading",
            "contract",
            "customerOrder",
            "customerReference",
            "division",
            "internalCustomer",
            "invoice",
            "merchandiseType",
            "mutual",
            "order",
            "purchaseOrder",
            "store",
            "vendorOrder",
        ),
    ]
    """What kind of number."""
    value: Str80 | None = None
    """The number."""
    description: Str80 | None = None
    """Text beside it."""


class Tax(Model):
    """A tax on a line or a document."""

    type: Str35
    """Kind of tax, as the code list of the wire has it."""
    amount: Dec | None = None
    """How much."""
    percent: Dec | None = None
    """Rate."""
    jurisdiction: Str35 | None = None
    """Who takes it."""


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


class Window(Model):
    """Days from and to, both included."""

    start: Date | None = None
    """Not before."""
    end: Date | None = None
    """Not later."""


class TimeWindow(Model):
    """Days or moments from and to, both included."""

    start: DateOrTime | None = None
    """Not before."""
    end: DateOrTime | None = None
    """Not later."""
