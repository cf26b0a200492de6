"""The lives of orders, shipments, warehouse orders, receipts and returns, as data: their states, and what codes of the wire
and words of documents propose.

A document proposes a state; the hub decides. A code or word that no table has is `unmapped`, never the nearest state: whoever follows
an order must see that nobody has said what it means.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from canonical.base import Document
from canonical.order import Order
from canonical.order_acknowledgment import OrderAcknowledgment
from canonical.order_change import OrderChange

__all__ = [
    "LINE_ANSWERS",
    "ORDER_STATES",
    "ORDER_STATE_OF_ANSWER",
    "RETURN_STATES",
    "SHIPMENT_STATE_OF_DECISION",
    "SHIPMENT_STATE_OF_EVENT",
    "UNMAPPED",
    "WAREHOUSE_STATE_OF_LINE",
    "OrderState",
    "ReceiptState",
    "ReturnState",
    "ShipmentState",
    "WarehouseOrderState",
    "line_answer",
    "order_state",
    "proposed_order_state",
]

UNMAPPED: Final = "unmapped"  #: nobody has said what this code means


class OrderState(StrEnum):
    """Of an order, from its arrival to its end."""

    RECEIVED = "received"
    ON_HOLD = "onHold"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_CHANGES = "acceptedWithChanges"
    REJECTED = "rejected"
    CHANGE_REQUESTED = "changeRequested"
    CANCELLED = "cancelled"
    RELEASED = "released"
    PARTIALLY_SHIPPED = "partiallyShipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    INVOICED = "invoiced"
    CLOSED = "closed"
    UNMAPPED = "unmapped"


class ShipmentState(StrEnum):
    """Of a shipment."""

    PLANNED = "planned"
    TENDERED = "tendered"
    TENDER_ACCEPTED = "tenderAccepted"
    TENDER_DECLINED = "tenderDeclined"
    LOADING = "loading"
    DEPARTED = "departed"
    IN_TRANSIT = "inTransit"
    EXCEPTION = "exception"
    ARRIVED = "arrived"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "deliveryFailed"
    CANCELLED = "cancelled"
    UNMAPPED = "unmapped"


class WarehouseOrderState(StrEnum):
    """Of an order to the warehouse."""

    RELEASED = "released"
    ALLOCATED = "allocated"
    PICKING = "picking"
    PACKED = "packed"
    STAGED = "staged"
    SHIPPED = "shipped"
    SHORT_SHIPPED = "shortShipped"
    CANCELLED = "cancelled"
    UNMAPPED = "unmapped"


class ReceiptState(StrEnum):
    """Of goods coming in."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    RECEIVING = "receiving"
    RECEIVED = "received"
    RECEIVED_WITH_EXCEPTIONS = "receivedWithExceptions"
    PUT_AWAY = "putAway"
    CLOSED = "closed"
    UNMAPPED = "unmapped"


class ReturnState(StrEnum):
    """Of goods going back."""

    REQUESTED = "requested"
    AUTHORIZED = "authorized"
    DENIED = "denied"
    IN_TRANSIT = "inTransit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    CREDITED = "credited"
    SCRAPPED = "scrapped"
    UNMAPPED = "unmapped"


_O: Final = OrderState

#: where a code stands -> code -> the state that it proposes for the order
ORDER_STATES: Final[Mapping[str, Mapping[str, OrderState]]] = MappingProxyType(
    {
        "x12/855/BAK02": {
            "AK": _O.ACCEPTED,
            "AD": _O.ACCEPTED,
            "AT": _O.ACCEPTED,
            "AC": _O.ACCEPTED_WITH_CHANGES,
            "RJ": _O.REJECTED,
            "RD": _O.REJECTED,
            "AH": _O.ON_HOLD,
        },
        "x12/860/BCH01": {"04": _O.CHANGE_REQUESTED, "01": _O.CANCELLED},
        "x12/940/W0501": {"N": _O.RELEASED},
        "x12/945/W1201": {"CC": _O.SHIPPED, "BP": _O.PARTIALLY_SHIPPED, "CP": _O.PARTIALLY_SHIPPED},
        "x12/214/AT701": {"D1": _O.DELIVERED},
        "edifact/ordrsp/4343": {
            "AP": _O.ACCEPTED,
            "AD": _O.ACCEPTED,
            "AC": _O.ACCEPTED_WITH_CHANGES,
            "RE": _O.REJECTED,
            "CA": _O.ON_HOLD,
        },
        "edifact/ordrsp/1225": {
            "29": _O.ACCEPTED,
            "30": _O.ACCEPTED_WITH_CHANGES,
            "34": _O.ACCEPTED_WITH_CHANGES,
            "27": _O.REJECTED,
        },
        "edifact/ordchg/1225": {"4": _O.CHANGE_REQUESTED, "1": _O.CANCELLED},
        "edifact/desadv/4221": {"CC": _O.SHIPPED, "BP": _O.PARTIALLY_SHIPPED, "CP": _O.PARTIALLY_SHIPPED},
        "edifact/iftsta/9011": {"21": _O.DELIVERED, "22": _O.DELIVERED},
    }
)

#: element -> code -> the word for the answer to a line (`LineResponse.status`)
LINE_ANSWERS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "x12/668": {
            "IA": "accepted",
            "IC": "acceptedChanged",
            "IQ": "quantityChanged",
            "IP": "priceChanged",
            "DR": "dateRescheduled",
            "IS": "substituted",
            "IB": "backordered",
            "BP": "partiallyBackordered",
            "IH": "onHold",
            "IF": "onHold",
            "IW": "onHold",
            "IR": "rejected",
            "R1": "rejected",
            "R2": "rejected",
            "R3": "rejected",
            "R4": "rejected",
            "ID": "deleted",
            "AC": "shipped",
        },
        "edifact/1229": {"5": "accepted", "6": "acceptedChanged", "3": "acceptedChanged", "7": "rejected", "2": "deleted"},
    }
)

#: the answer to the whole (`OrderAcknowledgment.status`) -> the state that it proposes
ORDER_STATE_OF_ANSWER: Final[Mapping[str, OrderState]] = MappingProxyType(
    {
        "accepted": _O.ACCEPTED,
        "acceptedWithDetail": _O.ACCEPTED,
        "acceptedWithChanges": _O.ACCEPTED_WITH_CHANGES,
        "rejected": _O.REJECTED,
        "rejectedWithDetail": _O.REJECTED,
        "onHold": _O.ON_HOLD,
    }
)

#: the word of a tracking event (`ShipmentStatus.events[].status`) -> the state that it proposes
SHIPMENT_STATE_OF_EVENT: Final[Mapping[str, ShipmentState]] = MappingProxyType(
    {
        "loading": ShipmentState.LOADING,
        "departedPickup": ShipmentState.DEPARTED,
        "inTransit": ShipmentState.IN_TRANSIT,
        "arrivedTerminal": ShipmentState.IN_TRANSIT,
        "departedTerminal": ShipmentState.IN_TRANSIT,
        "outForDelivery": ShipmentState.IN_TRANSIT,
        "delayed": ShipmentState.EXCEPTION,
        "damaged": ShipmentState.EXCEPTION,
        "arrivedDelivery": ShipmentState.ARRIVED,
        "delivered": ShipmentState.DELIVERED,
        "attempted": ShipmentState.DELIVERY_FAILED,
        "notCompleted": ShipmentState.DELIVERY_FAILED,
        "refused": ShipmentState.DELIVERY_FAILED,
        "cancelled": ShipmentState.CANCELLED,
    }
)

#: the carrier's answer to a tender (`LoadTenderResponse.decision`) -> the state that it proposes
SHIPMENT_STATE_OF_DECISION: Final[Mapping[str, ShipmentState]] = MappingProxyType(
    {"accepted": ShipmentState.TENDER_ACCEPTED, "declined": ShipmentState.TENDER_DECLINED, "cancelled": ShipmentState.CANCELLED}
)

#: what became of a line (`WarehouseShipmentConfirmation.lines[].status`) -> the state that it proposes
WAREHOUSE_STATE_OF_LINE: Final[Mapping[str, WarehouseOrderState]] = MappingProxyType(
    {
        "complete": WarehouseOrderState.SHIPPED,
        "completeWithExtra": WarehouseOrderState.SHIPPED,
        "partial": WarehouseOrderState.SHORT_SHIPPED,
        "partialBackordered": WarehouseOrderState.SHORT_SHIPPED,
        "backordered": WarehouseOrderState.SHORT_SHIPPED,
        "outOfStock": WarehouseOrderState.SHORT_SHIPPED,
        "cancelled": WarehouseOrderState.CANCELLED,
    }
)

#: what a return document is (`ReturnAuthorization.returnType`), and what it answers (`disposition`) -> the state that it proposes
RETURN_STATES: Final[Mapping[str, ReturnState]] = MappingProxyType(
    {"request": ReturnState.REQUESTED, "authorized": ReturnState.AUTHORIZED, "denied": ReturnState.DENIED}
)


def order_state(place: str, code: str) -> OrderState:
    """The state that a code proposes at a place such as `x12/855/BAK02`. An unknown place is a KeyError, an unknown code is unmapped."""
    return ORDER_STATES[place].get(code, OrderState.UNMAPPED)


def line_answer(element: str, code: str) -> str:
    """The answer that a code of `x12/668` or `edifact/1229` gives to a line; `unmapped` where the table has none."""
    return LINE_ANSWERS[element].get(code, UNMAPPED)


def proposed_order_state(document: Document) -> OrderState:
    """The state that an order, a change of one or an answer proposes; other documents propose none of an order by themselves."""
    if isinstance(document, Order | OrderChange) and document.purpose == "cancellation":
        return OrderState.CANCELLED
    if isinstance(document, Order):
        return OrderState.RECEIVED if document.purpose == "original" else OrderState.UNMAPPED
    if isinstance(document, OrderChange):
        return OrderState.CHANGE_REQUESTED
    if isinstance(document, OrderAcknowledgment):
        if document.lines and all(line.responses and all(one.status == "deleted" for one in line.responses) for line in document.lines):
            return OrderState.CANCELLED
        return ORDER_STATE_OF_ANSWER.get(document.status, OrderState.UNMAPPED)
    return OrderState.UNMAPPED
