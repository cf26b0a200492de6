"""Checks of a document's sense: what its schema cannot say. Pure functions from documents to faults."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from canonical.application_advice import ApplicationAdvice
from canonical.base import Document, Fault
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
from canonical.rules.against import acknowledgment_against, invoice_against, notice_against
from canonical.rules.application_advice import check_application_advice
from canonical.rules.around import Around
from canonical.rules.freight_invoice import check_freight_invoice
from canonical.rules.inventory import check_inventory_adjustment, check_inventory_report
from canonical.rules.invoice import check_invoice
from canonical.rules.item_catalog import check_item_catalog
from canonical.rules.load_tender import check_load_tender, check_load_tender_response
from canonical.rules.order import check_order
from canonical.rules.order_acknowledgment import check_order_acknowledgment
from canonical.rules.order_change import check_order_change
from canonical.rules.receipt import check_receipt
from canonical.rules.remittance_advice import check_remittance_advice
from canonical.rules.return_authorization import check_return_authorization
from canonical.rules.sales_report import check_sales_report
from canonical.rules.ship_notice import check_ship_notice
from canonical.rules.shipment_status import check_shipment_status
from canonical.rules.warehouse import (
    check_stock_transfer_notice,
    check_stock_transfer_receipt,
    check_warehouse_order,
    check_warehouse_shipment_confirmation,
)
from canonical.sales_report import SalesReport
from canonical.ship_notice import ShipNotice
from canonical.shipment_status import ShipmentStatus
from canonical.stock_transfer_notice import StockTransferNotice
from canonical.stock_transfer_receipt import StockTransferReceipt
from canonical.warehouse_order import WarehouseOrder
from canonical.warehouse_shipment_confirmation import WarehouseShipmentConfirmation

__all__ = ["check"]

_CHECKS: Final[Mapping[type[Document], Callable[[Any], Iterator[Fault]]]] = {
    ApplicationAdvice: check_application_advice,
    InventoryAdjustment: check_inventory_adjustment,
    InventoryReport: check_inventory_report,
    ItemCatalog: check_item_catalog,
    Order: check_order,
    OrderChange: check_order_change,
    Receipt: check_receipt,
    RemittanceAdvice: check_remittance_advice,
    ReturnAuthorization: check_return_authorization,
    SalesReport: check_sales_report,
    LoadTender: check_load_tender,
    LoadTenderResponse: check_load_tender_response,
    ShipmentStatus: check_shipment_status,
    StockTransferNotice: check_stock_transfer_notice,
    StockTransferReceipt: check_stock_transfer_receipt,
    WarehouseOrder: check_warehouse_order,
    WarehouseShipmentConfirmation: check_warehouse_shipment_confirmation,
    FreightInvoice: check_freight_invoice,
}  #: those that need nothing but the document


def check(document: Document, *, order: Order | Sequence[Order] | None = None, around: Around | None = None) -> tuple[Fault, ...]:
    """Everything wrong with the sense of a document, in its order; empty when it may go on.

    `around` is what is known besides: the orders that it answers, what a warehouse confirmed. Without it, only what the document
    says itself is checked. `order` is short for an `around` of one order or several.
    """
    known = around or Around(orders=(order,) if isinstance(order, Order) else tuple(order or ()))
    if isinstance(document, ShipNotice):
        return (*check_ship_notice(document, known.orders), *notice_against(document, known))
    if isinstance(document, Invoice):
        return (*check_invoice(document), *invoice_against(document, known))
    if isinstance(document, OrderAcknowledgment):
        return (*check_order_acknowledgment(document), *acknowledgment_against(document, known))
    alone = _CHECKS.get(type(document))
    return tuple(alone(document)) if alone else ()
