"""When documents came to us and when the other side had them: what objectives are judged by."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, select

from gateway.states import LIVES, DeliveryState, DocumentState, Thing
from gateway.store.schema import Delivery, Document, Transmission

__all__ = ["Passage", "passages"]

_document, _delivery, _transmission = Document.table(), Delivery.table(), Transmission.table()
_OVER: Final = (DocumentState.DUPLICATE.value, DocumentState.REJECTED.value)
_THERE: Final = frozenset({DeliveryState.DELIVERED.value, DeliveryState.RECEIPTED.value})


class Passage(NamedTuple):
    """One document on its way."""

    document_id: str
    begun: datetime  #: our first byte of it, from the partner or from the hub
    done: datetime | None  #: the last of its destinations had it; None while one has not
    is_stopped: bool  #: it waits for a person


def passages(connection: Connection, document_type: str, direction: str, since: datetime, *, usage: str, limit: int) -> list[Passage]:
    """The documents of a type that came since then, the newest `limit` of them. Not: replays, duplicates, what was refused or cancelled."""
    inbound = direction == "inbound"
    rows: dict[str, list[dict[str, Any]]] = {}
    values = {"kind": document_type, "way": direction, "used": usage, "since": since}
    for row in connection.execute(_inbound(limit) if inbound else _outbound(limit), values).mappings():
        rows.setdefault(row["id"], []).append(dict(row))
    found = []
    for id_, some in rows.items():
        states = {row["delivery_state"] for row in some}
        if DeliveryState.CANCELLED.value in states:
            continue
        found.append(Passage(id_, some[0]["begun"] or some[0]["created_at"], _done(some, inbound=inbound), _is_stopped(some)))
    return found


def _done(rows: list[dict[str, Any]], *, inbound: bool) -> datetime | None:
    """When the last delivery was there; a document for the feed alone is there as soon as it stands in it."""
    if inbound and rows[0]["delivery_state"] is None:
        return rows[0]["created_at"] if rows[0]["state"] in {DocumentState.MAPPED, DocumentState.DELIVERED} else None
    moments = []
    for row in rows:
        if row["delivery_state"] in _THERE:
            moments.append(row["finished_at"])
        elif row["delivery_state"] == DeliveryState.AWAITING_MDN:
            moments.append(row["sent_at"])
        else:
            return None
    return max((moment for moment in moments if moment is not None), default=None)


def _is_stopped(rows: list[dict[str, Any]]) -> bool:
    document, delivery = LIVES[Thing.DOCUMENT].needs_a_person, LIVES[Thing.DELIVERY].needs_a_person
    return any(row["state"] in document or row["delivery_state"] in delivery for row in rows)


def _base(limit: int) -> Any:
    return (
        select(_document.c.id, _document.c.state, _document.c.created_at, _document.c.transmission_id)
        .where(
            _document.c.document_type == bindparam("kind"),
            _document.c.created_at >= bindparam("since", type_=_document.c.created_at.type),
            _document.c.direction == bindparam("way"),
            _document.c.usage == bindparam("used"),
            _document.c.state.not_in(_OVER),
            _document.c.original_id.is_(None),
        )
        .order_by(_document.c.created_at.desc())
        .limit(limit)
        .subquery()
    )


def _columns(base: Any) -> tuple[Any, ...]:
    delivery = (_delivery.c.state.label("delivery_state"), _delivery.c.finished_at, _delivery.c.sent_at)
    return (base.c.id, base.c.state, base.c.created_at, *delivery)


def _inbound(limit: int) -> Select[Any]:
    base = _base(limit)
    return (
        select(*_columns(base), _transmission.c.created_at.label("begun"))
        .join(_transmission, _transmission.c.id == base.c.transmission_id, isouter=True)
        .join(_delivery, (_delivery.c.document_id == base.c.id) & (_delivery.c.kind == "sink"), isouter=True)
    )


def _outbound(limit: int) -> Select[Any]:
    base = _base(limit)
    return select(*_columns(base), base.c.created_at.label("begun")).join(
        _delivery, (_delivery.c.transmission_id == base.c.transmission_id) & (_delivery.c.kind == "partner"), isouter=True
    )
