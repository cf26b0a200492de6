"""Who takes part: parties by role, their ids, addresses and contacts."""

from typing import Annotated

from pydantic import Field

from canonical.base import Model, none_said
from canonical.scalars import Country, OpenEnum, Str20, Str35, Str55, Str70, Str80

__all__ = ["Address", "Contact", "IdScheme", "OtherId", "OtherParty", "Parties", "Party"]

IdScheme = Annotated[
    str, OpenEnum("gln", "assignedByBuyer", "assignedBySeller", "assignedByOrigin", "duns", "duns4", "scac", "mutual")
]  #: who gives out an id


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
    value: Str80 | None = None
    """The id."""
    description: Str80 | None = None
    """Text beside it."""


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
    ours: Str80 | None = None
    """Our number of the company or place, by cross reference; never on the wire."""


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
    shipper: Party | None = None
    """Who gives the goods to the carrier."""
    consignee: Party | None = None
    """Who gets them from the carrier."""
    carrier: Party | None = None
    """Who carries."""
    warehouse: Party | None = None
    """Who stores."""
    depositor: Party | None = None
    """Whose goods the warehouse holds."""
    remit_to: Party | None = None
    """Where payment goes."""
    payer: Party | None = None
    """Who pays."""
    payee: Party | None = None
    """Who is paid."""
    notify: Party | None = None
    """Who is told."""
    manufacturer: Party | None = None
    """Who made the goods."""
    other: tuple[OtherParty, ...] = Field(default=(), exclude_if=none_said)
    """Parties in other roles."""
