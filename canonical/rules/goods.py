"""Quantities by product on several sides: what was ordered, shipped, confirmed, charged."""

from collections import defaultdict
from decimal import Decimal

from canonical.item import Item, Quantity
from canonical.rules.matching import differ, keys

__all__ = ["Goods"]


class Goods:
    """Sums by product, whatever numbers each side calls it by; units that differ make a sum worthless."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.units: list[str | None] = []
        self.sums: list[dict[str, Decimal]] = []
        self.mixed: list[bool] = []

    def count(self, side: str, item: Item, quantity: Quantity) -> int | None:
        """Add to a side; gives the number of the product, None for one that nothing names."""
        known = keys(item).items()
        if not known:
            return None
        value, unit = (quantity.ours.value, quantity.ours.unit) if quantity.ours else (quantity.value, quantity.unit)
        number = next((n for n, one in enumerate(self.items) if known & keys(one).items() and not differ(item, one)), None)
        if number is None:
            number = len(self.items)
            self.items.append(item)
            self.units.append(unit)
            self.sums.append(defaultdict(Decimal))
            self.mixed.append(False)
        if unit is not None and self.units[number] not in {None, unit}:
            self.mixed[number] = True
        self.sums[number][side] += value
        return number

    def label(self, number: int) -> str:
        """What a product is called: the first of its numbers."""
        return next(iter(keys(self.items[number]).values()))
