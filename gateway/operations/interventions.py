"""What a person decides about one thing: release, reject. Each needs a reason, and each is an event with who did it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.pipeline.arrival import let_go
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import requeue
from gateway.pipeline.owed import void
from gateway.pipeline.urgency import ACKNOWLEDGMENT, INBOUND, priority_of
from gateway.states import (
    AcknowledgmentState,
    DeliveryState,
    DocumentState,
    IllegalMoveError,
    State,
    Thing,
    TransactionSetState,
    TransmissionState,
)
from gateway.store import lookup
from gateway.store.events import EventNote, note, of_thing
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import move, state_of, try_move
from gateway.store.replays import Mark

__all__ = ["decide", "decided", "not_from", "reject", "release", "require", "send_again"]

Decision = Callable[[Connection, Thing, lookup.Found, datetime], None]

_REFUSED_STATE: Final[dict[Thing, State]] = {
    Thing.TRANSMISSION: TransmissionState.REJECTED,
    Thing.TRANSACTION_SET: TransactionSetState.REJECTED,
    Thing.DOCUMENT: DocumentState.REJECTED,
    Thing.DELIVERY: DeliveryState.CANCELLED,
}


async def release(context: Context, id_: str, reason: str, *, by: str = "operator") -> dict[str, Any]:
    """Let something held go on although the machine stopped it. Raises Refusal where it is not held."""

    def go_on(connection: Connection, thing: Thing, row: lookup.Found, now: datetime) -> None:
        match thing:
            case Thing.TRANSMISSION:
                _require_state(row, TransmissionState.HELD)
                if row["payload_sha256"] is None:
                    raise Refusal(Cause.CONFLICT, "the message was never opened; the partner has to send it again")
                move(connection, TransmissionState.OPENED, id_, cause=None, detail=None, finished_at=None)
                enqueue(connection, now, NewJob("inbound", id_, now, INBOUND, params={"released": True}))
            case Thing.TRANSACTION_SET:
                _require_state(row, TransactionSetState.HELD)
                enqueue(connection, now, NewJob("inbound", row["transmission_id"], now, INBOUND, params={"again": True, "released": True}))
            case Thing.DOCUMENT if row["direction"] == "outbound":
                _require_state(row, DocumentState.HELD)
                move(connection, DocumentState.SUBMITTED, id_, cause=None, detail=None)
                lane = f"outbound:{row['partition_key']}"
                enqueue(connection, now, NewJob("outbound", id_, now, priority_of(row["document_type"]), lane, params={"released": True}))
            case Thing.DOCUMENT:
                _require_state(row, DocumentState.HELD, DocumentState.WAITING)
                move(connection, DocumentState.MAPPED, id_, cause=None, detail=None)
                let_go(context, connection, row, now)
            case Thing.DELIVERY:
                send_again(connection, row, now)
            case Thing.ACKNOWLEDGMENT:
                move(connection, AcknowledgmentState.DISMISSED, id_, **_reviewed(reason, by, now))

    return await decide(context, id_, reason, by, "released", "A person let it go on", go_on)


async def reject(context: Context, id_: str, reason: str, *, by: str = "operator") -> dict[str, Any]:
    """Put something held aside for good: it is not processed or delivered. Raises Refusal where that is not possible any more."""

    def put_aside(connection: Connection, thing: Thing, row: lookup.Found, now: datetime) -> None:
        if thing is Thing.TRANSMISSION and row["state"] == TransmissionState.OPENED and row["finished_at"] is not None:
            raise Refusal(Cause.CONFLICT, "it was worked on; what came of it is rejected one by one")
        if thing is Thing.ACKNOWLEDGMENT:
            move(connection, AcknowledgmentState.DISMISSED, id_, **_reviewed(reason, by, now))
            return
        finished = {} if thing in {Thing.TRANSACTION_SET, Thing.DOCUMENT} else {"finished_at": now}
        move(connection, _REFUSED_STATE[thing], id_, **finished)
        if thing is Thing.DOCUMENT:
            void(connection, row, now)

    return await decide(context, id_, reason, by, "rejected", "A person put it aside", put_aside)


async def decide(context: Context, id_: str, reason: str, by: str, what: str, words: str, decision: Decision) -> dict[str, Any]:
    """Carry a decision out with its event. Raises Refusal: no reason, no such thing, not in a state that allows it."""
    if not reason.strip():
        raise Refusal(Cause.MALFORMED_REQUEST, "a reason is needed")
    now = context.now()

    def work(connection: Connection) -> dict[str, Any]:
        thing, row = require(connection, id_)
        try:
            decision(connection, thing, row, now)
        except IllegalMoveError as fault:
            raise not_from(row, fault) from None
        note(connection, now, decided(thing, row, what, words, by, {"reason": reason}))
        return {"id": id_, "state": state_of(connection, thing, id_)}

    answer = await context.store.write(work)
    context.person_decided()
    context.signals.feed_grew()
    return answer


def decided(thing: Thing, row: lookup.Found, what: str, words: str, by: str, data: dict[str, Any]) -> EventNote:
    """The event of a decision on a thing."""
    return of_thing(thing, row, f"{thing.value}.{what}", f"{words}.", data=data, actor=by)


def not_from(row: lookup.Found, fault: IllegalMoveError) -> Refusal:
    """The refusal of what the state of a thing does not allow."""
    return Refusal(Cause.CONFLICT, f"it is {row['state']}: {fault.thing} cannot become {fault.to}")


def require(connection: Connection, id_: str) -> tuple[Thing, lookup.Found]:
    """The row of an id. Raises Refusal."""
    thing, row = lookup.thing_of_id(id_), lookup.by_id(connection, id_)
    if thing is None or row is None:
        raise Refusal(Cause.NOT_FOUND, "nothing has this id")
    return thing, row


def _reviewed(reason: str, by: str, now: datetime) -> dict[str, Any]:
    return {"finished_at": now, "reviewed_at": now, "reviewed_by": by, "comment": reason, "warn_at": None}


def _require_state(row: lookup.Found, *states: State) -> None:
    if row["state"] not in states:
        raise Refusal(Cause.CONFLICT, f"it is {row['state']}")


def send_again(connection: Connection, delivery: lookup.Found, now: datetime, mark: Mark | None = None, *, priority: int = 0) -> None:
    """QUEUED anew: attempts start over, the bytes and ids stay. What waits already stays as it is. Raises IllegalMoveError.

    `mark` tells the receiver that it is a replay; `priority` is the highest that it may have, as a number.
    """
    if delivery["state"] == DeliveryState.QUEUED:
        return
    columns: dict[str, Any] = dict(mark.columns) if mark else {}
    if delivery["cause"] == Cause.UNCLEAR_END:  # the person has asked the partner: it may go by whichever way is open
        columns["unclear"] = None
    move(connection, DeliveryState.QUEUED, delivery["id"], attempts=0, cause=None, detail=None, finished_at=None, **columns)
    document = lookup.by_id(connection, delivery["document_id"]) if delivery["document_id"] else None
    if document is not None:
        back = DocumentState.MAPPED if document["direction"] == "inbound" else DocumentState.WRITTEN
        try_move(connection, back, document["id"])
    elif delivery["transmission_id"] and delivery["kind"] == "partner":  # of a batch: all that it carries
        for carried in lookup.where(
            connection, Thing.DOCUMENT, limit=100_000, transmission_id=delivery["transmission_id"], direction="outbound"
        ):
            try_move(connection, DocumentState.WRITTEN, carried["id"])
    usual = priority_of(document["document_type"]) if document else ACKNOWLEDGMENT
    requeue(connection, delivery, max(usual, priority), now)
