"""Views: one document in another shape, and back. A ship notice as flat rows, by its packs, with packs on their pallets.

The document stays the truth: an order holds its packs, a pack its items. Papers that know packs but no orders (EDIFACT DESADV) want
it the other way round. All functions here work on the JSON form and give, beside the data, which path became which: maps need that
to say where a value came from. Views are inverse up to the order of rows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any, NamedTuple

from canonical.ship_notice import ShipNotice

__all__ = ["Row", "Viewed", "by_pack", "contents", "from_packs", "nest", "stacked"]

Object = dict[str, Any]
_NUMBER = re.compile(r"[0-9]+")
_MOST_DEPTH = 8  #: packs on packs
_CONTENT = frozenset({"packs", "items"})  #: of an order or a pack, what is not its head


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
    head = _head(order)
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
            yield from listed(other, (*outer, _head(pack)), places)

    for number in range(len(packs)):
        if number not in parents:
            yield from listed(number, (), (place,))
    for number, item in enumerate(order.get("items", ())):
        yield Row(head, (), item, (place, f"{place}.items[{number}]"))


def _pack_rows(order: Object, pack: Mapping[str, Any], outer: tuple[Object, ...], places: tuple[str, ...]) -> Iterator[Row]:
    packs = (*outer, _head(pack))
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
    implied = _implied(notice)
    if not implied:
        return Viewed(dict(notice), {})
    orders, moved = _nested(contents(notice))
    places = {here: (there,) for there, found in moved.items() for here in found}
    return Viewed({**notice, "orders": [order for order, _ in orders]}, {**places, "": implied})


def _implied(notice: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of the parents that nesting says."""
    return tuple(
        f"$.orders[{number}].packs[{pack}].parentSscc"
        for number, order in enumerate(notice.get("orders", ()))
        for pack in _parents(order.get("packs", []))
    )


def nest(rows: Iterable[Row]) -> list[Object]:
    """The orders of rows, in their order of appearance; the inverse of `contents`."""
    return [order for order, _ in _nested(rows)[0]]


def _nested(rows: Iterable[Row]) -> tuple[list[tuple[Object, str]], dict[str, list[str]]]:
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


def _head(holder: Mapping[str, Any]) -> Object:
    return {key: value for key, value in holder.items() if key not in _CONTENT}


# --- a ship notice by its packs -----------------------------------------------------------------------------------------------------------


def by_pack(notice: Mapping[str, Any]) -> Viewed:
    """A ship notice as `packs[]` and `items[]` at the top, each item with its `order`; one order is `order` at the top as well.

    A pack that several orders list with the same SSCC is there once, with all that they say of it, unless they contradict each other.
    With one order, items name its number alone.
    """
    view: Object = dict(notice)
    nodes: dict[str, Object] = {"$": view}
    known: dict[tuple[str, str], str] = {}
    twins: dict[tuple[str, str], list[str]] = {}
    places: dict[str, list[str]] = {}
    single = len(notice.get("orders", ())) == 1
    for row in contents(notice):
        at = "$"
        for pack, place in zip(row.packs, row.places[1:], strict=False):
            if (at, place) not in known:
                candidates = twins.setdefault((at, pack["sscc"]), []) if "sscc" in pack else []
                found = next((one for one in candidates if _same(nodes[one], pack, places[one], row.places[0])), None)
                if found is None:
                    packs = nodes[at].setdefault("packs", [])
                    found = f"{at}.packs[{len(packs)}]"
                    nodes[found], places[found] = {}, []
                    packs.append(nodes[found])
                    candidates.append(found)
                nodes[found].update(pack)
                places[found].append(place)
                known[at, place] = found
            at = known[at, place]
        if row.item is not None:
            items = nodes[at].setdefault("items", [])
            where = f"{at}.items[{len(items)}]"
            named = {name: value for name, value in row.order.items() if not single or name == "purchaseOrderNumber"}
            items.append({**row.item, "order": named})
            places[where], places[f"{where}.order"] = [row.places[-1]], [row.places[0]]
    if single:
        view["order"] = _head(notice["orders"][0])
        places["$.order"] = ["$.orders[0]"]
    return Viewed(view, {**{path: tuple(found) for path, found in places.items()}, "": _implied(notice)})


def _same(one: Object, other: Object, places: Iterable[str], order: str) -> bool:
    """Whether a pack of another order is this one: they contradict each other in nothing but where they stand."""
    said = ((name, value) for name, value in other.items() if name != "parentSscc")
    return all(one.get(name, value) == value for name, value in said) and not any(place.startswith(f"{order}.") for place in places)


def from_packs(view: Mapping[str, Any]) -> Viewed:
    """A ship notice from its packs; the inverse of `by_pack`.

    Orders are told apart by number and release. `order` at the top says what items do not say of theirs; an empty pack belongs to the
    first order. A pack with goods of several orders is listed under each.
    """
    given = view.get("order")
    default: Object = dict(given) if isinstance(given, dict) else {}
    orders: dict[tuple[str, str], Object] = {}
    rows = [
        (_order_of(item, default, orders), packs, item, places)
        for packs, item, places in _packed(view, (), ())
        if item is not None or places
    ]
    if default.get("purchaseOrderNumber") or not orders:
        _order_of({"order": {}}, default, orders)
    first = next(iter(orders))
    heads = [
        Row(orders[key or first], packs, None if item is None else _without_order(item), (_place(key or first), *places))
        for key, packs, item, places in rows
    ]
    heads += [Row(head, (), None, (_place(key),)) for key, head in orders.items() if not any(row.places[0] == _place(key) for row in heads)]
    nested, moved = _nested(heads)
    for row in heads:
        if row.item is not None:
            moved[f"{row.places[-1]}.order"] = moved[row.places[0]]
    if default:
        number = str(default.get("purchaseOrderNumber", ""))
        named = [_place(key) for key in orders if not number or key == (number, str(default.get("releaseNumber", "")))]
        moved["$.order"] = [path for place in named for path in moved[place]]
    data = {key: value for key, value in view.items() if key not in {"packs", "items", "order"}}
    places = {path: tuple(sorted(found, key=_position)) for path, found in moved.items() if found}
    return Viewed(data | {"orders": [order for order, _ in nested]}, places)


def _packed(holder: Mapping[str, Any], packs: tuple[Object, ...], places: tuple[str, ...]) -> Iterator[Any]:
    """Items with the packs around them and the paths of both in the view; an empty pack once, without an item."""
    at = places[-1] if places else "$"
    for number, item in enumerate(holder.get("items", ())):
        yield packs, item, (*places, f"{at}.items[{number}]")
    inner = holder.get("packs", ())
    for number, pack in enumerate(inner):
        yield from _packed(pack, (*packs, _head(pack)), (*places, f"{at}.packs[{number}]"))
    if not holder.get("items") and not inner:
        yield packs, None, places


def _order_of(item: Object | None, default: Object, orders: dict[tuple[str, str], Object]) -> tuple[str, str] | None:
    """The key of an item's order, which is noted with all that is said of it; what was said first stays."""
    if item is None:
        return None
    own = item.get("order") or {}
    common = str(default.get("purchaseOrderNumber", ""))
    number = str(own.get("purchaseOrderNumber", common))
    said = default if number == common or not common else {}
    key = (number, str(own.get("releaseNumber", said.get("releaseNumber", ""))))
    head = orders.setdefault(key, {})
    for name, value in (*own.items(), *said.items()):
        head.setdefault(name, value)
    return key


def _position(path: str) -> list[int]:
    """Where an object stands in its document: of several places, the first of the document is its own, as in `by_pack`."""
    return [int(number) for number in _NUMBER.findall(path)]


def _place(key: tuple[str, str]) -> str:
    return f"order {dumps(key)}"


def _without_order(item: Object) -> Object:
    return {key: value for key, value in item.items() if key != "order"}
