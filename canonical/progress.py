"""How far something has come, by a document that tells its state (R27): what it is the state of, and a place that compares as text.

A document that is not listed has no order: orders, invoices and stock movements are each a fact of their own, none replaces another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from canonical.base import Document
from canonical.inventory_report import InventoryReport
from canonical.order_acknowledgment import OrderAcknowledgment
from canonical.order_change import OrderChange
from canonical.ship_notice import ShipNotice
from canonical.shipment_status import ShipmentStatus

__all__ = ["Progress", "is_older", "progress_of"]

_AHEAD: Final = frozenset({"estimatedDelivery"})  #: words about what is to come: they say nothing of how far it is
_DAY: Final = 10  #: characters of a day, which is all that some documents say


@dataclass(frozen=True, slots=True)
class Progress:
    """The state that a document tells."""

    subject: str  #: of what: a load, a shipment, the stock of a warehouse, an order
    place: str  #: moment in UTC, day, or number of a revision; to be compared by `is_older`


def progress_of(document: Document) -> Progress | None:
    """What a document is the state of; None where it replaces nothing, or does not say when it holds."""
    tell = _TOLD.get(type(document).__name__)
    found = tell(document) if tell is not None else None
    return found if found is not None and found.subject else None


def is_older(place: str, than: str) -> bool:
    """Whether a place is surely before another; a day and a moment of that day are not told apart."""
    if len(place) != len(than) and _DAY in (len(place), len(than)):
        place, than = place[:_DAY], than[:_DAY]
    return place < than


def _text(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat(timespec="seconds") if moment.tzinfo else moment.date().isoformat()
    return moment.isoformat()


def _shipment_status(document: ShipmentStatus) -> Progress | None:
    """By the newest thing that happened to the load; appointments and estimates lie ahead."""
    happened = [event.occurred_at for _, event in document.events() if event.occurred_at and event.status and event.status not in _AHEAD]
    return Progress(document.ordering_number, max(map(_text, happened))) if happened else None


def _inventory(document: InventoryReport) -> Progress | None:
    """By the moment that the stock was counted; of a part of the stock, that of the same items. Differences add up in any order."""
    if document.mode == "delta":
        return None
    part = ""
    if document.mode == "partialSnapshot":
        items = sorted(line.item.model_dump_json(exclude_none=True) for line in document.lines)
        part = "/" + sha256("\n".join(items).encode()).hexdigest()[:16]
    return Progress(f"{document.ordering_number}{part}", _text(document.as_of))


def _acknowledgment(document: OrderAcknowledgment) -> Progress | None:
    """By the day of the answer."""
    return Progress(document.order_key, _text(document.acknowledgment_date)) if document.acknowledgment_date else None


def _change(document: OrderChange) -> Progress | None:
    """By the number of the change, which must increase; else by its day."""
    if document.change_sequence and document.change_sequence.isdecimal():
        return Progress(f"{document.order_key}#", document.change_sequence.zfill(12))
    return Progress(document.order_key, _text(document.change_date)) if document.change_date else None


def _notice(document: ShipNotice) -> Progress:
    """By the moment at which it was made: a shipment may be told anew."""
    return Progress(document.shipment_number, _text(document.created_at))


_TOLD: Final[Mapping[str, Callable[[Any], Progress | None]]] = {
    "InventoryReport": _inventory,
    "OrderAcknowledgment": _acknowledgment,
    "OrderChange": _change,
    "ShipNotice": _notice,
    "ShipmentStatus": _shipment_status,
}
