"""Which business exchange a document belongs to: by what it answers, else by the orders that it names. The table is all there is to it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from canonical.base import Document
from gateway.store import keys
from gateway.store.keys import Business
from partners.model import Direction, Workspace

__all__ = ["ANSWERS", "correlation_of", "orders_named", "partner_for"]

Number = Callable[[Any], str | None]


def _field(name: str) -> Number:
    return lambda document: getattr(document, name)


def _acknowledged(kind: str) -> Number:
    return lambda advice: advice.acknowledges.business_number if advice.acknowledges.type == kind else None


#: document -> what it may answer or follow, and where it names its number; the first that is known counts, and orders come last
ANSWERS: Final[Mapping[str, tuple[tuple[str, Number], ...]]] = {
    "ApplicationAdvice": (("Invoice", _acknowledged("invoice")), ("ShipNotice", _acknowledged("shipNotice"))),
    "FreightInvoice": (("LoadTender", _field("load_number")),),
    "Invoice": (("ShipNotice", _field("shipment_number")), ("Invoice", _field("original_invoice_number"))),
    "LoadTenderResponse": (("LoadTender", _field("load_number")),),
    "Receipt": (("ShipNotice", _field("shipment_number")),),
    "ReturnAuthorization": (("ReturnAuthorization", _field("original_request_number")), ("Invoice", _field("invoice_number"))),
    "ShipmentStatus": (("LoadTender", _field("load_number")), ("ShipNotice", _field("load_number"))),
    "StockTransferReceipt": (("StockTransferNotice", _field("transfer_number")),),
    "WarehouseShipmentConfirmation": (("WarehouseOrder", _field("warehouse_order_number")),),
}


def correlation_of(connection: Connection, own: str, document: Document, usage: str, partner: str | None) -> str | None:
    """The exchange of an earlier document; None where it begins one. That of the same partner comes first; of another one it is taken
    where only one is meant: a warehouse confirms what was ordered by a customer.
    """
    for kind, number_of in ANSWERS.get(document.document_type, ()):
        number = number_of(document)
        found = _exchange(connection, own, kind, (number,), usage, partner) if number else None
        if found is not None:
            return found
    if document.document_type == "Order":
        return None
    return _exchange(connection, own, "Order", document.purchase_orders, usage, partner)


def _exchange(connection: Connection, own: str, kind: str, numbers: Iterable[str], usage: str, partner: str | None) -> str | None:
    """That of the first of these numbers which the partner uses, else the only one of all who use any."""
    listed = tuple(numbers)
    if partner is not None:
        for number in listed:
            for mine in keys.business(connection, own, kind, number, usage, partner=partner):
                return mine.correlation_id
    others = {known.correlation_id for number in listed for known in keys.business(connection, own, kind, number, usage)}
    return others.pop() if len(others) == 1 else None


def orders_named(connection: Connection, own: str, numbers: Iterable[str], usage: str) -> list[Business]:
    """Everyone's orders with these numbers."""
    return [known for number in numbers for known in keys.business(connection, own, "Order", number, usage)]


def partner_for(workspace: Workspace, document_type: str, orders: Iterable[Business]) -> str | None:
    """Whom a document is for whose orders say it: the only one among those who ordered to whom we send such documents at all."""
    takes = {a.partner_id for a in workspace.agreements if a.direction is Direction.OUTBOUND and a.document == document_type}
    partners = {order.partner_id for order in orders}
    meant = partners & takes or partners
    return meant.pop() if len(meant) == 1 else None
