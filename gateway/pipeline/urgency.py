"""What goes first when there is more to do than hands: by business value, as lower numbers."""

from typing import Final

from gateway.policy import Urgency

__all__ = ["ACKNOWLEDGMENT", "INBOUND", "REPLAYED", "priority_of", "urgency_of"]

INBOUND: Final = 30  #: bytes whose content nobody knows yet
GOODS: Final = 10  #: what moves goods
ACKNOWLEDGMENT: Final = 20  #: partners' clocks run
REPLAYED: Final = 60  #: many things done over at once do not stand in the way of what comes now
_FIRST: Final = frozenset(
    {
        "Order",
        "OrderChange",
        "ShipNotice",
        "OrderAcknowledgment",
        "WarehouseOrder",
        "WarehouseShipmentConfirmation",
        "LoadTender",
        "LoadTenderResponse",
    }
)  #: goods stand still until they are there
_OTHERS: Final = 50


def priority_of(document_type: str) -> int:
    """What moves goods before what only informs."""
    return GOODS if document_type in _FIRST else _OTHERS


def urgency_of(priority: int) -> Urgency:
    """What a job of this priority is about."""
    if priority <= GOODS:
        return Urgency.GOODS
    return Urgency.ANSWERS if priority <= ACKNOWLEDGMENT else Urgency.DATA
