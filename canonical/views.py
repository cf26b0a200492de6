"""Views: one document in another shape, and back. Here a ship notice as flat rows, and with packs on the pallets that they name.

The document stays the truth: an order holds its packs, a pack its items. Others want it otherwise: an ERP as rows, a DESADV with packs
at the top (`canonical.pack_views`). Views work on the JSON form and give, beside the data, which path became which: maps need that to
say where a value came from. They are inverse up to the order of rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from canonical.ship_notice import ShipNotice

__all__ = ["Row", "Viewed", "contents", "head_of", "implied_parents", "nest", "nested", "stacked"]

Object = dict[str, Any]
_MOST_DEPTH = 8  #: packs on packs
_CONTENT = frozenset({"packs", "items", "shipped"})  #: of an order or a pack, what is not its head


class Viewed(NamedTuple):
    """A document in another shape."""

    data: Object
    #: path of an object here -> paths of what it was there, or becomes there; under `` the paths of values that the shape itself says
    places: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the contents of a ship notice: an item, with the packs around it and its order. Heads are without what is in them."""

    order: Object
    packs: tuple[Object, ...]  #: the outer one first; none: outside any pack
    item: Object | None  #: None: an empty pack, or an order of which nothing was shipped
    places: tuple[str, ...]  #: of the order, the packs and the item; rows with the same place of an order or a pack belong together


# --- rows ---------------------------------------------------------------------------------------------------------------------------------


def contents(notice: ShipNotice | Mapping[str, Any]) -> tuple[Row, ...]:
    """The flat rows of a ship notice, in the order of the document; a pack listed flat is in the pack that it names."""
    data = notice.to_json() if isinstance(notice, ShipNotice) else notice
    return tuple(row for number, order in enumerate(data.get("orders", ())) for row in _rows(order, f"$.orders[{number}]"))


def _rows(order: Mapping[str, Any], place: str) -> Iterator[Row]:
    head = head_of(order)
    if not order.get("packs") and not order.get("items"):
        yield Row(head, (), None, (place,))
    packs: list[Object] = order.get("packs", [])
    parents = _parents(packs)
    standing: dict[int, list[int]] = {}
    for number, parent in parents.items():
        standing.setdefault(parent, []).append(number)

    def listed(number: int, outer: tuple[Object, ...], places: tuple[str, ...]) -> Iterator[Row]:
        """The rows of a pack of the order, and behind them those of the packs beside it that stand on it."""
        pack = {key: value for key, value in packs[number].items() if key != "parentSscc" or number not in parents}
        places = (*places, f"{place}.packs[{number}]")
        if number not in standing or pack.get("packs") or pack.get("items"):
            yield from _pack_rows(head, pack, outer, places)
        for other in standing.get(number, ()):
            yield from listed(other, (*outer, head_of(pack)), places)

    for number in range(len(packs)):
        if number not in parents:
            yield from listed(number, (), (place,))
    for number, item in enumerate(order.get("items", ())):
        yield Row(head, (), item, (place, f"{place}.items[{number}]"))


def _pack_rows(order: Object, pack: Mapping[str, Any], outer: tuple[Object, ...], places: tuple[str, ...]) -> Iterator[Row]:
    packs = (*outer, head_of(pack))
    if not pack.get("packs") and not pack.get("items"):
        yield Row(order, packs, None, places)
    for number, item in enumerate(pack.get("items", ())):
        yield Row(order, packs, item, (*places, f"{places[-1]}.items[{number}]"))
    for number, inner in enumerate(pack.get("packs", ())):
        yield from _pack_rows(order, inner, packs, (*places, f"{places[-1]}.packs[{number}]"))


def _parents(packs: list[Object]) -> dict[int, int]:
    """Of packs listed flat, which stands on which. A ring of packs that stand on each other is none, nor is a tower."""
    by_sscc = {pack["sscc"]: number for number, pack in reversed(list(enumerate(packs))) if "sscc" in pack}
    found = {number: by_sscc[pack["parentSscc"]] for number, pack in enumerate(packs) if pack.get("parentSscc") in by_sscc}
    for number in list(found):
        seen, at = {number}, found.get(number)
        while at is not None and at not in seen and len(seen) <= _MOST_DEPTH:
            seen.add(at)
            at = found.get(at)
        if at is not None:
            found.pop(number, None)
    return found


def stacked(notice: Mapping[str, Any]) -> Viewed:
    """A ship notice in which every pack is in the pack that it stands on, as the levels of an 856 want it."""
    implied = implied_parents(notice)
    if not implied:
        return Viewed(dict(notice), {})
    orders, moved = nested(contents(notice))
    places = {here: (there,) for there, found in moved.items() for here in found}
    return Viewed({**notice, "orders": [order for order, _ in orders]}, {**places, "": implied})


def implied_parents(notice: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of the parents that nesting says."""
    return tuple(
        f"$.orders[{number}].packs[{pack}].parentSscc"
        for number, order in enumerate(notice.get("orders", ()))
        for pack in _parents(order.get("packs", []))
    )


def nest(rows: Iterable[Row]) -> list[Object]:
    """The orders of rows, in their order of appearance; the inverse of `contents`."""
    return [order for order, _ in nested(rows)[0]]


def nested(rows: Iterable[Row]) -> tuple[list[tuple[Object, str]], dict[str, list[str]]]:
    """The orders with their paths; and where each place of the rows has come to."""
    orders: list[tuple[Object, str]] = []
    made: dict[tuple[str, ...], tuple[Object, str]] = {}
    moved: dict[str, list[str]] = {}
    for row in rows:
        holder, at = made.get(row.places[:1]) or (dict(row.order), f"$.orders[{len(orders)}]")
        if row.places[:1] not in made:
            made[row.places[:1]] = (holder, at)
            orders.append((holder, at))
            moved.setdefault(row.places[0], []).append(at)
        for depth, pack in enumerate(row.packs, 2):
            key = row.places[:depth]
            if key not in made:
                packs = holder.setdefault("packs", [])
                made[key] = (dict(pack), f"{at}.packs[{len(packs)}]")
                packs.append(made[key][0])
                moved.setdefault(key[-1], []).append(made[key][1])
            holder, at = made[key]
        if row.item is not None:
            items = holder.setdefault("items", [])
            moved.setdefault(row.places[-1], []).append(f"{at}.items[{len(items)}]")
            items.append(row.item)
    return orders, moved


def head_of(holder: Mapping[str, Any]) -> Object:
    """An order or a pack without what is in it."""
    return {key: value for key, value in holder.items() if key not in _CONTENT}
