"""OrderChange: what a buyer changes in an order (X12 860, EDIFACT ORDCHG).

Absent means unchanged. What is taken away is named in `removed`: a null would be lost wherever absent and null are the same
(attributes in Python, elements on the wire, many JSON libraries), and a change that is lost in silence is the worst kind.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from canonical.base import none_said
from canonical.order_terms import AcknowledgmentRequested, LineAction, LineTerms, OrderTerms, OrderTotals
from canonical.scalars import DateOrTime, Dec, OpenEnum, Str8, Str48

__all__ = ["ChangeLine", "FieldName", "OrderChange"]

FieldName = Annotated[
    str, StringConstraints(strict=True, max_length=80, pattern=r"^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$")
]  #: a field of the object that names it: `cancelAfterDate`, `deliveryWindow.end`


class ChangeLine(LineTerms):
    """What happens to one line of the order."""

    action: LineAction
    """What happens to it."""
    quantity_left_to_receive: Dec | None = None
    """How much is still open after the change, in the unit of the quantity."""
    change_reason: Annotated[str, OpenEnum("agreed", "belowSpecification", "damaged", "shortDelivery", "priceQuery", "mutual")] | None = (
        None
    )
    """Why."""
    removed: tuple[FieldName, ...] = Field(default=(), exclude_if=none_said)
    """Fields of the line that no longer hold."""


class OrderChange(OrderTerms):
    """A change of an order, or its cancellation. Only what is said changes; lists are said in full."""

    document_type: Literal["OrderChange"] = "OrderChange"
    """Which document this is."""
    purpose: Literal["change", "cancellation", "replace"]
    """What is done with the order."""
    change_sequence: Str8 | None = None
    """Which change of the order it is; it must increase."""
    change_request_number: Str48 | None = None
    """The buyer's number of the change."""
    change_date: DateOrTime | None = None
    """When the change was made."""
    acknowledgment_requested: AcknowledgmentRequested | None = None
    """What the buyer wants back."""
    removed: tuple[FieldName, ...] = Field(default=(), exclude_if=none_said)
    """Fields of the order that no longer hold."""
    lines: tuple[ChangeLine, ...] = Field(default=(), exclude_if=none_said)
    """What happens to single lines; a line that is not named stays as it is."""
    totals: OrderTotals | None = None
    """Sums that the buyer sent, of the change."""

    @property
    def business_number(self) -> str:
        """The order and which change of it: one order may be changed more than once."""
        which = self.change_request_number or self.change_sequence or (self.change_date.isoformat() if self.change_date else "")
        return f"{self.order_key}#{which}" if which else self.order_key

    @property
    def ordering_number(self) -> str:
        """The order: a change never overtakes it, nor the change before."""
        return self.order_key
