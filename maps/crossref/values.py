"""Filling in one value of a document from its row: our side in what came, the partner's side in what goes."""

from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import Any, Final

from canonical.gs1 import is_valid
from canonical.scalars import GLN_DIGITS
from maps.crossref.finding import CrossFindingCode
from maps.crossref.lookup import Lookup
from maps.crossref.places import Spot
from maps.crossref.rows import Kind, Row

__all__ = ["fill_ours", "fill_theirs"]

_DIGITS: Final = 24  #: of a quantity
_PLACES: Final = Decimal("0.00000001")
#: who gave out an id, where neither document nor row says it
_USUAL_SCHEME: Final = {Kind.LOCATION: "assignedByBuyer", Kind.CARRIER: "scac"}


def fill_ours(lookup: Lookup, spot: Spot) -> None:
    """`ours` beside what the partner wrote."""
    data = spot.object
    data.pop("ours", None)
    if lookup.kind is Kind.UNIT:
        _count_ours(lookup, spot)
        return
    named = [(name, data[name]) for name in _fields(lookup, spot) if isinstance(data.get(name), str)]
    if not named:
        return
    for or_anything in (False, True):  # a row that names any of its numbers comes before one for anything else
        for name, value in named:
            row = lookup.find(value, _context(spot, name), or_anything=or_anything)
            if row is not None:
                data["ours"] = row.ours
                lookup.used(row, spot, value)
                return
    (name, value), *others = named
    lookup.missing(spot, value, _context(spot, name), tuple(text for _, text in others))


def fill_theirs(lookup: Lookup, spot: Spot) -> None:
    """What the partner calls it, where the hub said only what it is to us. What the hub said of theirs is never changed."""
    data = spot.object
    if lookup.kind is Kind.UNIT:
        _count_theirs(lookup, spot)
        return
    ours = data.get("ours")
    fields = _fields(lookup, spot)
    if not isinstance(ours, str) or any(name in data for name in spot.place.theirs):
        return
    for name in fields:
        context = _context(spot, name)
        row = lookup.find(ours, context, name)
        if row is not None and (lookup.kind is not Kind.ITEM or dict(row.keys).get("scheme", fields[0]) == name):
            data[name] = row.theirs
            _fill_keys(lookup, spot, row)
            lookup.used(row, spot, ours)
    if not any(name in data for name in fields):
        lookup.missing(spot, ours, _context(spot, ""))


def _fields(lookup: Lookup, spot: Spot) -> tuple[str, ...]:
    """The fields of theirs, in the order agreed."""
    return tuple(name for name in lookup.by if name in spot.place.theirs) if lookup.kind is Kind.ITEM else spot.place.theirs


def _context(spot: Spot, name: str) -> dict[str, str]:
    """What a row's further columns are compared with."""
    place, data = spot.place, spot.object
    context = {column: _text(data.get(field)) for column, field in place.keys.items()}
    match place.kind:
        case Kind.ITEM:
            context["scheme"] = name
        case Kind.UNIT:
            context["item"] = _text(spot.item.get("ours")) if spot.item else ""
        case Kind.LOCATION:
            context |= {"role": spot.role, "scheme": _text(data.get(place.scheme))}
        case Kind.CARRIER:
            context["scheme"] = _text(data.get(place.scheme))
        case _:
            pass
    return context


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _fill_keys(lookup: Lookup, spot: Spot, row: Row) -> None:
    """What the row says of theirs beyond its value: who gave it out, the days of the terms."""
    place, data = spot.place, spot.object
    for column, value in row.keys:
        field = place.scheme if column == "scheme" else place.keys.get(column, "")
        if field and field not in data:
            data[field] = int(value) if column in {"netDays", "discountDays"} and value.isascii() and value.isdigit() else value
    if place.scheme and place.scheme not in data:
        is_gln = len(row.theirs) == GLN_DIGITS and row.theirs.isascii() and row.theirs.isdigit() and is_valid(row.theirs)
        data[place.scheme] = "gln" if is_gln and lookup.kind is Kind.LOCATION else _USUAL_SCHEME[lookup.kind]


# -- quantities


def _count_ours(lookup: Lookup, spot: Spot) -> None:
    unit = spot.object.get("unit")
    if not isinstance(unit, str):
        return
    context = _context(spot, "")
    row = lookup.find(unit, context, context["item"])
    if row is None:
        lookup.missing(spot, unit, context)
        return
    value = _exact(Decimal(spot.object["value"]), row.times, divide=False)
    if value is None:
        lookup.tell(CrossFindingCode.TOO_LARGE, spot, spot.object["value"])
        return
    spot.object["ours"] = {"value": value, "unit": row.ours}


def _count_theirs(lookup: Lookup, spot: Spot) -> None:
    """From our unit to the partner's. What is in a unit of the partner's already stays as it is."""
    data = spot.object
    counted = data["ours"] if isinstance(data.get("ours"), dict) else data
    unit = counted.get("unit")
    if not isinstance(unit, str):
        return
    context = _context(spot, "")
    row = lookup.find(unit, context, context["item"])
    if row is None:
        if not lookup.is_theirs(unit, context):
            lookup.missing(spot, unit, context)
        return
    value = _exact(Decimal(counted["value"]), row.times, divide=True)
    if value is None or (row.theirs.startswith("X") and "." in value):
        lookup.tell(CrossFindingCode.NOT_WHOLE, spot, counted["value"], hint=f"one {row.theirs} is {row.times:f} {unit}")
        return
    spot.object["ours"] = {"value": counted["value"], "unit": unit}
    data["value"], data["unit"] = value, row.theirs


def _exact(value: Decimal, factor: Decimal, *, divide: bool) -> str | None:
    """The product or quotient as text; None where it has more digits or places than a quantity can have."""
    with localcontext(Context(prec=_DIGITS * 3, traps=[Inexact, InvalidOperation])):
        try:
            result = value / factor if divide else value * factor
            whole = result.quantize(_PLACES)
        except (Inexact, InvalidOperation):
            return None
    text = f"{whole:f}".rstrip("0").rstrip(".")
    text = "0" if text in {"", "-0"} else text
    return text if sum(c.isdigit() for c in text) <= _DIGITS else None
