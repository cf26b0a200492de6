"""Where in documents cross references apply: by the kind of value, so for every document that is made of these values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from canonical.inventory_report import StockLocation
from canonical.item import Item, Quantity
from canonical.order_terms import Destination, Routing
from canonical.party import Party
from canonical.registry import DOCUMENTS
from canonical.terms import AllowanceCharge, Carrier, PaymentTerms
from maps.crossref.rows import ITEM_SCHEMES, Kind
from maps.lint.shape import Shape, shape_of

__all__ = ["PLACES", "Object", "Place", "Spot", "paths", "spots"]

Object = dict[str, Any]  #: a part of a document in its JSON form


@dataclass(frozen=True, slots=True)
class Place:
    """How a kind of value is translated. `ours` always has the name `ours`."""

    kind: Kind
    theirs: tuple[str, ...]  #: the fields that can hold the partner's value
    scheme: str = ""  #: the field that says who gave it out
    keys: Mapping[str, str] = field(default_factory=dict)  #: further column of a row -> the field that it is compared with


_PARTY: Final = Place(Kind.LOCATION, ("id",), "idScheme")
PLACES: Final[Mapping[type, Place]] = {
    Item: Place(Kind.ITEM, ITEM_SCHEMES),
    Quantity: Place(Kind.UNIT, ("unit",)),
    Party: _PARTY,
    StockLocation: _PARTY,
    Destination: Place(Kind.LOCATION, ("locationId",), "locationScheme"),
    Carrier: Place(Kind.CARRIER, ("id",), "idScheme", {"serviceLevel": "serviceLevel", "mode": "mode"}),
    Routing: Place(Kind.CARRIER, ("carrierId",), "carrierIdScheme", {"serviceLevel": "serviceLevel", "mode": "mode"}),
    PaymentTerms: Place(
        Kind.TERMS,
        ("type",),
        keys={name: name for name in ("netDays", "discountPercent", "discountDays", "basis")},
    ),
    AllowanceCharge: Place(Kind.CHARGE, ("reason",), keys={"type": "kind", "handling": "handling"}),
}
#: a party in this role is a carrier, not a place
_CARRIER_ROLE: Final = "carrier"
_CARRYING: Final = Place(Kind.CARRIER, ("id",), "idScheme")
#: the roles whose place has to be known; in others (buyer, remitTo …) it is translated where a row is there, and nobody asks for one
ASKED_ROLES: Final = frozenset({"shipTo", "shipFrom", "markFor", "ultimateConsignee", "warehouse", "destinations", "location"})
#: quantities that measure and do not count goods: 12.5 KGM stays so
MEASURES: Final = ("weight", "volume", "size", "length", "width", "height", "temperature")


class Spot(NamedTuple):
    """One value of a document that a row may speak of."""

    path: str  #: of its object: `$.lines[0].item`
    place: Place
    role: str  #: the name under which the object stands: shipTo, quantity
    object: Object
    item: Object | None  #: the product that a quantity is of

    @property
    def is_asked(self) -> bool:
        """Whether somebody has to act when no row is there."""
        return self.place.kind is not Kind.LOCATION or self.role in ASKED_ROLES


def spots(document_type: str, data: Object) -> tuple[Spot, ...]:
    """Every such value of a document in its JSON form, outer ones first."""
    shape = shape_of(document_type)
    return tuple(_walk(shape, data, "$", "", None)) if shape is not None else ()


def _walk(shape: Shape, data: Object, path: str, role: str, item: Object | None) -> Iterator[Spot]:
    place = _place(shape, role)
    if place is not None and not (place.kind is Kind.UNIT and (item is None or _measures(role))):
        yield Spot(path, place, role, data, item)
    if shape.model is Item:
        return  # what stands in an item describes it: nothing there is counted, sent or carried
    own = data.get("item")
    inner_item = own if isinstance(own, dict) else item
    for key, value in data.items():
        inner = shape.field(key)
        if inner is None or inner.model is None:
            continue
        if isinstance(value, dict):
            yield from _walk(inner, value, f"{path}.{key}", key, inner_item)
        elif isinstance(value, list):
            for index, one in enumerate(value):
                if isinstance(one, dict):
                    yield from _walk(inner, one, f"{path}.{key}[{index}]", key, inner_item)


def _place(shape: Shape, role: str) -> Place | None:
    classes = shape.model.__mro__ if shape.model is not None else ()
    place = next((PLACES[one] for one in classes if one in PLACES), None)
    return _CARRYING if place is _PARTY and role == _CARRIER_ROLE else place


def _measures(role: str) -> bool:
    return any(word in role.lower() for word in MEASURES)


def paths(document_type: str) -> dict[str, Kind]:
    """The paths of a document type with their kinds, for the documentation: `lines[].item` -> item. Nested repetition is shown once."""
    found: dict[str, Kind] = {}
    shape = shape_of(document_type)

    def walk(shape: Shape, path: str, role: str, above: tuple[type, ...], *, counted: bool) -> None:
        place = _place(shape, role)
        if place is not None and not (place.kind is Kind.UNIT and (not counted or _measures(role))):
            found[path] = place.kind
        if shape.model is None or shape.model is Item or shape.model in above:
            return
        names = shape.names()
        for name in names:
            inner = shape.field(name)
            if inner is not None and inner.model is not None:
                mark = "[]" if inner.many else ""
                walk(inner, f"{path}.{name}{mark}".lstrip("."), name, (*above, shape.model), counted=counted or "item" in names)

    if shape is not None and document_type in DOCUMENTS:
        walk(shape, "", "", (), counted=False)
    return found
