"""InventoryAdjustment: stock that changed its quantity or its state in the warehouse (X12 947, EDIFACT INVRPT)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from canonical.base import Document, none_said
from canonical.common import Note, Reference
from canonical.inventory_report import StockLocation, stock_of
from canonical.inventory_states import AdjustmentReason, MovedState, Movement, Place, StockType, movement_of
from canonical.item import Quantity
from canonical.party import Contact, Parties
from canonical.scalars import Count, Date, DateOrTime, Str35
from canonical.warehouse import NamedDate, StockLine

__all__ = ["AdjustedLine", "InventoryAdjustment"]


def _movement(line: Mapping[str, Any]) -> Movement:
    """What a line says that moved; `line` holds the fields in front of the states, but for those that are wrong."""
    reason, delta = line.get("reason"), line.get("quantity_delta")
    if not isinstance(reason, str) or not isinstance(delta, Quantity):
        return Movement(Place.UNMAPPED, Place.UNMAPPED)
    return movement_of(reason, Decimal(delta.value), line.get("stock_type"))


class AdjustedLine(StockLine):
    """One change of one product's stock."""

    reason: AdjustmentReason
    """Why."""
    quantity_delta: Quantity
    """How much more, or less where it is negative; what only changes its state is written with the sign that the warehouse gave it."""
    stock_type: StockType | None = None
    """Which part of the stock."""
    from_state: MovedState = Field(default_factory=lambda line: str(_movement(line).origin))
    """From which state the goods came; `outside`: they were no stock; `unmapped`: nothing says. Derived where it is not given."""
    to_state: MovedState = Field(default_factory=lambda line: str(_movement(line).target))
    """To which state they went."""
    expiration_date: Date | None = None
    """Last day of use."""
    location: StockLocation | None = None
    """Where it lies; absent: at the warehouse of the document."""

    @property
    def movement(self) -> Movement:
        """What reason, sign and part of the stock say of the states; the rules compare it with the states given."""
        return movement_of(self.reason, self.quantity_delta.value, self.stock_type)


class InventoryAdjustment(Document):
    """What a warehouse changed in the depositor's stock, or the depositor in its books."""

    document_type: Literal["InventoryAdjustment"] = "InventoryAdjustment"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation", "duplicate"] | None = None
    """What is done with it; absent: it is new."""
    adjustment_date: DateOrTime
    """When stock was changed."""
    adjustment_number: Str35
    """The warehouse's number; with the warehouse, what tells a repeated adjustment from another one."""
    depositor_adjustment_number: Str35 | None = None
    """The depositor's number."""
    sequence: Count | None = None
    """Its number among the adjustments of the warehouse; a gap asks for a snapshot."""
    dates: tuple[NamedDate, ...] = Field(default=(), exclude_if=none_said)
    """Days that have no field of their own."""
    parties: Parties = Parties()
    """Who takes part."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    lines: tuple[AdjustedLine, ...] = Field(min_length=1)
    """What changed."""

    @property
    def business_number(self) -> str:
        """The warehouse's number of the adjustment."""
        return self.adjustment_number

    @property
    def ordering_number(self) -> str:
        """The stock of its warehouse, which a report must not overtake."""
        return stock_of(self.parties) or self.adjustment_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """None: stock belongs to no order."""
        return ()
