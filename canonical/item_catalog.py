"""ItemCatalog: what is for sale, how it is packed, what it costs (X12 832, EDIFACT PRICAT)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.item import Item, Quantity
from canonical.party import Contact, Parties
from canonical.price import CatalogPrice
from canonical.scalars import GTIN, Currency, DateOrTime, Dec, OpenEnum, Str20, Str30, Str35, Str80, Unit
from canonical.ship_notice import Dimensions
from canonical.terms import AllowanceCharge, FreightTerms, PaymentTerms, Tax

__all__ = ["CatalogLine", "ItemCatalog", "Lifecycle", "PackagingLevel", "ProductGroup"]


class PackagingLevel(Model):
    """A pack in which the item is sold or shipped: inner pack, carton, pallet."""

    gtin: GTIN | None = None
    """GTIN of the pack."""
    type: Unit | None = None
    """Kind of package: X and its UN/ECE Recommendation 21 code."""
    quantity: Dec | None = None
    """How many of the item, or of the next smaller pack, it holds."""
    dimensions: Dimensions | None = None
    """Outer measures."""
    gross_weight: Quantity | None = None
    """Weight with packaging."""
    volume: Quantity | None = None
    """How much room it takes."""


class Lifecycle(Model):
    """From when until when the item is for sale."""

    orderable_from: DateOrTime | None = None
    """First day on which it can be ordered."""
    orderable_to: DateOrTime | None = None
    """Last day on which it can be ordered."""


class ProductGroup(Model):
    """The group that an item is listed in."""

    type: Annotated[str, OpenEnum("priceGroup", "productGroup", "discountGroup", "catalog", "samePrice", "itemized")] | None = None
    """Kind of group."""
    code: Str35 | None = None
    """Its code."""
    name: Str80 | None = None
    """Its name."""


class CatalogLine(Model):
    """One item."""

    line_number: Str20 | None = None
    """Line id."""
    action: Annotated[str, OpenEnum("add", "change", "delete", "noChange")] | None = None
    """What happens to the item in the receiver's catalog."""
    parent_line_number: Str20 | None = None
    """The line of the pack that this item is a part of."""
    item: Item
    """Which product."""
    brand: Str80 | None = None
    """Its brand."""
    product_group: ProductGroup | None = None
    """The group that it is listed in."""
    dimensions: Dimensions | None = None
    """Outer measures of one unit."""
    minimum_order_quantity: Dec | None = None
    """Fewer cannot be ordered."""
    effective_date: DateOrTime | None = None
    """From when on the line holds."""
    lifecycle: Lifecycle | None = None
    """From when until when the item is for sale."""
    prices: tuple[CatalogPrice, ...] = Field(default=(), exclude_if=none_said)
    """What it costs."""
    packaging: tuple[PackagingLevel, ...] = Field(default=(), exclude_if=none_said)
    """The packs in which it comes."""
    taxes: tuple[Tax, ...] = Field(default=(), exclude_if=none_said)
    """Taxes on it."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for it."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to it."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about it."""


class ItemCatalog(Document):
    """What the seller offers, with its prices; or what of that has changed."""

    document_type: Literal["ItemCatalog"] = "ItemCatalog"
    """Which document this is."""
    purpose: Annotated[str, OpenEnum("original", "cancellation", "add", "delete", "change", "replace", "duplicate")] | None = None
    """What is done with it."""
    catalog_type: Annotated[str, OpenEnum("priceCatalog", "priceSheet", "resaleCatalog", "salesCatalog")]
    """What kind of catalog."""
    catalog_number: Str35
    """The seller's number of it, verbatim."""
    version: Str20 | None = None
    """Version of the catalog."""
    revision: Str20 | None = None
    """Revision of the version."""
    description: Str80 | None = None
    """What it is about."""
    issue_date: DateOrTime | None = None
    """When it was written."""
    effective_date: DateOrTime | None = None
    """From when on it holds."""
    expiration_date: DateOrTime | None = None
    """Until when it holds."""
    contract_number: Str30 | None = None
    """Contract that the prices belong to."""
    currency: Currency | None = None
    """Currency of all prices."""
    payment_terms: tuple[PaymentTerms, ...] = Field(default=(), exclude_if=none_said)
    """When to pay."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    allowances_charges: tuple[AllowanceCharge, ...] = Field(default=(), exclude_if=none_said)
    """Money taken off or added for everything in it."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    lines: tuple[CatalogLine, ...] = Field(min_length=1)
    """The items."""

    @property
    def business_number(self) -> str:
        """The catalog's number, with its version."""
        return f"{self.catalog_number}/{self.version}" if self.version else self.catalog_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """None: a catalog is about no order."""
        return ()
