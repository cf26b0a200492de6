"""What is known around a document that is to leave: the orders that it answers, what the warehouse confirmed, what left before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from canonical.order import Order
from canonical.ship_notice import ShipNotice
from canonical.warehouse_shipment_confirmation import WarehouseShipmentConfirmation

__all__ = ["Around"]


@dataclass(frozen=True, slots=True)
class Around:
    """Looked up by whoever keeps documents; checks are functions of it. What is not there is not compared with."""

    orders: tuple[Order, ...] = ()
    confirmations: tuple[WarehouseShipmentConfirmation, ...] = ()  #: of the same orders
    notices: tuple[ShipNotice, ...] = ()  #: of the same orders, that left before
    ssccs: Mapping[str, str] = field(default_factory=dict)  #: those of earlier shipments of the last year, with their shipment number
