"""Receipt: what arrived, and in which condition (X12 861, EDIFACT RECADV)."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.item import Item, Quantity
from canonical.party import Parties
from canonical.scalars import SSCC, Count, Date, DateOrTime, Dec, OpenEnum, Str20, Str30, Str35, Str48
from canonical.terms import Carrier

__all__ = ["STATE_OF", "Condition", "Receipt", "ReceiptException", "ReceiptLine", "ReceiptTotals"]

Condition = Annotated[
    str,
    OpenEnum(
        "damaged",
        "short",
        "over",
        "qualityProblem",
        "incorrectProduct",
        "nonStandardContainer",
        "good",
        "rejected",
        "onHold",
        "scrapped",
        "overReturned",
        "noMatchingShipNotice",
    ),
]  #: in what state goods arrived, or how their quantity differs

#: condition -> state of the stock that arrived so; None: it arrived and is no stock. What is not here is good stock, if it arrived at all.
STATE_OF: Final[Mapping[str, str | None]] = {
    "damaged": "damaged",
    "qualityProblem": "quarantined",
    "incorrectProduct": "quarantined",
    "onHold": "onHold",
    "noMatchingShipNotice": "onHold",
    "rejected": None,
    "scrapped": None,
}


class ReceiptException(Model):
    """A part of a line that is not as it was announced."""

    quantity: Quantity | None = None
    """How much of the line."""
    condition: Condition | None = None
    """What is the matter with it."""


class ReceiptLine(Model):
    """One product that arrived, or should have."""

    line_number: Str20 | None = None
    """Line of the order, as the buyer numbered it."""
    purchase_order_number: Str35 | None = None
    """The order of this line, where the receipt covers several."""
    item: Item
    """Which product."""
    quantity_received: Quantity | None = None
    """How much came in, the good and the bad."""
    quantity_accepted: Quantity | None = None
    """How much of that is kept and paid for."""
    quantity_returned: Quantity | None = None
    """How much goes back."""
    quantity_shipped: Quantity | None = None
    """How much the ship notice announced."""
    quantity_ordered: Quantity | None = None
    """How much the line ordered."""
    exceptions: tuple[ReceiptException, ...] = Field(default=(), exclude_if=none_said, max_length=5)
    """What is not as announced, by quantity."""
    ssccs: tuple[SSCC, ...] = Field(default=(), exclude_if=none_said)
    """Handling units that it came in."""
    lot_number: Str48 | None = None
    """Lot or batch."""
    expiration_date: Date | None = None
    """Last day of use."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this line."""

    @property
    def inventory_states(self) -> Mapping[str, Decimal]:
        """What the line adds to stock, by state: `{"onHand": 96, "damaged": 4}`. Parts in another unit are left in `onHand`."""
        came = self.quantity_received or self.quantity_accepted
        if came is None:
            return {}
        states: dict[str, Decimal] = defaultdict(Decimal, onHand=came.value)
        for part in self.exceptions:
            condition = part.condition or "good"
            if condition not in STATE_OF or part.quantity is None or part.quantity.unit not in {None, came.unit}:
                continue
            states["onHand"] -= part.quantity.value
            state = STATE_OF[condition]
            if state is not None:
                states[state] += part.quantity.value
        return {state: value for state, value in states.items() if value}


class ReceiptTotals(Model):
    """Sums of the wire; rules check them."""

    line_count: Count | None = None
    """Number of lines."""
    quantity_hash: Dec | None = None
    """Sum of the received quantities, whatever their units."""


class Receipt(Document):
    """What arrived of a shipment: goods receipt of a warehouse, receiving advice of a buyer."""

    document_type: Literal["Receipt"] = "Receipt"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation", "duplicate"]
    """What is done with it."""
    receipt_type: Annotated[str, OpenEnum("dockAdvice", "receivingAdvice", "acceptanceCertificate", "receiptOnHold")]
    """Whether it is the first count at the dock, the advice after receipt, the acceptance, or goods put on hold."""
    receipt_number: Str35
    """The receiver's number."""
    receipt_date: DateOrTime
    """When the advice was written."""
    received_at: DateOrTime | None = None
    """When the goods arrived."""
    shipment_number: Str35 | None = None
    """The shipper's number, as in the ship notice."""
    bill_of_lading_number: Str35 | None = None
    """Bill of lading."""
    packing_list_number: Str35 | None = None
    """Packing list or delivery note."""
    purchase_order_number: Str35 | None = None
    """The buyer's order number, where it is the same for all lines."""
    release_number: Str30 | None = None
    """Call-off under a blanket order."""
    order_date: DateOrTime | None = None
    """When it was ordered."""
    carrier: Carrier | None = None
    """Who brought it."""
    parties: Parties = Field(default=Parties(), exclude_if=lambda parties: parties == Parties())
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    lines: tuple[ReceiptLine, ...] = Field(min_length=1)
    """What arrived, product by product."""
    totals: ReceiptTotals | None = None
    """Sums of the wire."""

    @property
    def business_number(self) -> str:
        """The receipt number."""
        return self.receipt_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders in it, each once."""
        named = (self.purchase_order_number, *(line.purchase_order_number for line in self.lines))
        return tuple(dict.fromkeys(number for number in named if number))
