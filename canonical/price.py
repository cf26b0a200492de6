"""Prices beside the one that is charged: of a catalog, of a sales report."""

from typing import Annotated

from canonical.base import Model
from canonical.scalars import Currency, DateOrTime, Dec, OpenEnum, Str35, Unit

__all__ = ["CatalogPrice", "Price", "PriceType"]

PriceType = Annotated[
    str,
    OpenEnum(
        "catalog",
        "list",
        "net",
        "contract",
        "promotional",
        "suggestedRetail",
        "retail",
        "distributor",
        "wholesale",
        "resale",
        "special",
        "unitCost",
        "invoice",
    ),
]  #: kinds of price


class Price(Model):
    """One price of an item, and from how many on it holds."""

    type: PriceType | None = None
    """What kind of price."""
    basis: Annotated[str, OpenEnum("net", "gross", "withTaxes", "withoutTaxes", "calculation")] | None = None
    """Whether allowances and taxes are in it."""
    trade_class: Str35 | None = None
    """Which kind of customer it is for, as the code list of the wire has it."""
    amount: Dec
    """The price."""
    unit: Unit | None = None
    """Unit that it is for."""
    quantity_break: Dec | None = None
    """From how many on it holds."""


class CatalogPrice(Price):
    """A price of a catalog: with the days on which it holds."""

    currency: Currency | None = None
    """Its currency, where it is not that of the catalog."""
    effective_date: DateOrTime | None = None
    """From when on it holds."""
    expiration_date: DateOrTime | None = None
    """Until when it holds."""
