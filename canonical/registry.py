"""Every document by its name, and the one way from JSON data to a document."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from canonical.application_advice import ApplicationAdvice
from canonical.base import Document, DocumentError, Fault, Severity, json_path, schema_fault
from canonical.freight_invoice import FreightInvoice
from canonical.inventory_adjustment import InventoryAdjustment
from canonical.inventory_report import InventoryReport
from canonical.invoice import Invoice
from canonical.item_catalog import ItemCatalog
from canonical.load_tender import LoadTender
from canonical.load_tender_response import LoadTenderResponse
from canonical.order import Order
from canonical.order_acknowledgment import OrderAcknowledgment
from canonical.order_change import OrderChange
from canonical.receipt import Receipt
from canonical.remittance_advice import RemittanceAdvice
from canonical.return_authorization import ReturnAuthorization
from canonical.sales_report import SalesReport
from canonical.ship_notice import ShipNotice
from canonical.shipment_status import ShipmentStatus
from canonical.stock_transfer_notice import StockTransferNotice
from canonical.stock_transfer_receipt import StockTransferReceipt
from canonical.warehouse_order import WarehouseOrder
from canonical.warehouse_shipment_confirmation import WarehouseShipmentConfirmation

__all__ = ["DOCUMENTS", "parse"]

DOCUMENTS: Final[Mapping[str, type[Document]]] = {
    "Order": Order,
    "OrderChange": OrderChange,
    "OrderAcknowledgment": OrderAcknowledgment,
    "ApplicationAdvice": ApplicationAdvice,
    "ShipNotice": ShipNotice,
    "Receipt": Receipt,
    "WarehouseOrder": WarehouseOrder,
    "WarehouseShipmentConfirmation": WarehouseShipmentConfirmation,
    "StockTransferNotice": StockTransferNotice,
    "StockTransferReceipt": StockTransferReceipt,
    "InventoryReport": InventoryReport,
    "InventoryAdjustment": InventoryAdjustment,
    "Invoice": Invoice,
    "RemittanceAdvice": RemittanceAdvice,
    "ItemCatalog": ItemCatalog,
    "ReturnAuthorization": ReturnAuthorization,
    "SalesReport": SalesReport,
    "LoadTender": LoadTender,
    "LoadTenderResponse": LoadTenderResponse,
    "ShipmentStatus": ShipmentStatus,
    "FreightInvoice": FreightInvoice,
}
_MAX_FAULTS: Final = 100
_MAX_DEPTH: Final = 32  #: deeper than any document; below what recursion can bear


def parse(data: object, document_type: str | None = None) -> Document:
    """A document from JSON data (`json.loads`). Raises DocumentError with every fault, up to a hundred.

    `document_type` says what is expected, where the address or the map says it; the data must not say otherwise.
    """
    if not isinstance(data, Mapping):
        raise DocumentError([_fault("object-expected", (), "A document is a JSON object.")])
    named = data.get("documentType", document_type)
    model = DOCUMENTS.get(named) if isinstance(named, str) else None
    if model is None or (document_type is not None and named != document_type):
        raise DocumentError([_fault("unknown-document", ("documentType",), "This is not the name of a document that is expected here.")])
    faults = list(_unsaid(data, ()))
    if faults:
        raise DocumentError(faults[:_MAX_FAULTS])
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise DocumentError(_schema_faults(error)) from None


def _fault(code: str, location: tuple[str | int, ...], message: str) -> Fault:
    return Fault(code=code, severity=Severity.ERROR, path=json_path(location), message=message)


def _schema_faults(error: ValidationError) -> list[Fault]:
    """In words of ours. A list whose parts are wrong is counted by pydantic as too short as well; that is no fault of its own."""
    errors = error.errors(include_url=False)
    with_inner = {e["loc"][:depth] for e in errors for depth in range(len(e["loc"]))}
    cascades = {"default_factory_not_called"}  # a field derived from others that are wrong
    return [schema_fault(e) for e in errors if e["type"] not in cascades and (e["type"] != "too_short" or e["loc"] not in with_inner)][
        :_MAX_FAULTS
    ]


def _unsaid(value: object, location: tuple[str | int, ...]) -> Iterator[Fault]:
    """Nulls, which say neither yes nor no. Raises DocumentError at once for nesting that no document has."""
    if value is None:
        yield _fault("null", location, "A field that says nothing is left out, not null; a change names in `removed` what it takes away.")
    elif len(location) > _MAX_DEPTH:
        raise DocumentError([_fault("too-deep", location[:_MAX_DEPTH], "No document is nested this deep.")])
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unsaid(inner, (*location, str(key)))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _unsaid(inner, (*location, index))
