"""Order: what a buyer orders (X12 850, EDIFACT ORDERS)."""

from typing import Literal

from pydantic import Field

from canonical.item import Item, Quantity
from canonical.order_terms import AcknowledgmentRequested, LineTerms, OrderTerms, OrderTotals
from canonical.party import Parties
from canonical.scalars import DateOrTime

__all__ = ["Order", "OrderLine"]


class OrderLine(LineTerms):
    """One ordered product."""

    quantity: Quantity
    """How much is ordered."""
    item: Item
    """Which product."""


class Order(OrderTerms):
    """What a buyer orders: a purchase order coming in, a sales order for us."""

    document_type: Literal["Order"] = "Order"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation", "duplicate"]
    """What is done with it."""
    order_date: DateOrTime
    """When it was ordered."""
    acknowledgment_requested: AcknowledgmentRequested | None = None
    """What the buyer wants back."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part; rules ask for a ship-to."""
    lines: tuple[OrderLine, ...] = Field(min_length=1)
    """What is ordered."""
    totals: OrderTotals | None = None
    """Sums that the buyer sent."""

    @property
    def business_number(self) -> str:
        """The purchase order number, with its release under a blanket."""
        return self.order_key
