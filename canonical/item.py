"""Which product, and how much of it."""

from pydantic import Field

from canonical.base import Model, none_said
from canonical.scalars import GTIN, Country, Date, Dec, Str20, Str35, Str48, Str80, Str512, Unit

__all__ = ["Item", "Lot", "OtherItemId", "OwnQuantity", "Quantity"]


class OwnQuantity(Model):
    """A quantity of the partner's, counted as we count."""

    value: Dec
    """The number."""
    unit: Unit
    """Our unit, UN/ECE Recommendation 20."""


class Quantity(Model):
    """How much, in which unit."""

    value: Dec
    """The number; negative only where a document speaks of differences."""
    unit: Unit | None = None
    """UN/ECE Recommendation 20 (EA, KGM); a package as X and its Recommendation 21 code (XCS case, XPX pallet)."""
    ours: OwnQuantity | None = None
    """The same as we count it, by cross reference."""


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
    upc_case_code: Str20 | None = None
    """U.P.C. case code: number system, manufacturer and case, 12 digits without a check digit."""
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
    ours: Str48 | None = None
    """Our item, by cross reference; never on the wire."""

    @property
    def is_identified(self) -> bool:
        """Whether anything names the product; a description alone does not."""
        ids = (
            self.gtin,
            self.buyer_item_id,
            self.seller_item_id,
            self.manufacturer_item_id,
            self.sku,
            self.style_number,
            self.upc_case_code,
        )
        return any(ids) or bool(self.other_ids)
