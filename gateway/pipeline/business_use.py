"""How a partner's document stands by its business number: new, a repetition, a contradiction, or our own come back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.pipeline.active import Active
from gateway.pipeline.arrival import echo_of
from gateway.pipeline.context import Context
from gateway.pipeline.correlation import correlation_of
from gateway.pipeline.outcome import Hold
from gateway.pipeline.reading import ReadDocument, ReadSet, Unit
from gateway.states import DocumentState
from gateway.store import keys
from gateway.store.keys import Business
from partners.duplicates import DuplicateSettings

__all__ = ["BusinessUse", "Standing"]


class Standing(NamedTuple):
    """What becomes of a document."""

    state: DocumentState
    hold: Hold | None
    correlation: str  #: the exchange that it belongs to
    echo: str | None = None  #: the id of the document of ours that it is


class BusinessUse:
    """Judges in the transaction that registers the number. `again` is a replay, `released` what a person let through."""

    def __init__(self, context: Context, active: Active, connection: Connection, now: datetime, *, again: bool, released: bool) -> None:
        self._context, self._active, self._connection, self._now = context, active, connection, now
        self._again, self._released = again, released

    def standing(self, unit: Unit, read_set: ReadSet, read: ReadDocument, document_id: str) -> Standing:
        """Of a document that is about to be stored under this id."""
        document, own = read.document, self._active.workspace.own.org
        kind, number = document.document_type, document.business_number
        assert unit.partner_id is not None
        partner = unit.partner_id
        correlation = self._correlation(read, unit, document_id)
        value = Business(partner, 0, document.ids.order_id or document_id, document_id, read.content_sha256, correlation)
        if keys.begin_business(self._connection, own, kind, number, unit.usage, value):  # most numbers are new
            return self._unless_held(read, correlation)
        said = read_set.agreement.duplicates if read_set.agreement else DuplicateSettings()
        since = self._now - timedelta(days=said.business_days) if said.business_days is not None else None
        used = keys.used(self._connection, own, kind, number, unit.usage, partner=partner, direction="inbound", since=since)
        taken, generation = used
        if taken:  # it belongs to the exchange of its own earlier number
            correlation = taken[0].correlation_id
        if generation > len(taken) and said.business_key != "off" and not self._released:  # perhaps we use the number too
            ours, _ = keys.used(self._connection, own, kind, number, unit.usage, partner=partner, direction="outbound")
            echo = echo_of(self._connection, self._context, self._active, read_set.agreement, read, ours)
            if echo is not None:
                return Standing(DocumentState.DUPLICATE, None, echo["correlation_id"], echo["id"])
        original = getattr(document, "purpose", "original") == "original"
        if taken and not self._again and original and said.business_key != "off":
            same = taken[0].content_sha256 == read.content_sha256
            if same and said.same_content == "drop":
                return Standing(DocumentState.DUPLICATE, None, correlation)
            if said.same_content == "hold" if same else said.business_key == "hold":
                return Standing(DocumentState.HELD, Hold(Cause.BUSINESS_DUPLICATE, f"first used by {taken[0].document_id}"), correlation)
        if not taken:
            keys.take_business(self._connection, own, kind, number, unit.usage, replace(value, generation=generation))
        return self._unless_held(read, correlation)

    def _unless_held(self, read: ReadDocument, correlation: str) -> Standing:
        """Of a document that is nobody's repetition."""
        if read.hold is not None and not self._released:
            return Standing(DocumentState.HELD, read.hold, correlation)
        return Standing(DocumentState.MAPPED, None, correlation)

    def _correlation(self, read: ReadDocument, unit: Unit, document_id: str) -> str:
        """The exchange that it belongs to where its number is new: that of the order that it names, else its own."""
        document, own = read.document, self._active.workspace.own.org
        named = correlation_of(self._connection, own, document, unit.usage, unit.partner_id)
        return named or (document.ids.order_id if document.document_type == "Order" else None) or document_id
