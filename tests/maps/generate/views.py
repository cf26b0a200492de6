"""Documents for maps that are written for a view: its shape as models, and the document that a filled shape is."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field

from canonical.base import Model
from canonical.common import Reference
from canonical.gs1 import with_check_digit
from canonical.inventory_adjustment import AdjustedLine, InventoryAdjustment
from canonical.invoice import Invoice
from canonical.item import Item, Quantity
from canonical.item_catalog import CatalogLine, ItemCatalog, ProductGroup
from canonical.order import Order, OrderLine
from canonical.order_acknowledgment import AcknowledgedLine, LineResponse, OrderAcknowledgment
from canonical.order_change import ChangeLine, OrderChange
from canonical.order_terms import Destination
from canonical.party import Party
from canonical.receipt import Receipt, ReceiptLine
from canonical.registry import DOCUMENTS
from canonical.remittance_advice import PaymentAdjustment, RemittanceAdvice, RemittanceSection, RemittedItem
from canonical.sales_report import SalesLine, SalesLocation, SalesReport
from canonical.scalars import SSCC, Count, Date, DateOrTime, Str20, Str30, Str35
from canonical.ship_notice import Pack, ShipNotice, ShippedItem
from canonical.shipment_status import ShipmentStatus, TrackedConsignment, TrackingEvent
from canonical.stock_transfer_receipt import ReceivedLine, StockTransferReceipt
from canonical.terms import PaymentTerms
from canonical.warehouse_order import WarehouseOrder, WarehouseOrderLine
from canonical.warehouse_shipment_confirmation import ConfirmedLine, ConfirmedPack, WarehouseShipmentConfirmation
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


class _Of(Model):
    level: Str30
    of: Str30 | None = None


class _Terms(PaymentTerms):
    days: Count | None = None


class _OrderRow(OrderLine):
    sub_line: _Of | None = None


class _OrderRows(Order):
    lines: tuple[Any, ...] = ()
    rows: tuple[_OrderRow, ...] = Field(default=(), min_length=1)
    terms: tuple[_Terms, ...] = ()


class _ChangeRow(ChangeLine):
    sub_line: _Of | None = None


class _ChangeRows(OrderChange):
    rows: tuple[_ChangeRow, ...] = ()
    terms: tuple[_Terms, ...] = ()


class _When(Model):
    date_type: str
    date: Date


class _Response(LineResponse):
    change: str | None = None
    backorder: Quantity | None = None
    when: _When | None = None


class _AnswerRow(AcknowledgedLine):
    sub_line: _Of | None = None
    response: _Response | None = None


class _AnswerRows(OrderAcknowledgment):
    rows: tuple[_AnswerRow, ...] = ()
    terms: tuple[_Terms, ...] = ()


class _OrderedNumber(Model):
    line_number: Str20
    label_ssccs: tuple[SSCC, ...] = ()
    destinations: tuple[Destination, ...] = ()
    lines: tuple[WarehouseOrderLine, ...] = Field(default=(), min_length=1)


class _OrderedNumbers(WarehouseOrder):
    lines: tuple[Any, ...] = ()
    groups: tuple[_OrderedNumber, ...] = ()


class _ConfirmedNumber(Model):
    line_number: Str20
    packs: tuple[ConfirmedPack, ...] = ()
    lines: tuple[ConfirmedLine, ...] = Field(default=(), min_length=1)


class _ConfirmedNumbers(WarehouseShipmentConfirmation):
    lines: tuple[Any, ...] = ()
    groups: tuple[_ConfirmedNumber, ...] = ()


class _InvoiceTerms(Invoice):
    terms: tuple[_Terms, ...] = ()


class _Group(Model):
    product_group: ProductGroup | None = None
    lines: tuple[CatalogLine, ...] = Field(min_length=1)


class _ByGroup(ItemCatalog):
    lines: tuple[CatalogLine, ...] = ()
    groups: tuple[_Group, ...] = Field(min_length=1)
    terms: tuple[_Terms, ...] = ()


class _Section(Model):
    section: RemittanceSection
    adjustments: tuple[PaymentAdjustment, ...] = ()
    items: tuple[RemittedItem, ...] = ()


class _BySection(RemittanceAdvice):
    sections: tuple[_Section, ...] = ()


class _Place(Model):
    location: SalesLocation | None = None
    lines: tuple[SalesLine, ...] = Field(min_length=1)


class _ByPlace(SalesReport):
    lines: tuple[SalesLine, ...] = ()
    places: tuple[_Place, ...] = Field(min_length=1)


class _ReceivedNumber(Model):
    line_number: Str20
    sscc: SSCC | None = None
    lines: tuple[ReceivedLine, ...] = Field(default=(), min_length=1)


class _ReceivedNumbers(StockTransferReceipt):
    lines: tuple[Any, ...] = ()
    groups: tuple[_ReceivedNumber, ...] = Field(default=(), min_length=1)


class _AdjustedItem(Model):
    line_number: Str20 | None = None
    item: Item
    references: tuple[Reference, ...] = ()
    lines: tuple[AdjustedLine, ...] = Field(default=(), min_length=1)


class _AdjustedItems(InventoryAdjustment):
    lines: tuple[Any, ...] = ()
    groups: tuple[_AdjustedItem, ...] = Field(default=(), min_length=1)


class _Marks(Model):
    sscc: tuple[SSCC, ...] = Field(default=(), min_length=1)


class _Goods(Model):
    marks: tuple[_Marks, ...] = Field(default=(), min_length=1)


class _Event(TrackingEvent):
    sscc: tuple[Any, ...] = ()
    goods: tuple[_Goods, ...] = ()


class _Consignment(TrackedConsignment):
    events: tuple[_Event, ...] = Field(min_length=1)


class _ByGoods(ShipmentStatus):
    consignments: tuple[_Consignment, ...] = Field(min_length=1)


_SHAPES: dict[str, type[BaseModel]] = {
    "byPack": _ByPack,
    "byUnit": _ByUnit,
    "orderRows": _OrderRows,
    "changeRows": _ChangeRows,
    "answerRows": _AnswerRows,
    "orderedNumbers": _OrderedNumbers,
    "confirmedNumbers": _ConfirmedNumbers,
    "receivedNumbers": _ReceivedNumbers,
    "adjustedItems": _AdjustedItems,
    "invoiceTerms": _InvoiceTerms,
    "byGroup": _ByGroup,
    "bySection": _BySection,
    "byPlace": _ByPlace,
    "byGoods": _ByGoods,
}


def shape(spec: MapSpec) -> type[BaseModel]:
    """The model of what the rules of a map are written for."""
    return _SHAPES.get(spec.view, DOCUMENTS[spec.document])


def closed(spec: MapSpec, filled: Object) -> Object:
    """The document of a filled shape, when it is one that the map can write whole."""
    if not spec.view:
        return filled
    if spec.view == "byPack":
        _settle(filled)
    if spec.view == "answerRows":
        for row in filled.get("rows", ()):
            if "status" not in row.get("response", {"status": ""}):
                del row["response"]  # what answers nothing is no answer
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
