"""LoadTenderResponse: a carrier's answer to a load (X12 990)."""

from typing import Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.scalars import Count, Date, DateOrTime, Str30, Str35, Str512
from canonical.terms import Carrier
from canonical.transport import StopType

__all__ = ["Explanation", "LoadTenderResponse", "PromisedStop"]


class PromisedStop(Model):
    """When the carrier will be at a stop."""

    sequence: Count
    """Number of the stop in the tender."""
    type: StopType
    """What is done there."""
    promised_at: DateOrTime | None = None
    """When the carrier will be there."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this stop."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this stop."""


class Explanation(Model):
    """Why a carrier answers as it does."""

    code: Str35 | None = None
    """What happened, as the code list of the wire has it."""
    reason: Str35 | None = None
    """Why, as the code list of the wire has it."""
    text: Str512 | None = None
    """The same in words."""


class LoadTenderResponse(Document):
    """A carrier takes a load, refuses it, or takes it on conditions."""

    document_type: Literal["LoadTenderResponse"] = "LoadTenderResponse"
    """Which document this is."""
    load_number: Str30
    """The shipper's number of the load."""
    carrier: Carrier | None = None
    """Who answers."""
    response_date: Date | None = None
    """When."""
    decision: Literal["accepted", "acceptedWithConditions", "declined", "cancelled"]
    """What the answer is."""
    explanation: Explanation | None = None
    """Why, above all where the load is declined."""
    carrier_reference: Str35 | None = None
    """The carrier's own number of the load, given when it was taken."""
    equipment: Equipment | None = None
    """What the carrier will use."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Conditions and other texts."""
    stops: tuple[PromisedStop, ...] = Field(default=(), exclude_if=none_said)
    """When the carrier will be where."""

    @property
    def business_number(self) -> str:
        """The load number."""
        return self.load_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """Those that references name."""
        return tuple(dict.fromkeys(one.value for one in self.references if one.type == "purchaseOrder" and one.value))
