"""The shapes of documents that rules may be written for: `view: byPack`. What a shape is, canonical.views knows; here are their names."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from canonical.groupings import BY_GROUP, BY_PLACE, BY_SECTION, by_terms, from_terms, place_of_terms
from canonical.order_terms import SubLine
from canonical.order_views import by_answer, by_code, by_row, from_answers, from_codes, from_rows
from canonical.pack_views import by_pack, by_tare, from_packs, from_tares
from canonical.receipt_views import by_unit, from_units
from canonical.tracking_views import by_goods, from_goods
from canonical.views import Viewed, stacked
from canonical.warehouse_views import ADJUSTED, CONFIRMED, ORDERED, RECEIVED

__all__ = ["VIEWS", "View"]

_SUB_LINE: Final = frozenset(field.alias for field in SubLine.model_fields.values())
_UNITS: Final = re.compile(r"^(units\[\]\.?)+")


class View(NamedTuple):
    """One shape of one document."""

    document: str
    open: Callable[[Mapping[str, Any]], Viewed]  #: from the document to the shape
    close: Callable[[Mapping[str, Any]], Viewed]  #: and back
    #: a field of the shape, as `packs[].items[].order.orderDate`, in the document: `orders[].orderDate`; it may stand for several
    field: Callable[[str], str | tuple[str, ...]]
    implied: tuple[str, ...] = ()  #: fields of the document that the shape itself says, so that no rule need write them


def _packed(path: str) -> str:
    head, order, field = path.partition("items[].order")
    if order:
        return f"orders[]{field}"
    if path.partition(".")[0] == "order":
        return f"orders[]{path.removeprefix('order')}"
    return f"orders[].{path}" if path.partition(".")[0] in {"packs[]", "items[]"} else head


def _in_tares(path: str) -> str:
    parts = path.split(".")
    depth = next((number for number, part in enumerate(parts) if part not in {"packs[]", "shipped[]", "items[]"}), len(parts))
    if not depth:
        return path
    packs = [part for part in parts[:depth] if part == "packs[]"]
    within = ["items[]"] if parts[depth - 1] == "items[]" else []
    of_order = parts[depth - 1] == "shipped[]"
    return ".".join(["orders[]", *([] if of_order else packs + within), *parts[depth:]])


def _in_units(path: str) -> str:
    rest = _UNITS.sub("", path)
    if path.startswith("loose[]"):
        return f"lines[]{path.removeprefix('loose[]')}"
    return rest if rest == path or rest.startswith("lines[]") else f"lines[].{rest}".removesuffix(".")


def _in_rows(path: str) -> str | tuple[str, ...]:
    if path.startswith("terms[]"):
        return path.replace("terms[]", "paymentTerms[]", 1).replace(".days", ".netDays", 1)
    if path.partition(".")[0] != "rows[]":
        return path
    field = path.removeprefix("rows[]").removeprefix(".")
    if field.startswith("subLine."):
        return "lines[].lineNumber"
    head, _, answer = field.partition("response")
    if not head and field:
        answer = answer.replace(".when", "", 1).replace(".change", ".status", 1).replace(".backorder", ".quantity", 1)
        return f"lines[].responses[]{answer}"
    own = f"lines[].{field}".removesuffix(".")
    first, dot, rest = field.partition(".")
    first = "quantity" if first == "quantityOrdered" else first
    return (own, f"lines[].subLines[].{first}{dot}{rest}") if first in _SUB_LINE else own


def _in_goods(path: str) -> str | tuple[str, ...]:
    """`goods[].marks[].sscc[]` of an event is its `sscc[]`; goods and marks alone are nothing."""
    head, goods, field = path.partition(".goods[]")
    rest = field.removeprefix(".marks[]")
    return path if not goods else f"{head}{rest}" if rest else ()


VIEWS: Final[Mapping[str, View]] = {
    "orderRows": View("Order", by_row, from_rows, _in_rows),
    "changeRows": View("OrderChange", by_row, from_rows, _in_rows),
    "answerCodes": View("OrderAcknowledgment", by_code, from_codes, lambda path: path),
    "answerRows": View("OrderAcknowledgment", by_answer, from_answers, _in_rows),
    "byPack": View("ShipNotice", by_pack, from_packs, _packed, ("orders[].packs[].parentSscc",)),
    "byTare": View("ShipNotice", by_tare, from_tares, _in_tares, ("orders[].packs[].parentSscc",)),
    "stacked": View("ShipNotice", stacked, lambda shape: Viewed(dict(shape), {}), str, ("orders[].packs[].parentSscc",)),
    "orderedNumbers": View("WarehouseOrder", ORDERED.open, ORDERED.close, ORDERED.field),
    "confirmedNumbers": View("WarehouseShipmentConfirmation", CONFIRMED.open, CONFIRMED.close, CONFIRMED.field),
    "receivedNumbers": View("StockTransferReceipt", RECEIVED.open, RECEIVED.close, RECEIVED.field),
    "adjustedItems": View("InventoryAdjustment", ADJUSTED.open, ADJUSTED.close, ADJUSTED.field),
    "byUnit": View("Receipt", by_unit, from_units, _in_units),
    "invoiceTerms": View("Invoice", by_terms, from_terms, place_of_terms),
    "byGroup": View("ItemCatalog", BY_GROUP.open, BY_GROUP.close, BY_GROUP.place),
    "bySection": View("RemittanceAdvice", BY_SECTION.open, BY_SECTION.close, BY_SECTION.place),
    "byGoods": View("ShipmentStatus", by_goods, from_goods, _in_goods),
    "byPlace": View("SalesReport", BY_PLACE.open, BY_PLACE.close, BY_PLACE.place),
}
