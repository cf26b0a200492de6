"""Which line of an order is meant, and whether two products are the same: what every check against an order asks."""

from collections.abc import Sequence
from datetime import date, datetime

from canonical.item import Item
from canonical.order import Order, OrderLine

__all__ = ["day", "differ", "keys", "line_of", "named"]


def day(moment: date | datetime) -> date:
    """The day of a moment, as it was written: windows are meant at the place where the goods are."""
    return moment.date() if isinstance(moment, datetime) else moment


def keys(item: Item) -> dict[str, str]:
    """The numbers of a product, by who gave them; what cross references made of it among them."""
    numbers = {
        "gtin": item.gtin,
        "buyer": item.buyer_item_id,
        "seller": item.seller_item_id,
        "manufacturer": item.manufacturer_item_id,
        "sku": item.sku,
        "ours": item.ours,
    }
    return {scheme: key for scheme, key in numbers.items() if key}


def differ(one: Item, other: Item) -> bool:
    """Whether two items give different numbers of one kind."""
    ours, theirs = keys(one), keys(other)
    return any(ours[scheme] != theirs[scheme] for scheme in ours.keys() & theirs.keys())


def named(item: Item, lines: Sequence[OrderLine]) -> OrderLine | None:
    """The line of this product: one of its numbers is the same, none differs."""
    own = keys(item).items()
    return next((line for line in lines if own & keys(line.item).items() and not differ(item, line.item)), None)


def line_of(order: Order, number: str | None, item: Item | None) -> OrderLine | None:
    """The line with this number; where none is given, the line of this product."""
    if number:
        return next((line for line in order.lines if line.line_number == number), None)
    return named(item, order.lines) if item is not None else None
