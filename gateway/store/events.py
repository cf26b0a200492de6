"""The audit trail: one row per thing that happened, written in the transaction that made it happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, or_, select

from gateway.errors import Cause
from gateway.states import Thing
from gateway.store.ending import ending_of
from gateway.store.schema import Event
from gateway.store.statement import Statement, add
from gateway.store.telling import Told, is_told
from gateway.trace import KEY, followed, ids

__all__ = ["EventNote", "data_of", "note", "of_acknowledgment", "of_document", "of_thing", "timeline", "trace_of"]

_event = Event.table()


@dataclass(frozen=True, slots=True)
class EventNote:
    """What is to be noted. `message` is fixed words for people; what the partner sent stays in the payload."""

    action: str  #: "transmission.received", "document.held": thing and what happened to it
    thing: Thing | Literal["alarm", "batch", "certificate", "control-number", "destination", "replay", "store"]
    thing_id: str
    correlation_id: str
    message: str
    partner_id: str | None = None
    transmission_id: str | None = None
    document_id: str | None = None
    cause: Cause | None = None
    data: dict[str, Any] | None = None  #: ids, counts, codes
    actor: str = "gateway"


def of_thing(
    thing: Thing,
    row: Mapping[str, Any],
    action: str,
    message: str,
    *,
    cause: Cause | None = None,
    data: dict[str, Any] | None = None,
    actor: str = "gateway",
) -> EventNote:
    """What happened to a thing, by its row: the row says whose it is, and to which transmission and document it belongs."""
    return EventNote(
        action=action,
        thing=thing,
        thing_id=row["id"],
        correlation_id=row["correlation_id"],
        message=message,
        partner_id=row["partner_id"],
        transmission_id=row["id"] if thing is Thing.TRANSMISSION else row.get("transmission_id"),
        document_id=row["id"] if thing is Thing.DOCUMENT else row.get("document_id"),
        cause=cause,
        data=data,
        actor=actor,
    )


of_document = partial(of_thing, Thing.DOCUMENT)


def of_acknowledgment(
    row: Mapping[str, Any], action: str, message: str, *, cause: Cause | None = None, data: dict[str, Any] | None = None
) -> EventNote:
    """What happened to an answer, owed or given, by its row: it belongs to what it answers."""
    return EventNote(
        action=action,
        thing=Thing.ACKNOWLEDGMENT,
        thing_id=row["id"],
        correlation_id=row["correlation_id"],
        message=message,
        partner_id=row["partner_id"],
        transmission_id=row["answers_transmission_id"],
        document_id=row["answers_document_id"],
        cause=cause,
        data=data,
    )


def note(connection: Connection, now: datetime, *notes: EventNote) -> None:
    """Write events, in the order given. Those that somebody has to see are lines of the log as soon as they are durable."""
    if told := [_told(one) for one in notes if is_told(one.action, one.cause)]:
        ending_of(connection).told += told
    add(
        connection,
        _event,
        *(
            {
                "at": now,
                "action": n.action,
                "thing": str(n.thing),
                "thing_id": n.thing_id,
                "transmission_id": n.transmission_id,
                "document_id": n.document_id,
                "correlation_id": n.correlation_id,
                "partner_id": n.partner_id,
                "cause": None if n.cause is None else n.cause.value,
                "message": n.message,
                "data": followed(n.data),
                "actor": n.actor,
            }
            for n in notes
        ),
    )


def _told(n: EventNote) -> Told:
    return Told(n.action, n.thing_id, n.correlation_id, n.partner_id, n.transmission_id, n.cause, n.message, ids())


def timeline(connection: Connection, correlations: set[str], transmissions: set[str], limit: int) -> list[dict[str, Any]]:
    """The events of these correlations and transmissions in the order in which they happened."""
    condition = or_(_event.c.correlation_id.in_(correlations), _event.c.transmission_id.in_(transmissions))
    return [dict(row) for row in connection.execute(select(_event).where(condition).order_by(_event.c.seq).limit(limit)).mappings()]


_first = Statement(select(_event.c.data).where(_event.c.correlation_id == bindparam("of")).order_by(_event.c.seq).limit(1))


def trace_of(connection: Connection, correlation: str) -> str:
    """The `traceparent` with which a correlation began; "" when that was not traced."""
    first = _first.one(connection, of=correlation)
    return str((first["data"] or {}).get(KEY, "")) if first else ""


def data_of(connection: Connection, correlation: str, action: str) -> list[dict[str, Any]]:
    """What was noted with one action under one correlation, in order."""
    statement = select(_event.c.data).where(_event.c.correlation_id == correlation, _event.c.action == action).order_by(_event.c.seq)
    return [data for (data,) in connection.execute(statement)]
