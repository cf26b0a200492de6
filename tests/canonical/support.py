"""A good order and a good ship notice, in JSON form, for tests to break."""

import copy
from typing import Any

ORDER: dict[str, Any] = {
    "documentType": "Order",
    "purpose": "original",
    "orderType": "standAlone",
    "purchaseOrderNumber": "4500123987",
    "orderDate": "2026-11-18",
    "currency": "USD",
    "shipWindow": {"start": "2026-11-30", "end": "2026-12-03"},
    "deliveryWindow": {"start": "2026-12-04", "end": "2026-12-08"},
    "cancelAfterDate": "2026-12-05",
    "parties": {
        "buyer": {"name": "NORTHMART STORES INC", "id": "0614141000012", "idScheme": "gln"},
        "shipTo": {"name": "NORTHMART DC 0117", "id": "0614141001170", "idScheme": "gln", "address": {"city": "BENTON", "country": "US"}},
        "other": [{"qualifier": "RL", "name": "REPORTING LOCATION"}],
    },
    "lines": [
        {
            "lineNumber": "1",
            "quantity": {"value": "48", "unit": "XCS"},
            "unitPrice": "31.20",
            "item": {"gtin": "00085234500106", "buyerItemId": "004412345", "sellerItemId": "HB-1200"},
        },
        {
            "lineNumber": "2",
            "quantity": {"value": "36", "unit": "XCS"},
            "unitPrice": "22.5",
            "item": {"gtin": "00085234500250", "buyerItemId": "004412399"},
            "destinations": [
                {"locationId": "0614141001002", "locationScheme": "gln", "quantity": {"value": "24", "unit": "XCS"}},
                {"locationId": "0614141001316", "locationScheme": "gln", "quantity": {"value": "12", "unit": "XCS"}},
            ],
        },
    ],
    "totals": {"lineCount": 2, "quantityHash": "84", "amount": "2307.6"},
}

SHIP_NOTICE: dict[str, Any] = {
    "documentType": "ShipNotice",
    "purpose": "original",
    "shipmentNumber": "SHP-0098213",
    "createdAt": "2026-12-02T15:05:00-06:00",
    "structure": "SOPI",
    "packageCount": 2,
    "shippedAt": "2026-12-02T14:30:00-06:00",
    "estimatedDeliveryDate": "2026-12-04",
    "parties": {
        "shipFrom": {"name": "HARBORLINE SAVANNAH DC", "id": "0852345000012", "idScheme": "gln"},
        "shipTo": {"name": "NORTHMART DC 0117", "id": "0614141001170", "idScheme": "gln"},
    },
    "orders": [
        {
            "purchaseOrderNumber": "4500123987",
            "packs": [
                {
                    "sscc": "008523450000012015",
                    "items": [
                        {
                            "lineNumber": "1",
                            "item": {"gtin": "00085234500106"},
                            "quantityShipped": {"value": "48", "unit": "XCS"},
                            "quantityOrdered": {"value": "48", "unit": "XCS"},
                        }
                    ],
                },
                {
                    "sscc": "008523450000012022",
                    "items": [
                        {
                            "lineNumber": "2",
                            "item": {"gtin": "00085234500250", "buyerItemId": "004412399"},
                            "quantityShipped": {"value": "30", "unit": "XCS"},
                            "quantityOrdered": {"value": "36", "unit": "XCS"},
                        }
                    ],
                },
            ],
        }
    ],
    "totals": {"quantityHash": "78"},
}


def order(**changes: Any) -> dict[str, Any]:
    """A fresh order with some fields changed."""
    return copy.deepcopy(ORDER) | changes


def ship_notice(**changes: Any) -> dict[str, Any]:
    """A fresh ship notice with some fields changed."""
    return copy.deepcopy(SHIP_NOTICE) | changes


def at(data: Any, path: str, value: Any) -> Any:
    """`data` with the value at a dotted path replaced; `...` removes it."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner = data
    for part in way:
        inner = inner[part]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return data
