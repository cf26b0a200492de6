"""What the store knows around a document that is to leave: its orders, what the warehouse confirmed of them, what left before."""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from canonical.base import Document
from canonical.invoice import Invoice
from canonical.order import Order
from canonical.registry import parse
from canonical.rules.around import Around
from canonical.ship_notice import ShipNotice
from canonical.warehouse_shipment_confirmation import WarehouseShipmentConfirmation
from gateway.states import DocumentState
from gateway.store import keys, lookup, ssccs

__all__ = ["around", "labels_of", "orders_of"]

_MOST: Final = 200
_LEFT: Final = frozenset({DocumentState.WRITTEN, DocumentState.SENT, DocumentState.ACKNOWLEDGED})
_CAME: Final = frozenset({DocumentState.MAPPED, DocumentState.DELIVERED})


def around(connection: Connection, row: lookup.Found, document: Document, orders: tuple[Order, ...], now: datetime) -> Around:
    """For the checks before sending; what the kind of document is not compared with is not looked up."""
    if isinstance(document, ShipNotice):
        return Around(
            orders=orders,
            confirmations=tuple(_of(connection, row, document, WarehouseShipmentConfirmation, "inbound", _CAME)),
            notices=tuple(_of(connection, row, document, ShipNotice, "outbound", _LEFT)),
            ssccs=ssccs.earlier(connection, row["usage"], ssccs.OURS, labels_of(document), document.shipment_number, now),
        )
    if isinstance(document, Invoice):
        return Around(orders=orders, notices=tuple(_of(connection, row, document, ShipNotice, "outbound", _LEFT)))
    return Around(orders=orders)


def orders_of(connection: Connection, own: str, partner: str, numbers: Iterable[str], usage: str) -> Iterator[Order]:
    """The orders of a partner with these numbers, as they were read."""
    for number in numbers:
        for known in keys.business(connection, own, "Order", number, usage, partner=partner):
            row = lookup.by_id(connection, known.document_id)
            parsed = parse(json.loads(row["body"]), "Order") if row is not None else None
            if isinstance(parsed, Order):
                yield parsed


def labels_of(notice: ShipNotice) -> set[str]:
    """The SSCCs of all its packs."""
    return {pack.sscc for order in notice.orders for pack in order.all_packs() if pack.sscc}


def _of(
    connection: Connection, row: lookup.Found, document: Document, model: type[Any], direction: str, states: Collection[str]
) -> Iterator[Any]:
    """Documents of a kind that name one of its purchase orders, in the same usage, itself left out."""
    seen: set[str] = set()
    for number in document.purchase_orders:
        found = lookup.documents(
            connection,
            number=number,
            partner=None if direction == "inbound" else row["partner_id"],
            document_type=model.__name__,
            state=None,
            correlation=None,
            before=None,
            limit=_MOST,
        )
        for one in found:
            mine = one["direction"] == direction and one["usage"] == row["usage"] and one["state"] in states
            if mine and one["id"] not in seen and one["id"] != row["id"]:
                seen.add(one["id"])
                parsed = parse(json.loads(one["body"]), model.__name__)
                if getattr(parsed, "purpose", "original") != "cancellation":
                    yield parsed
