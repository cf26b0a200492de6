"""Answers on the business level: an 855 to an 850, an 824 to an 856. Who owes them and until when, and what settles them.

Each is a row of `acknowledgment` beside those of the syntax level, which it never touches: a document may be accepted by its 997 and
refused by the 824 that comes later.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.errors import CAUSES, Cause
from gateway.pipeline.clocks import due_of, next_warning
from gateway.pipeline.context import Context
from gateway.states import AcknowledgmentState
from gateway.store import lookup
from gateway.store.events import note, of_acknowledgment
from gateway.store.moves import start, try_move
from gateway.store.owed import sent_at
from gateway.store.schema import Acknowledgment
from gateway.store.statement import Statement, add
from partners.model import Agreement, Direction

__all__ = ["Answered", "answer", "hand_on", "owe", "settle", "void"]

_ack = Acknowledgment.table()
_of_exchange = Statement(
    select(_ack).where(
        _ack.c.correlation_id == bindparam("of"),
        _ack.c.answers_document_id.is_not(None),
        _ack.c.direction == bindparam("way"),
        _ack.c.kind == bindparam("named"),
    )
)
_of_document = Statement(
    select(_ack).where(
        _ack.c.correlation_id == bindparam("of"),
        _ack.c.answers_document_id == bindparam("answered"),
        _ack.c.answers_document_id.is_not(None),
    )
)
_hand_on = Statement(update(_ack).where(_ack.c.id == bindparam("key")).values(answers_document_id=bindparam("now_answers")))
_OPPOSITE: Final = {Direction.INBOUND: "outbound", Direction.OUTBOUND: "inbound"}


@dataclass(frozen=True, slots=True)
class Answered:
    """A document that may be an answer: one that came, or one of ours that the partner's side has taken."""

    document_id: str
    set_id: str  #: "855"
    correlation_id: str
    direction: str
    transmission_id: str | None


def owe(
    context: Context, connection: Connection, agreement: Agreement, document: lookup.Found, begins: datetime, said: datetime | None
) -> None:
    """A document, by its row, is to be answered, where its agreement says so: by us if it came in, by the partner if it left.

    `begins` is when the clock starts; `said` is what the document itself asks for.
    """
    if agreement.sla is None:
        return
    due = due_of(agreement, begins, said)
    row = {
        "id": context.new_id("ack"),
        "direction": _OPPOSITE[agreement.direction],
        "kind": agreement.sla.respond_with,
        "state": start(AcknowledgmentState.EXPECTED),
        "partner_id": agreement.partner_id,
        "agreement_id": agreement.id,
        "answers_transmission_id": document["transmission_id"],
        "answers_document_id": document["id"],
        "correlation_id": document["correlation_id"],
        "control_number": document["business_key"],
        "due_at": due,
        "warn_at": next_warning(agreement.sla.warn_at, begins, due, begins),
        "created_at": begins,
    }
    add(connection, _ack, row)


def hand_on(connection: Connection, correlation: str, before: str, document_id: str) -> None:
    """A document made anew from the same set takes the place of the one before: what was owed to that one is owed to it."""
    for row in _of_document.rows(connection, of=correlation, answered=before):
        _hand_on.send(connection, key=row["id"], now_answers=document_id)


def settle(context: Context, connection: Connection, one: Answered, now: datetime) -> None:
    """What was owed in this exchange and is this set is there."""
    for row in _of_exchange.rows(connection, of=one.correlation_id, way=one.direction, named=one.set_id):
        values = {
            "transmission_id": one.transmission_id,
            "report": {"documentId": one.document_id},
            "cause": None,
            "detail": None,
            "finished_at": now,
        }
        if not try_move(connection, AcknowledgmentState.ANSWERED, row["id"], **values):
            continue
        if one.direction == "inbound":
            _measure(context, connection, row, now)
        whose = "Our" if one.direction == "outbound" else "The partner's"
        late = row["due_at"] is not None and now > row["due_at"]
        words = f"{whose} {one.set_id} is there{', after its time' if late else ', in time' if row['due_at'] else ''}."
        note(connection, now, of_acknowledgment(row, "acknowledgment.answered", words, data={"kind": one.set_id, "late": late}))


def answer(
    context: Context,
    connection: Connection,
    document: lookup.Found,
    came: Answered,
    now: datetime,
    *,
    accepted: bool,
    status: str,
    report: dict[str, Any],
) -> None:
    """The partner's application has judged a document of ours (its row): on the business level it is accepted or refused."""
    rows = [
        row
        for row in _of_document.rows(connection, of=document["correlation_id"], answered=document["id"])
        if row["direction"] == "inbound" and row["kind"] == came.set_id
    ]
    row = rows[-1] if rows else _unasked(context, connection, document, came, now)
    state = AcknowledgmentState.ACCEPTED if accepted else AcknowledgmentState.REJECTED
    cause = None if accepted else Cause.REJECTED_BY_APPLICATION
    values: dict[str, Any] = {
        "transmission_id": came.transmission_id,
        "status": status,
        "report": report,
        "cause": cause.value if cause else None,
        "detail": None,
        "finished_at": now,
    }
    again = row["state"] == AcknowledgmentState.DISMISSED and row["status"] == status  # a person has looked at it already
    if again or not try_move(connection, state, row["id"], **values):
        repeated = of_acknowledgment(row, "acknowledgment.repeated", f"The {came.set_id} came again.", data={"kind": came.set_id})
        note(connection, now, repeated)
        return
    _measure(context, connection, row, now)
    words = f"The partner's application accepts the {document['document_type']}." if cause is None else CAUSES[cause].cause
    data = {"kind": came.set_id, "status": status}
    note(connection, now, of_acknowledgment(row, f"acknowledgment.{state.lower()}", words, cause=cause, data=data))
    if cause is not None:
        context.metrics.held(cause)


def void(connection: Connection, document: lookup.Found, now: datetime) -> None:
    """Nobody will answer a document that was refused before: what was owed to it is put aside."""
    for row in _of_document.rows(connection, of=document["correlation_id"], answered=document["id"]):
        if row["state"] in {AcknowledgmentState.EXPECTED, AcknowledgmentState.OVERDUE}:
            values = {"comment": "what it was to answer was refused", "reviewed_at": now, "reviewed_by": "gateway", "finished_at": now}
            try_move(connection, AcknowledgmentState.DISMISSED, row["id"], **values)


def _measure(context: Context, connection: Connection, row: lookup.Found, now: datetime) -> None:
    begun = sent_at(connection, row["answers_transmission_id"]) or row["created_at"]
    context.metrics.answered("business", (now - begun).total_seconds())


def _unasked(context: Context, connection: Connection, document: lookup.Found, came: Answered, now: datetime) -> lookup.Found:
    """The row of an answer that nobody waited for."""
    row: lookup.Found = {
        "id": context.new_id("ack"),
        "direction": "inbound",
        "kind": came.set_id,
        "state": start(AcknowledgmentState.EXPECTED),
        "partner_id": document["partner_id"],
        "agreement_id": document["agreement_id"],
        "answers_transmission_id": document["transmission_id"],
        "answers_document_id": document["id"],
        "correlation_id": document["correlation_id"],
        "control_number": document["business_key"],
        "created_at": now,
    }
    add(connection, _ack, row)
    return row | {"status": None}
