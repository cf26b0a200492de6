"""Flat lists in groups, and back: payments by branch, catalogs by product group, sales by place; and payment terms with one kind of days.

A document says of each item to which group it belongs; papers say it once, in front of the items of a group (820 ENT, PRICAT PGI,
SLSRPT LOC). As in `canonical.views`, all functions work on the JSON form, and give the places of what has moved beside the data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any, Final

from canonical.views import Viewed

__all__ = ["BY_GROUP", "BY_PLACE", "BY_SECTION", "Grouping", "by_terms", "from_terms", "place_of_terms"]

Object = dict[str, Any]
Places = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Lists of a document whose items name their group, as a list of groups that hold them."""

    groups: str  #: name of the list of groups
    field: str  #: what an item says of its group, and the group of itself
    lists: tuple[str, ...]
    number: str = ""  #: key in the field by which groups are in order, where the items of one list do not say it
    terms: bool = False  #: whether payment terms have one kind of days as well: `by_terms`

    def open(self, document: Mapping[str, Any]) -> Viewed:
        """From the document to groups: items side by side that say the same are one."""
        data, places = by_terms(document) if self.terms else Viewed(dict(document), {})
        view: Object = {key: value for key, value in data.items() if key not in self.lists}
        groups: list[Object] = []
        for members in self._runs(document):
            at = f"$.{self.groups}[{len(groups)}]"
            group: Object = {}
            for name, number, item in members:
                if self.field in item:
                    group[self.field] = item[self.field]
                held = group.setdefault(name, [])
                places[f"{at}.{name}[{len(held)}]"] = (f"$.{name}[{number}]",)
                held.append({key: value for key, value in item.items() if key != self.field})
            places[at] = tuple(f"$.{name}[{number}]" for name, number, _ in members)
            groups.append(group)
        return Viewed(view | {self.groups: groups} if groups else view, places)

    def close(self, view: Mapping[str, Any]) -> Viewed:
        """And back. A group that holds nothing is not said of anything."""
        data, places = from_terms(view) if self.terms else Viewed(dict(view), {})
        data.pop(self.groups, None)
        for number, group in enumerate(view.get(self.groups, ())):
            at = f"$.{self.groups}[{number}]"
            said = {self.field: group[self.field]} if self.field in group else {}
            members: list[str] = []
            for name in self.lists:
                for index, item in enumerate(group.get(name, ())):
                    items = data.setdefault(name, [])
                    members.append(f"$.{name}[{len(items)}]")
                    places[f"{at}.{name}[{index}]"] = (members[-1],)
                    items.append(said | item)
            if members:
                places[at] = tuple(members)
        return Viewed(data, places)

    def place(self, path: str) -> str | tuple[str, ...]:
        """A field of the groups as fields of the document: `sections[].items[].amountPaid` as `items[].amountPaid`."""
        head, dot, rest = path.partition(".")
        if self.terms and head == "terms[]":
            return place_of_terms(path)
        if head != f"{self.groups}[]":
            return path
        if not dot:
            return self.lists[0] + "[]"
        return rest if rest.partition("[")[0] in self.lists else tuple(f"{name}[].{rest}" for name in self.lists)

    def _runs(self, document: Mapping[str, Any]) -> Iterator[list[tuple[str, int, Object]]]:
        """The groups: of each list the items side by side that say the same, those of all lists with the same in one."""
        waiting = {name: list(_side_by_side(document.get(name, ()), self.field)) for name in self.lists}
        while any(waiting.values()):
            heads = [runs[0] for runs in waiting.values() if runs]
            behind = {key for runs in waiting.values() for key, _ in runs[1:]}
            key = min((head for head in heads if head[0] not in behind), default=heads[0], key=self._rank)[0]
            taken = [(name, *runs.pop(0)) for name, runs in waiting.items() if runs and runs[0][0] == key]
            yield [(name, number, item) for name, _, members in taken for number, item in members]

    def _rank(self, run: tuple[str, list[tuple[int, Object]]]) -> int:
        said = run[1][0][1].get(self.field) or {}
        number = said.get(self.number) if self.number else 0
        return number if isinstance(number, int) else 0


def _side_by_side(items: Any, field: str) -> Iterator[tuple[str, list[tuple[int, Object]]]]:
    run: list[tuple[int, Object]] = []
    last = ""
    for number, item in enumerate(items):
        key = dumps(item.get(field), sort_keys=True)
        if run and key != last:
            yield last, run
            run = []
        run.append((number, item))
        last = key
    if run:
        yield last, run


BY_SECTION: Final = Grouping("sections", "section", ("adjustments", "items"), number="sequence")  #: RemittanceAdvice
BY_GROUP: Final = Grouping("groups", "productGroup", ("lines",), terms=True)  #: ItemCatalog
BY_PLACE: Final = Grouping("places", "location", ("lines",))  #: SalesReport


# --- payment terms ------------------------------------------------------------------------------------------------------------------------


def by_terms(document: Mapping[str, Any]) -> Viewed:
    """Payment terms as `terms[]` with `days`: those of the discount in terms of a discount, else the net days."""
    data = {key: value for key, value in document.items() if key != "paymentTerms"}
    places: Places = {}
    for number, term in enumerate(document.get("paymentTerms", ())):
        field = _days(term)
        data.setdefault("terms", []).append({("days" if key == field else key): value for key, value in term.items()})
        places |= _term_places(number, field, "terms", "paymentTerms")
    return Viewed(data, places)


def from_terms(view: Mapping[str, Any]) -> Viewed:
    """The inverse of `by_terms`."""
    data = {key: value for key, value in view.items() if key != "terms"}
    places: Places = {}
    for number, term in enumerate(view.get("terms", ())):
        field = _days(term)
        data.setdefault("paymentTerms", []).append({(field if key == "days" else key): value for key, value in term.items()})
        places |= _term_places(number, field, "terms", "paymentTerms")
    return Viewed(data, places)


def _term_places(number: int, field: str, view: str, document: str) -> Places:
    here, there = f"$.{view}[{number}]", f"$.{document}[{number}]"
    return {here: (there,), f"{here}.days": (f"{there}.{field}",)}


def place_of_terms(path: str) -> str | tuple[str, ...]:
    """A field of `terms[]` as fields of the document; others stay."""
    if path == "terms[].days":
        return ("paymentTerms[].netDays", "paymentTerms[].discountDays")
    return path.replace("terms[]", "paymentTerms[]", 1) if path.partition(".")[0] == "terms[]" else path


def _days(term: Mapping[str, Any]) -> str:
    """Which days stand with the kind of terms."""
    return "discountDays" if term.get("type") == "discount" else "netDays"
