"""Checks of a document's sense: what its schema cannot say. Pure functions from documents to faults."""

from collections.abc import Sequence

from canonical.base import Document, Fault
from canonical.invoice import Invoice
from canonical.order import Order
from canonical.receipt import Receipt
from canonical.rules.invoice import check_invoice
from canonical.rules.order import check_order
from canonical.rules.receipt import check_receipt
from canonical.rules.ship_notice import check_ship_notice
from canonical.ship_notice import ShipNotice

__all__ = ["check"]


def check(document: Document, *, order: Order | Sequence[Order] | None = None) -> tuple[Fault, ...]:
    """Everything wrong with the sense of a document, in its order; empty when it may go on.

    `order` is what a ShipNotice ships: one order or all that are known. Without it, only what the notice says itself is checked.
    """
    if isinstance(document, Order):
        return tuple(check_order(document))
    if isinstance(document, Invoice):
        return tuple(check_invoice(document))
    if isinstance(document, Receipt):
        return tuple(check_receipt(document))
    if isinstance(document, ShipNotice):
        orders = (order,) if isinstance(order, Order) else tuple(order or ())
        return tuple(check_ship_notice(document, orders))
    return ()
