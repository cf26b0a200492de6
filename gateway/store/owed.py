"""Reading what is owed: rows for the work list of acknowledgments, and the times that answers took."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, literal_column, select

from gateway.states import AcknowledgmentState
from gateway.store.schema import Acknowledgment, Delivery, TransactionSet
from gateway.store.statement import Statement, past_index

__all__ = ["Found", "answer_times", "deliveries", "open_answers", "own_times", "receipt_times", "sent_at", "unsent"]

Found = dict[str, Any]
_ack, _delivery, _set = Acknowledgment.table(), Delivery.table(), TransactionSet.table()
_sent = Statement(select(_delivery.c.sent_at).where(_delivery.c.transmission_id == bindparam("of"), _delivery.c.kind == "partner"))
#: the set that a transmission carries; the first of several
_SET_OF: Final = select(func.min(_set.c.set_id)).where(_set.c.transmission_id == _delivery.c.transmission_id).scalar_subquery()
#: in the words of their index, and in none of another one
_SETTLED: Final = and_(_ack.c.finished_at.is_not(None), _ack.c.state != literal_column("'WRITTEN'"))
_STATE: Final = past_index(_ack.c.state)
_CAME: Final = (AcknowledgmentState.ACCEPTED.value, AcknowledgmentState.REJECTED.value, AcknowledgmentState.ANSWERED.value)
_CHUNK: Final = 400  #: ids asked for at once


def open_answers(connection: Connection, states: Collection[str], *, partner: str | None, direction: str | None, limit: int) -> list[Found]:
    """Answers in these states, the one that is due first, first."""
    statement = select(_ack).where(_ack.c.state.in_(sorted(states)))
    for column, value in ((past_index(_ack.c.partner_id), partner), (_ack.c.direction, direction)):  # by state it is few
        if value is not None:
            statement = statement.where(column == value)
    return _rows(connection, statement.order_by(_ack.c.due_at, _ack.c.id).limit(limit))


def unsent(connection: Connection, states: Collection[str], *, partner: str | None, limit: int) -> list[Found]:
    """Acknowledgments of ours whose delivery stands in one of these states, the one that is due first, first.

    `delivery_id`, `delivery_state` and `why` say how that stands. From the few deliveries that are open to their acknowledgments: the
    other way would read every acknowledgment that was ever written.
    """
    about_none = past_index(_delivery.c.document_id).is_(None)  # most deliveries to partners are about no document
    statement = select(_delivery).where(_delivery.c.state.in_(sorted(states)), _delivery.c.kind == "partner", about_none)
    if partner is not None:
        statement = statement.where(_delivery.c.partner_id == partner)
    stuck = {row["transmission_id"]: row for row in _rows(connection, statement.order_by(_delivery.c.created_at).limit(limit))}
    ids = sorted(id_ for id_ in stuck if id_)
    found = []
    for start in range(0, len(ids), _CHUNK):
        written = (_ack.c.transmission_id.in_(ids[start : start + _CHUNK]), _ack.c.state == AcknowledgmentState.WRITTEN.value)
        for row in _rows(connection, select(_ack).where(*written)):
            one = stuck[row["transmission_id"]]
            found.append({**row, "delivery_id": one["id"], "delivery_state": one["state"], "why": one["detail"]})
    return sorted(found, key=lambda row: (row["due_at"] is None, row["due_at"] or row["created_at"], row["id"]))


def deliveries(connection: Connection, states: Collection[str], kinds: Iterable[str], *, partner: str | None, limit: int) -> list[Found]:
    """Deliveries in these states: what MDNs are told by."""
    statement = select(_delivery).where(_delivery.c.state.in_(sorted(states)), _delivery.c.kind.in_(sorted(kinds)))
    if partner is not None:
        statement = statement.where(_delivery.c.partner_id == partner)
    return _rows(connection, statement.order_by(_delivery.c.created_at, _delivery.c.id).limit(limit))


def sent_at(connection: Connection, transmission_id: str | None) -> datetime | None:
    """When the partner's side took a transmission of ours; None while it has not."""
    row = _sent.one(connection, of=transmission_id) if transmission_id else None
    return row["sent_at"] if row is not None else None


def answer_times(connection: Connection, since: datetime, *, partner: str | None, limit: int) -> list[Found]:
    """What partners answered since then: kind, the set answered, when it was sent and when the answer came; the newest first."""
    columns = (_ack.c.partner_id, _ack.c.kind, _ack.c.answers_document_id, _ack.c.created_at, _ack.c.finished_at, _delivery.c.sent_at)
    statement = (
        select(*columns, _SET_OF.label("set_id"))
        .join(_delivery, _delivery.c.transmission_id == _ack.c.answers_transmission_id)
        .where(_SETTLED, _STATE.in_(_CAME), _ack.c.direction == "inbound", _ack.c.finished_at >= since, _delivery.c.kind == "partner")
    )
    return _newest(connection, statement, _ack.c.partner_id, _ack.c.finished_at, partner, limit)


def own_times(connection: Connection, since: datetime, *, partner: str | None, limit: int) -> list[Found]:
    """The business answers that we gave since then: when what they answer came, and when they left."""
    columns = (_ack.c.partner_id, _ack.c.kind, _ack.c.created_at, _ack.c.finished_at)
    answered = (_SETTLED, _STATE.in_((AcknowledgmentState.ANSWERED.value,)), _ack.c.direction == "outbound", _ack.c.finished_at >= since)
    return _newest(connection, select(*columns).where(*answered), _ack.c.partner_id, _ack.c.finished_at, partner, limit)


def receipt_times(connection: Connection, since: datetime, *, partner: str | None, limit: int) -> list[Found]:
    """The deliveries whose MDN came since then: when they were sent and when it came."""
    columns = (_delivery.c.partner_id, _delivery.c.sent_at, _delivery.c.created_at, _delivery.c.finished_at, _SET_OF.label("set_id"))
    statement = select(*columns).where(
        _delivery.c.kind == "partner", _delivery.c.receipt_sha256.is_not(None), _delivery.c.finished_at >= since
    )
    return _newest(connection, statement, _delivery.c.partner_id, _delivery.c.finished_at, partner, limit)


def _newest(connection: Connection, statement: Any, whose: Any, when: Any, partner: str | None, limit: int) -> list[Found]:
    if partner is not None:
        statement = statement.where(past_index(whose) == partner)  # by time it is fewer
    return _rows(connection, statement.order_by(when.desc()).limit(limit))


def _rows(connection: Connection, statement: Any) -> list[Found]:
    return [dict(row) for row in connection.execute(statement).mappings()]
