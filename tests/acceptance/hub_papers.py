"""What a hub answers to an order, whoever sent it: only what the canonical order says goes in, never which partner or set it was."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

__all__ = ["acknowledgment", "invoice", "warehouse_order"]

_DAY = timedelta(days=1)


def _taken(order: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: order[name] for name in names if name in order}


def _product(line: dict[str, Any]) -> dict[str, Any]:
    return _taken(line["item"], "gtin", "buyerItemId", "sellerItemId")


def acknowledgment(order: dict[str, Any], number: str, now: datetime) -> dict[str, Any]:
    """Everything is accepted, line by line, to be shipped tomorrow."""
    lines = [
        {
            **_taken(line, "lineNumber", "unitPrice", "priceBasis"),
            "quantityOrdered": line["quantity"],
            "item": _product(line),
            "responses": [
                {"status": "accepted", "quantity": line["quantity"], "dateType": "scheduledShip", "date": f"{now + _DAY:%Y-%m-%d}"}
            ],
        }
        for line in order["lines"]
    ]
    return {
        "documentType": "OrderAcknowledgment",
        "purpose": "original",
        "status": "acceptedWithDetail",
        "acknowledgmentNumber": number,
        "acknowledgmentDate": f"{now:%Y-%m-%d}",
        **_taken(order, "purchaseOrderNumber", "orderDate", "currency", "departmentNumber", "vendorNumber", "parties"),
        "lines": lines,
    }


def invoice(order: dict[str, Any], number: str, shipment: str, now: datetime) -> dict[str, Any]:
    """All of the order, at its prices."""
    amounts = [Decimal(line["quantity"]["value"]) * Decimal(line["unitPrice"]) for line in order["lines"]]
    lines = [
        {
            **_taken(line, "lineNumber", "unitPrice", "priceBasis"),
            "quantityInvoiced": line["quantity"],
            "lineAmount": str(amount),
            "item": _product(line),
        }
        for line, amount in zip(order["lines"], amounts, strict=True)
    ]
    return {
        "documentType": "Invoice",
        "purpose": "original",
        "invoiceType": "commercial",
        "invoiceNumber": number,
        "invoiceDate": f"{now:%Y-%m-%d}",
        "shipmentNumber": shipment,
        **_taken(order, "purchaseOrderNumber", "orderDate", "currency", "departmentNumber", "vendorNumber", "parties"),
        "paymentTerms": [{"type": "basic", "basis": "invoiceDate", "netDays": 30}],
        "lines": lines,
        "totals": {"amountDue": f"{sum(amounts):.2f}"},
    }


def warehouse_order(order: dict[str, Any], number: str, warehouse: str, now: datetime) -> dict[str, Any]:
    """All of the order, to be shipped by a warehouse."""
    lines = [{**_taken(line, "lineNumber", "quantity"), "item": _product(line)} for line in order["lines"]]
    return {
        "documentType": "WarehouseOrder",
        "purpose": "original",
        "warehouseOrderNumber": number,
        **_taken(order, "purchaseOrderNumber"),
        "requestedShipDate": f"{now + _DAY:%Y-%m-%d}",
        "parties": {
            "shipTo": order["parties"]["shipTo"],
            "warehouse": {"name": warehouse.upper(), "idScheme": "assignedByBuyer", "id": "W1"},
            "depositor": {"name": "HARBORLINE FOODS", "idScheme": "gln", "id": "0852345000012"},
        },
        "lines": lines,
    }
