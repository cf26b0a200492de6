"""What is written when a delivery came to an end: its event, its documents' states, its destination's circuit, its job."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from gateway.errors import Cause
from gateway.objectives import tier_of
from gateway.pipeline.context import Context
from gateway.pipeline.destinations import destination_answered
from gateway.pipeline.owed import Answered, settle
from gateway.pipeline.rules import way_to
from gateway.states import DocumentState, Thing
from gateway.store import jobs, lookup
from gateway.store.events import EventNote, note, of_thing
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move
from gateway.store.schema import Document, TransactionSet
from gateway.store.statement import Statement

__all__ = ["finish_delivery", "mark_sent", "note_of"]

_document, _set = Document.table(), TransactionSet.table()
_carried = Statement(
    select(_document.c.id, _document.c.correlation_id, _document.c.document_type, _document.c.created_at, _set.c.set_id)
    .join(_set, _set.c.id == _document.c.transaction_set_id)
    .where(_document.c.transmission_id == bindparam("of"), _document.c.direction == "outbound")
)


def finish_delivery(
    context: Context, connection: Connection, job: ClaimedJob, delivery: lookup.Found, action: str, words: str, answer: str, now: datetime
) -> None:
    """The destination has it: noted, its circuit closed, the job done."""
    to, own = way_to(context, job, delivery), delivery["destination"]
    data = {"destination": to, "attempt": job.attempts + 1, "answer": answer}
    if to != own:
        diverted = note_of(delivery, "delivery.diverted", f"{own} does not answer; {to} stands in for it.", data={"from": own, "to": to})
        note(connection, now, diverted)
    note(connection, now, note_of(delivery, action, words, data=data))
    destination_answered(context, connection, to, now)
    jobs.finish(connection, job)


def mark_sent(context: Context, connection: Connection, delivery: lookup.Found, now: datetime) -> None:
    """The documents that the bytes carry have left; what they answer is answered."""
    if delivery["transmission_id"]:
        for row in _carried.rows(connection, of=delivery["transmission_id"]):
            if try_move(connection, DocumentState.SENT, row["id"]):
                context.metrics.through("outbound", tier_of(row["document_type"]), (now - row["created_at"]).total_seconds())
            answered = Answered(row["id"], row["set_id"], row["correlation_id"], "outbound", delivery["transmission_id"])
            settle(context, connection, answered, now)


def note_of(
    delivery: lookup.Found, action: str, words: str, *, cause: Cause | None = None, data: dict[str, Any] | None = None
) -> EventNote:
    """An event about a delivery."""
    return of_thing(Thing.DELIVERY, delivery, action, words, cause=cause, data=data)
