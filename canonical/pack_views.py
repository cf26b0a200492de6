"""A ship notice with its packs before its orders, as EDIFACT and some 856s have it, and back. The shapes are described in `by_*`."""

import re
from collections.abc import Iterator, Mapping
from json import dumps
from typing import Any

from canonical.views import Row, Viewed, contents, head_of, implied_parents, nested

__all__ = ["by_pack", "by_tare", "from_packs", "from_tares"]

Object = dict[str, Any]
_NUMBER = re.compile(r"[0-9]+")


class _Shelf:
    """A shape in the making: its objects by their paths, and where each came from."""

    def __init__(self, notice: Mapping[str, Any]) -> None:
        self.view: Object = dict(notice)
        self.places: dict[str, list[str]] = {}
        self._nodes: dict[str, Object] = {"$": self.view}
        self._known: dict[tuple[str, str], str] = {}
        self._twins: dict[tuple[str, str], list[str]] = {}

    def put(self, at: str, key: str, value: Object, place: str) -> str:
        """One more object in a list of another; its path."""
        listed = self._nodes[at].setdefault(key, [])
        where = f"{at}.{key}[{len(listed)}]"
        listed.append(value)
        self._nodes[where], self.places[where] = value, [place]
        return where

    def order(self, at: str, row: Row) -> str:
        """The order of a row within another object."""
        place = row.places[0]
        if (at, place) not in self._known:
            self._known[at, place] = self.put(at, "shipped", dict(row.order), place)
        return self._known[at, place]

    def pack(self, at: str, pack: Object, place: str, order: str) -> str:
        """A pack within another object: the one that is there, if it is the same under another order."""
        if (at, place) not in self._known:
            candidates = self._twins.setdefault((at, pack["sscc"]), []) if "sscc" in pack else []
            found = next((one for one in candidates if self._is_same(one, pack, order)), None)
            if found is None:
                found = self.put(at, "packs", dict(pack), place)
                candidates.append(found)
            else:
                self._nodes[found].update(pack)
                self.places[found].append(place)
            self._known[at, place] = found
        return self._known[at, place]

    def _is_same(self, path: str, other: Object, order: str) -> bool:
        """Whether they contradict each other in nothing but where they stand."""
        one = self._nodes[path]
        said = ((name, value) for name, value in other.items() if name != "parentSscc")
        return all(one.get(name, value) == value for name, value in said) and not any(p.startswith(f"{order}.") for p in self.places[path])

    def viewed(self, notice: Mapping[str, Any]) -> Viewed:
        """The shape, when all is in it."""
        return Viewed(self.view, {**{path: tuple(found) for path, found in self.places.items()}, "": implied_parents(notice)})


def by_pack(notice: Mapping[str, Any]) -> Viewed:
    """A ship notice as `packs[]` and `items[]` at the top, each item with its `order`; one order is `order` at the top as well.

    A pack that several orders list with the same SSCC is there once, with all that they say of it, unless they contradict each other.
    With one order, items name its number alone.
    """
    shelf = _Shelf(notice)
    single = len(notice.get("orders", ())) == 1
    for row in contents(notice):
        at = "$"
        for pack, place in zip(row.packs, row.places[1:], strict=False):
            at = shelf.pack(at, pack, place, row.places[0])
        if row.item is not None:
            named = {name: value for name, value in row.order.items() if not single or name == "purchaseOrderNumber"}
            where = shelf.put(at, "items", {**row.item, "order": named}, row.places[-1])
            shelf.places[f"{where}.order"] = [row.places[0]]
    if single:
        shelf.view["order"] = head_of(notice["orders"][0])
        shelf.places["$.order"] = ["$.orders[0]"]
    return shelf.viewed(notice)


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
    found = [
        Row(orders[key or first], packs, None if item is None else _without_order(item), (_place(key or first), *places))
        for key, packs, item, places in rows
    ]
    shown = {row.places[0] for row in found}
    found += [Row(head, (), None, (_place(key),)) for key, head in orders.items() if _place(key) not in shown]
    made, moved = nested(found)
    for row in found:
        if row.item is not None:
            moved[f"{row.places[-1]}.order"] = moved[row.places[0]]
    if default:
        number = str(default.get("purchaseOrderNumber", ""))
        named = [_place(key) for key in orders if not number or key == (number, str(default.get("releaseNumber", "")))]
        moved["$.order"] = [path for place in named for path in moved[place]]
    data = {key: value for key, value in view.items() if key not in {"packs", "items", "order"}}
    return Viewed(data | {"orders": [order for order, _ in made]}, _sorted(moved))


def _packed(holder: Mapping[str, Any], packs: tuple[Object, ...], places: tuple[str, ...]) -> Iterator[Any]:
    """Items with the packs around them and the paths of both in the view; an empty pack once, without an item."""
    at = places[-1] if places else "$"
    for number, item in enumerate(holder.get("items", ())):
        yield packs, item, (*places, f"{at}.items[{number}]")
    inner = holder.get("packs", ())
    for number, pack in enumerate(inner):
        yield from _packed(pack, (*packs, head_of(pack)), (*places, f"{at}.packs[{number}]"))
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


def _sorted(moved: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Of several places of an object, the first of the document is its own, whichever way one looks."""

    def position(path: str) -> list[int]:
        return [int(number) for number in _NUMBER.findall(path)]

    return {path: tuple(sorted(found, key=position)) for path, found in moved.items() if found}


def _place(key: tuple[str, str]) -> str:
    return f"order {dumps(key)}"


def _without_order(item: Object) -> Object:
    return {key: value for key, value in item.items() if key != "order"}


# --- orders within packs ------------------------------------------------------------------------------------------------------------------


def by_tare(notice: Mapping[str, Any]) -> Viewed:
    """A ship notice as `packs[]` at the top, in each `shipped[]` of orders with what is of them in it; what is in no pack is `shipped[]`
    at the top. So has it who sends S-P-O-I and S-T-O-P-I.
    """
    shelf = _Shelf(notice)
    for row in contents(notice):
        at = "$"
        if row.packs:
            at = shelf.pack(at, row.packs[0], row.places[1], row.places[0])
        at = shelf.order(at, row)
        for pack, place in zip(row.packs[1:], row.places[2:], strict=False):
            at = shelf.pack(at, pack, place, row.places[0])
        if row.item is not None:
            shelf.put(at, "items", dict(row.item), row.places[-1])
    return shelf.viewed(notice)


def from_tares(view: Mapping[str, Any]) -> Viewed:
    """A ship notice from orders within packs; the inverse of `by_tare`. What several packs say of one order comes together."""
    orders: dict[tuple[str, str], Object] = {}
    rows: list[Row] = []
    shown: dict[str, str] = {}
    empty: list[tuple[tuple[Object, ...], tuple[str, ...]]] = []
    outer: list[tuple[Mapping[str, Any], tuple[Object, ...], tuple[str, ...]]] = [(view, (), ())]
    outer += [(pack, (head_of(pack),), (f"$.packs[{number}]",)) for number, pack in enumerate(view.get("packs", ()))]
    for holder, packs, places in outer:
        at = places[-1] if places else "$"
        for number, order in enumerate(holder.get("shipped", ())):
            head = head_of(order)
            key = _order_of({"order": head}, {}, orders)
            assert key is not None
            shown[f"{at}.shipped[{number}]"] = _place(key)
            for inner, item, within in _packed(order, packs, (*places, f"{at}.shipped[{number}]")):
                rows.append(Row(orders[key], inner, item, (_place(key), *places, *within[len(places) + 1 :])))
        if packs and not holder.get("shipped"):
            empty.append((packs, places))
    first = next(iter(orders), None)
    rows += [Row(orders[first], packs, None, (_place(first), *places)) for packs, places in empty if first is not None]
    made, moved = nested(rows)
    moved |= {path: moved[place] for path, place in shown.items() if place in moved}
    data = {key: value for key, value in view.items() if key not in {"packs", "shipped"}}
    return Viewed(data | ({"orders": [order for order, _ in made]} if made else {}), _sorted(moved))
