"""ApplicationAdvice: what a business application found in a document that it was sent (X12 824, EDIFACT APERAK)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.party import Contact, Parties
from canonical.scalars import SSCC, Count, DateOrTime, OpenEnum, Str8, Str20, Str35, Str48, Str80, Str512, Text

__all__ = ["Acknowledged", "AdviceError", "AdviceResult", "ApplicationAdvice", "BusinessContext", "ErrorLocation", "OriginalSet"]


class Acknowledged(Model):
    """The document that was looked at."""

    type: Annotated[
        str,
        OpenEnum(
            "purchaseOrder",
            "orderChange",
            "orderAcknowledgment",
            "shipNotice",
            "invoice",
            "remittance",
            "billOfLading",
            "load",
            "receipt",
            "return",
            "item",
            "message",
            "mutual",
        ),
    ]
    """What kind of number."""
    business_number: Str80
    """Its number, as its sender gave it."""


class OriginalSet(Model):
    """Where that document stood on the wire."""

    group_control: Str20 | None = None
    """Control number of its group; in EDIFACT of its interchange."""
    set_control: Str20 | None = None
    """Control number of its transaction set."""
    set_id: Str8 | None = None
    """Which set it was: 856."""
    version: Str20 | None = None
    """Its release: 004010."""
    date: DateOrTime | None = None
    """When it was made, by its group."""


class ErrorLocation(Model):
    """Where in that document the error stands."""

    segment: Str8 | None = None
    """Tag of the segment."""
    position: Count | None = None
    """Which segment of the set, from 1."""
    element: Count | None = None
    """Which element of the segment, from 1."""
    element_ref: Str8 | None = None
    """Number of the element in the dictionary."""
    bad_value: Str512 | None = None
    """What stands there."""
    new_value: Str512 | None = None
    """What was taken instead."""


class BusinessContext(Model):
    """What the error is about, in the words of the business."""

    purchase_order_number: Str35 | None = None
    """The order."""
    line_number: Str20 | None = None
    """Its line."""
    item_id: Str48 | None = None
    """The product, as the document named it."""
    sscc: SSCC | None = None
    """The handling unit."""


class AdviceError(Model):
    """One thing wrong."""

    code: Annotated[
        str,
        OpenEnum(
            "duplicate",
            "missing",
            "outOfRange",
            "invalidDate",
            "totalOutOfBalance",
            "noMatch",
            "invalidCombination",
            "incorrect",
            "mutual",
        ),
    ]
    """What is wrong."""
    text: Str512 | None = None
    """The same in words, for the partner."""
    detail: Text | None = None
    """More words."""
    location: ErrorLocation | None = None
    """Where."""
    business_context: BusinessContext | None = None
    """What it is about, where that is not said of the whole."""


class AdviceResult(Model):
    """What was found in one document, or in one item of it."""

    acknowledges: Acknowledged
    """The document, or the item."""
    disposition: Annotated[
        str,
        OpenEnum(
            "accept",
            "acceptWithErrors",
            "acceptWithChanges",
            "partiallyAccept",
            "reject",
            "itemAccept",
            "itemAcceptWithErrors",
            "itemAcceptWithChanges",
            "itemReject",
        ),
    ]
    """What becomes of it; the words that begin with item speak of a single item."""
    original: OriginalSet | None = None
    """Where it stood on the wire."""
    business_context: BusinessContext | None = None
    """What it is about, with all its errors."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Further numbers that name it."""
    contacts: tuple[Contact, ...] = Field(default=(), exclude_if=none_said)
    """Whom to ask."""
    errors: tuple[AdviceError, ...] = Field(default=(), exclude_if=none_said)
    """What is wrong with it."""


class _AdviceHead(Document):
    """The advice itself; first in the JSON form."""

    document_type: Literal["ApplicationAdvice"] = "ApplicationAdvice"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "duplicate", "response", "status"]
    """What is done with it."""
    advice_number: Str35
    """Its sender's number of it."""
    created_at: DateOrTime
    """When it was made."""
    parties: Parties | None = None
    """Who takes part."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""


class ApplicationAdvice(AdviceResult, _AdviceHead):
    """Acceptance, or rejection with its reasons, by the application behind the syntax check."""

    further: tuple[AdviceResult, ...] = Field(default=(), exclude_if=none_said)
    """The same of single items of the document, or of more documents."""

    @property
    def business_number(self) -> str:
        """The number of the advice."""
        return self.advice_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders that it names."""
        results = (self, *self.further)
        named = [one.acknowledges.business_number for one in results if one.acknowledges.type == "purchaseOrder"]
        contexts = [one.business_context for one in results]
        contexts += [error.business_context for one in results for error in one.errors]
        within = [context.purchase_order_number for context in contexts if context]
        return tuple(dict.fromkeys(number for number in (*named, *within) if number))
