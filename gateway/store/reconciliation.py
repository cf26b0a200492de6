"""What comparisons read, day by day and exchange by exchange, and what came of them."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from gateway.store.schema import Acknowledgment, Delivery, Document, HubDecision, ReconciliationDay
from gateway.store.statement import insert, past_index

__all__ = ["Found", "at_the_hub", "days", "in_exchanges", "keep", "of_day", "owed_to"]

Found = dict[str, Any]
_document, _ack, _delivery = Document.table(), Acknowledgment.table(), Delivery.table()
_decision, _day = HubDecision.table(), ReconciliationDay.table()
_LIGHT: Final = ("id", "document_type", "direction", "state", "partner_id", "agreement_id", "business_key", "correlation_id", "created_at")
_CHUNK: Final = 400  #: correlations asked for at once
_MOST: Final = 100_000  #: documents of one day and kind


def of_day(
    connection: Connection, types: Collection[str], direction: str, span: tuple[datetime, datetime], usage: str, *, body: bool = False
) -> list[Found]:
    """Documents that came or were submitted in a time, the first ones first; `body` says whether with what they say."""
    begins, ends = span
    statement = _columns(body=body).where(
        _document.c.document_type.in_(sorted(types)),
        _document.c.created_at >= begins,
        _document.c.created_at < ends,
        _document.c.direction == direction,
        _document.c.usage == usage,
    )
    return _rows(connection, statement.order_by(_document.c.created_at, _document.c.id).limit(_MOST))


def in_exchanges(
    connection: Connection, types: Collection[str], direction: str, correlations: Iterable[str], *, body: bool = False
) -> dict[str, list[Found]]:
    """The documents of these exchanges, by exchange and in their order."""
    found: dict[str, list[Found]] = {}
    for chunk in _chunks(correlations):
        statement = _columns(body=body).where(
            _document.c.correlation_id.in_(chunk),
            past_index(_document.c.document_type).in_(sorted(types)),
            _document.c.direction == direction,
        )
        for row in _rows(connection, statement.order_by(_document.c.created_at, _document.c.id)):
            found.setdefault(row["correlation_id"], []).append(row)
    return found


def owed_to(connection: Connection, correlations: Iterable[str]) -> dict[str, Found]:
    """The answers on the business level that are owed in these exchanges, by the document that is answered."""
    found: dict[str, Found] = {}
    for chunk in _chunks(correlations):
        statement = select(_ack).where(_ack.c.correlation_id.in_(chunk), _ack.c.answers_document_id.is_not(None))
        found |= {row["answers_document_id"]: row for row in _rows(connection, statement)}
    return found


def at_the_hub(connection: Connection, types: Collection[str], span: tuple[datetime, datetime], usage: str) -> list[Found]:
    """Documents of these types that came in a time: how many of a partner stand in which state, are sent, and were decided on."""
    begins, ends = span
    sends = select(_delivery.c.id).where(_delivery.c.document_id == _document.c.id, _delivery.c.kind == "sink").exists()
    came = (
        select(_document.c.id, _document.c.partner_id, _document.c.state, _document.c.created_at, sends.label("is_sent"))
        .where(
            _document.c.document_type.in_(sorted(types)),  # by their index
            _document.c.created_at >= begins,
            _document.c.created_at < ends,
            _document.c.direction == "inbound",
            _document.c.usage == usage,
        )
        .subquery()
    )
    columns = (came.c.partner_id, came.c.state, came.c.is_sent, _decision.c.decision)
    return _rows(
        connection,
        select(*columns, func.count().label("documents"), func.min(came.c.created_at).label("oldest"))
        .join(_decision, _decision.c.document_id == came.c.id, isouter=True)
        .group_by(*columns),
    )


def keep(connection: Connection, rows: Iterable[Found]) -> None:
    """How a flow of a day came out with each partner; what was known of it before is replaced."""
    for row in rows:
        values = {name: value for name, value in row.items() if name not in ("day", "flow", "partner_id")}
        keys = [_day.c.day, _day.c.flow, _day.c.partner_id]
        connection.execute(insert(_day).values(**row).on_conflict_do_update(index_elements=keys, set_=values))


def days(connection: Connection, *, day: str | None = None, flow: str | None = None, limit: int = 1000) -> list[Found]:
    """How days came out, the newest first."""
    statement = select(_day)
    for column, value in ((_day.c.day, day), (_day.c.flow, flow)):
        if value is not None:
            statement = statement.where(column == value)
    return _rows(connection, statement.order_by(_day.c.day.desc(), _day.c.flow, _day.c.partner_id).limit(limit))


def _columns(*, body: bool) -> Any:
    return select(*(_document.c[name] for name in (*_LIGHT, *(("body",) if body else ()))))


def _chunks(correlations: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(set(correlations))
    yield from (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))


def _rows(connection: Connection, statement: Any) -> list[Found]:
    return [dict(row) for row in connection.execute(statement).mappings()]
