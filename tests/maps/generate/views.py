"""Documents for maps that are written for a view: its shape as models, and the document that a filled shape is."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field

from canonical.base import Model
from canonical.gs1 import with_check_digit
from canonical.party import Party
from canonical.receipt import Receipt, ReceiptLine
from canonical.registry import DOCUMENTS
from canonical.scalars import SSCC, DateOrTime, Str30, Str35
from canonical.ship_notice import Pack, ShipNotice, ShippedItem
from maps.model import MapSpec
from maps.views import VIEWS

__all__ = ["closed", "shape"]

Object = dict[str, Any]


class _Head(Model):
    """An order in the view byPack: without what was shipped of it."""

    purchase_order_number: Str35
    release_number: Str30 | None = None
    order_date: DateOrTime | None = None
    department_number: Str30 | None = None
    invoice_number: Str30 | None = None
    seller_order_number: Str30 | None = None
    mark_for: Party | None = None
    store_number: Str35 | None = None


class _Item(ShippedItem):
    order: _Head


class _Pack(Pack):
    items: tuple[_Item, ...] = ()
    packs: tuple["_Pack", ...] = ()


class _ByPack(ShipNotice):
    orders: tuple[Any, ...] = ()
    order: _Head
    items: tuple[_Item, ...] = ()
    packs: tuple[_Pack, ...] = ()


class _Line(ReceiptLine):
    ssccs: tuple[SSCC, ...] = ()


class _Unit(Model):
    ssccs: tuple[SSCC, ...] = ()
    lines: tuple[_Line, ...] = Field(default=(), min_length=1)


class _ByUnit(Receipt):
    lines: tuple[_Line, ...] = ()
    loose: tuple[_Line, ...] = Field(default=(), min_length=1)
    units: tuple[_Unit, ...] = ()


_SHAPES: dict[str, type[BaseModel]] = {"byPack": _ByPack, "byUnit": _ByUnit}


def shape(spec: MapSpec) -> type[BaseModel]:
    """The model of what the rules of a map are written for."""
    return _SHAPES.get(spec.view, DOCUMENTS[spec.document])


def closed(spec: MapSpec, filled: Object) -> Object:
    """The document of a filled shape, when it is one that the map can write whole."""
    if not spec.view:
        return filled
    if spec.view == "byPack":
        _settle(filled)
    view = VIEWS[spec.view]
    document = view.close(filled).data
    for _ in range(3):  # views are inverse up to the order of rows: the one that stays is meant
        document, before = view.close(view.open(document).data).data, document
        if document == before:
            break
    return document


def _settle(view: Object) -> None:
    """An SSCC is on one pack only, and the order of the head has goods."""
    for number, pack in enumerate(_packs(view)):
        if "sscc" in pack:
            pack["sscc"] = with_check_digit(f"{8523450000 + number:017}")
    items = [item for holder in (view, *_packs(view)) for item in holder.get("items", ())]
    if items:
        items[0]["order"] = {"purchaseOrderNumber": view["order"]["purchaseOrderNumber"]}


def _packs(holder: Object) -> Iterator[Object]:
    for pack in holder.get("packs", ()):
        yield pack
        yield from _packs(pack)
