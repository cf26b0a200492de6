"""What the hub and the web shop of the demo write: JSON, as their own systems would."""

from datetime import date, datetime
from typing import Any

from canonical.gs1 import with_check_digit
from gateway.demo.documents import CRACKERS, DAY

__all__ = ["ship_notice", "shop_order", "sscc"]

COMPANY_PREFIX = "0852345"


def sscc(serial: int) -> str:
    """A serial shipping container code of Harborline's: extension digit, company prefix, serial, check digit."""
    return with_check_digit(f"0{COMPANY_PREFIX}{serial:09}")


def ship_notice(order: dict[str, Any], number: str, codes: list[str], now: datetime) -> dict[str, Any]:
    """A ship notice for a whole order, each line in a pack of its own."""
    shipped = now.replace(microsecond=0)
    packs = [
        {
            "sscc": code,
            "items": [
                {
                    "lineNumber": line["lineNumber"],
                    "item": {name: line["item"][name] for name in ("gtin", "buyerItemId", "sellerItemId")},
                    "quantityShipped": line["quantity"],
                }
            ],
        }
        for code, line in zip(codes, order["lines"], strict=True)
    ]
    return {
        "documentType": "ShipNotice",
        "purpose": "original",
        "structure": "SOPI",
        "shipmentNumber": number,
        "createdAt": shipped.isoformat(),
        "shippedAt": shipped.isoformat(),
        "estimatedDeliveryDate": (shipped + 2 * DAY).date().isoformat(),
        "billOfLadingNumber": f"0852345{number[-6:]:>010}",
        "carrier": {"idScheme": "scac", "id": "NMTL", "mode": "motor", "name": "NORTHMART LOGISTICS"},
        "parties": {
            "shipFrom": {"name": "HARBORLINE SAVANNAH DC", "idScheme": "gln", "id": "0852345000012"},
            "shipTo": order["parties"]["shipTo"],
        },
        "orders": [{"purchaseOrderNumber": order["purchaseOrderNumber"], "orderDate": order["orderDate"], "packs": packs}],
    }


def shop_order(number: str, today: date) -> dict[str, Any]:
    """An order as the web shop's system writes it; the map in partners/shopco/maps reads it."""
    return {
        "orderNo": number,
        "placedOn": f"{today:%Y-%m-%d}",
        "currency": "USD",
        "shipAfter": f"{today - DAY:%Y-%m-%d}",
        "shipBefore": f"{today + 5 * DAY:%Y-%m-%d}",
        "customer": {"name": "SHOPCO INC", "account": "5566"},
        "shipTo": {
            "name": "SHOPCO FULFILMENT",
            "code": "FC-3",
            "street": "77 MARKET STREET",
            "city": "COLUMBUS",
            "state": "OH",
            "zip": "43004",
            "country": "US",
        },
        "items": [
            {
                "pos": str(position),
                "gtin": line.gtin12,
                "sku": line.seller_item,
                "title": line.description,
                "qty": line.quantity,
                "unit": "case",
                "price": line.price,
            }
            for position, line in enumerate(CRACKERS, 1)
        ],
    }
