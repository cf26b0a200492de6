"""Reading rows for people: by id, by number, by what belongs together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, bindparam, func, literal, select, union_all, update

from gateway.states import LIVES, DeliveryState, Thing, TransmissionState
from gateway.store.moves import table_of
from gateway.store.schema import Acknowledgment, Delivery, Document, DocumentReference, FeedEntry, TransactionSet, Transmission
from gateway.store.schema.base import from_utc_text
from gateway.store.statement import Statement, past_index

__all__ = [
    "Found",
    "HeldWanted",
    "by_id",
    "complete",
    "documents",
    "feed",
    "feed_documents",
    "feed_place",
    "held",
    "held_groups",
    "last_feed_number",
    "open_by_state",
    "related",
    "thing_of_id",
    "where",
]

Found = dict[str, Any]

_document, _reference, _feed, _transmission = Document.table(), DocumentReference.table(), FeedEntry.table(), Transmission.table()
_PREFIX: Final = {
    "trn": Thing.TRANSMISSION,
    "set": Thing.TRANSACTION_SET,
    "doc": Thing.DOCUMENT,
    "dlv": Thing.DELIVERY,
    "ack": Thing.ACKNOWLEDGMENT,
}


#: columns of which many rows share each value
_COMMON: Final = frozenset({"direction", "document_type", "kind", "partner_id", "state", "usage"})


def thing_of_id(id_: str) -> Thing | None:
    """Which kind of thing an id names, by its prefix."""
    return _PREFIX.get(id_.partition("_")[0])


def _rows(connection: Connection, statement: Select[Any]) -> list[Found]:
    return [dict(row) for row in connection.execute(statement).mappings()]


@cache
def _by_id(thing: Thing) -> Statement:
    table = table_of(thing)
    return Statement(select(table).where(table.c.id == bindparam("key")))


def by_id(connection: Connection, id_: str) -> Found | None:
    """The row of a thing; None when there is none."""
    thing = thing_of_id(id_)
    if thing is None:
        return None
    return _by_id(thing).one(connection, key=id_)


@cache
def _completing(names: frozenset[str]) -> Statement:
    table = Transmission.table()
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in sorted(names)}
    return Statement(update(table).where(table.c.id == bindparam("key")).values(**values))


def complete(connection: Connection, transmission_id: str, values: dict[str, Any]) -> None:
    """What became known of a transmission whose state stays."""
    _completing(frozenset(values)).run(connection, key=transmission_id, **{f"new_{name}": value for name, value in values.items()})


def _looked_up(column: Column[Any], *, is_narrow: bool) -> Any:
    """What many rows share goes past its own index where something else is said too."""
    has_own = column.table in (_document, _transmission) and column.name in _COMMON
    return past_index(column) if is_narrow and has_own else column


def where(connection: Connection, thing: Thing, limit: int = 1000, **equal: Any) -> list[Found]:
    """The rows of one kind whose columns have these values; a list or set stands for any of its members."""
    table = table_of(thing)
    statement = select(table)
    is_narrow = bool(equal.keys() - _COMMON)
    for name, value in equal.items():
        column = _looked_up(table.c[name], is_narrow=is_narrow)
        statement = statement.where(column.in_(value) if isinstance(value, list | set | tuple | frozenset) else column == value)
    return _rows(connection, statement.order_by(table.c.id).limit(limit))


def documents(
    connection: Connection,
    *,
    number: str | None,
    partner: str | None,
    document_type: str | None,
    state: str | None,
    correlation: str | None,
    before: str | None,
    limit: int,
) -> list[Found]:
    """Documents, the newest first; `before` is the last id of the page before."""
    statement = select(_document)
    if number is not None:
        statement = statement.where(_document.c.id.in_(select(_reference.c.document_id).where(_reference.c.value == number)))
    if correlation is not None:
        statement = statement.where(_document.c.correlation_id == correlation)
    is_narrow = number is not None or correlation is not None
    for column, value in ((_document.c.partner_id, partner), (_document.c.document_type, document_type), (_document.c.state, state)):
        if value is not None:
            statement = statement.where(_looked_up(column, is_narrow=is_narrow) == value)
    if before is not None:
        statement = statement.where(_document.c.id < before)
    return _rows(connection, statement.order_by(_document.c.id.desc()).limit(limit))


def related(connection: Connection, transmissions: Iterable[str], documents_: Iterable[str]) -> dict[Thing, list[Found]]:
    """What belongs to transmissions and documents: sets, documents, deliveries, acknowledgments."""
    trn, doc = sorted(set(transmissions)), sorted(set(documents_))
    sets, delivery, ack = TransactionSet.table(), Delivery.table(), Acknowledgment.table()
    return {
        Thing.TRANSMISSION: _rows(connection, select(Transmission.table()).where(Transmission.table().c.id.in_(trn))),
        Thing.TRANSACTION_SET: _rows(connection, select(sets).where(sets.c.transmission_id.in_(trn)).order_by(sets.c.id)),
        Thing.DOCUMENT: _rows(
            connection,
            select(_document).where(_document.c.id.in_(doc) | _document.c.transmission_id.in_(trn)).order_by(_document.c.id),
        ),
        Thing.DELIVERY: _rows(
            connection,
            select(delivery).where(delivery.c.document_id.in_(doc) | delivery.c.transmission_id.in_(trn)).order_by(delivery.c.id),
        ),
        Thing.ACKNOWLEDGMENT: _rows(
            connection,
            select(ack).where(ack.c.answers_transmission_id.in_(trn) | ack.c.transmission_id.in_(trn)).order_by(ack.c.id),
        ),
    }


@dataclass(frozen=True, slots=True)
class HeldWanted:
    """Which held things; what is None does not matter."""

    cause: str | None = None
    partner: str | None = None
    before: datetime | None = None


def _held(wanted: HeldWanted) -> Any:
    parts = []
    for thing, life in LIVES.items():
        table = table_of(thing)
        columns = [table.c[name] for name in ("id", "state", "partner_id", "correlation_id", "cause", "detail", "created_at")]
        part = select(literal(thing.value).label("thing"), *columns).where(table.c.state.in_(sorted(life.needs_a_person)))
        for column, value in ((table.c.cause, wanted.cause), (past_index(table.c.partner_id), wanted.partner)):  # what is held is fewer
            part = part if value is None else part.where(column == value)
        parts.append(part if wanted.before is None else part.where(table.c.created_at <= wanted.before))
    return union_all(*parts).subquery()


def held(connection: Connection, limit: int, wanted: HeldWanted | None = None) -> list[Found]:
    """Everything that waits for a person, the oldest first."""
    everything = _held(wanted or HeldWanted())
    return _rows(connection, select(everything).order_by(everything.c.created_at, everything.c.id).limit(limit))


def held_groups(connection: Connection, wanted: HeldWanted) -> list[Found]:
    """How many wait, by cause and kind of thing: since when, and of how many partners; the most first."""
    everything = _held(wanted)
    number = func.count()
    columns = (
        everything.c.cause,
        everything.c.thing,
        number.label("count"),
        func.min(everything.c.created_at).label("since"),
        func.count(func.distinct(everything.c.partner_id)).label("partners"),
    )
    statement = select(*columns).group_by(everything.c.cause, everything.c.thing).order_by(number.desc(), everything.c.cause)
    rows = _rows(connection, statement)
    for row in rows:  # a minimum has lost its type
        row["since"] = row["since"] if isinstance(row["since"], datetime) else from_utc_text(row["since"])
    return rows


def retrying(connection: Connection) -> list[Found]:
    """Destinations with deliveries that failed and are tried again: how many, how often at most, and why."""
    delivery = table_of(Thing.DELIVERY)
    statement = (
        select(
            delivery.c.destination,
            func.count().label("deliveries"),
            func.max(delivery.c.attempts).label("attempts"),
            delivery.c.cause,
            func.max(delivery.c.detail).label("detail"),
        )
        .where(delivery.c.state == DeliveryState.QUEUED.value, delivery.c.cause.is_not(None))
        .group_by(delivery.c.destination, delivery.c.cause)
        .order_by(delivery.c.destination)
    )
    return _rows(connection, statement)


def open_by_state(connection: Connection) -> dict[Thing, dict[str, int]]:
    """How many things stand in each state that is not over, none too; of what is opened, how much is still worked on."""
    counted = {}
    for thing, life in LIVES.items():
        table = table_of(thing)
        rows = connection.execute(select(table.c.state, func.count()).where(table.c.state.in_(sorted(life.open))).group_by(table.c.state))
        counted[thing] = dict.fromkeys(sorted(life.open), 0) | {state: number for state, number in rows}  # noqa: C416 - a row is no pair
    opened = TransmissionState.OPENED.value
    under_way = (_transmission.c.finished_at.is_(None), _transmission.c.direction == "inbound", _transmission.c.state == opened)
    counted[Thing.TRANSMISSION][opened] = int(connection.execute(select(func.count()).where(*under_way)).scalar_one())
    return counted


def feed(connection: Connection, after: int, limit: int) -> list[Found]:
    """Entries of the feed behind a number, each with its document's row."""
    statement = select(_feed.c.seq, _feed.c.at, *(c for c in _document.c)).join(_document, _document.c.id == _feed.c.document_id)
    return _rows(connection, statement.where(_feed.c.seq > after).order_by(_feed.c.seq).limit(limit))


def feed_place(connection: Connection, moment: datetime) -> int:
    """The number of the last entry before a moment; 0 where there is none."""
    last = select(_feed.c.seq).where(_feed.c.at < moment).order_by(_feed.c.at.desc(), _feed.c.seq.desc()).limit(1)
    return int(connection.execute(last).scalar_one_or_none() or 0)


def feed_documents(connection: Connection, after: int, until: int, usage: str) -> list[Found]:
    """The documents of entries behind a number and up to another, each once, in order: id, whom it is for, and its number."""
    columns = (_document.c.id, _document.c.partner_id, _document.c.agreement_id, _document.c.usage)
    number = func.min(_feed.c.seq).label("seq")
    statement = select(number, *columns).join(_document, _document.c.id == _feed.c.document_id)
    statement = statement.where(_feed.c.seq > after, _feed.c.seq <= until, _document.c.usage == usage)
    return _rows(connection, statement.group_by(*columns).order_by(number))


def last_feed_number(connection: Connection) -> int:
    """The number of the newest entry; 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(_feed.c.seq), 0))).scalar_one())
