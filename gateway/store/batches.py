"""Documents that wait to leave together, and when each batch is to leave; its moment is a job, so that one process sends it, once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from gateway.states import DocumentState
from gateway.store import jobs
from gateway.store.jobs import NewJob
from gateway.store.schema import Batch as BatchRow
from gateway.store.schema import BatchedDocument, Document, Job
from gateway.store.statement import Statement, add

__all__ = [
    "JOB",
    "Batch",
    "Member",
    "Waiting",
    "due",
    "find",
    "forget",
    "listed",
    "lock",
    "members",
    "now_due",
    "put_in",
    "ready",
    "released",
    "start",
    "stop",
    "waits_before",
    "wake",
    "weigh",
]

JOB: Final = "batch"
_batch, _member, _job, _document = BatchRow.table(), BatchedDocument.table(), Job.table(), Document.table()
_named = _batch.c.id == bindparam("named")
_find = Statement(select(_batch).where(_named))
_lock = Statement(select(_batch).where(_named).with_for_update())
_open = Statement(
    update(_batch).where(_named, _batch.c.opened_at.is_(None)).values(opened_at=bindparam("new_opened", type_=_batch.c.opened_at.type))
)
_due = Statement(update(_batch).where(_named).values(due_at=bindparam("new_due", type_=_batch.c.due_at.type)))
_members = Statement(
    select(_member)
    .where(_member.c.batch_id == bindparam("of"), _member.c.seq <= bindparam("last"))
    .order_by(_member.c.seq)
    .limit(bindparam("most"))
)
_ready = Statement(
    select(_member.c.seq)
    .join(_document, _document.c.id == _member.c.document_id)
    .where(_member.c.batch_id == bindparam("of"), _member.c.seq <= bindparam("last"), _document.c.state == DocumentState.BATCHED.value)
)
_weigh = Statement(
    select(
        func.count().label("documents"),
        func.coalesce(func.sum(_member.c.size), 0).label("size"),
        func.min(_member.c.at).label("oldest"),
        func.coalesce(func.max(_member.c.seq), 0).label("last"),
    ).where(_member.c.batch_id == bindparam("of"))
)
_forget = Statement(delete(_member).where(_member.c.document_id == bindparam("of")))
_before = Statement(
    select(_member.c.batch_id, _batch.c.due_at)
    .join(_batch, _batch.c.id == _member.c.batch_id)
    .where(_member.c.partition_key == bindparam("of"), _member.c.priority <= bindparam("as_urgent"), _member.c.batch_id != bindparam("but"))
    .limit(1)
)
_move_job = Statement(
    update(_job)
    .where(_job.c.kind == JOB, _job.c.thing_id == bindparam("of"))
    .values(run_at=bindparam("new_run_at", type_=_job.c.run_at.type))
)
_wake = Statement(
    update(_job)
    .where(_job.c.lane == bindparam("in_lane"), _job.c.run_at > bindparam("at", type_=_job.c.run_at.type))
    .values(run_at=bindparam("at", type_=_job.c.run_at.type))
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What leaves together."""

    id: str
    partner_id: str
    name: str
    usage: str
    opened_at: datetime | None = None
    due_at: datetime | None = None
    last_slot: datetime | None = None
    released_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A document in its place."""

    seq: int
    document_id: str
    agreement_id: str
    partition_key: str
    priority: int
    size: int
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits in a batch."""

    documents: int
    size: int
    oldest: datetime | None
    last: int  #: the place of the newest


def find(connection: Connection, batch_id: str) -> Batch | None:
    """A batch by its id."""
    row = _find.one(connection, named=batch_id)
    return None if row is None else Batch(**row)


def lock(connection: Connection, batch_id: str) -> Batch | None:
    """As `find`; until the transaction ends no other process writes it."""
    row = _lock.one(connection, named=batch_id)
    return None if row is None else Batch(**row)


def put_in(connection: Connection, batch: Batch, member: dict[str, Any], now: datetime) -> None:
    """Put a document in at the end; the batch is made, and opened, where it is not."""
    add(connection, _batch, {"id": batch.id, "partner_id": batch.partner_id, "name": batch.name, "usage": batch.usage}, ignore=True)
    _lock.one(connection, named=batch.id)
    _open.send(connection, named=batch.id, new_opened=now)
    add(connection, _member, {**member, "batch_id": batch.id, "at": now})


def due(connection: Connection, batch_id: str, moment: datetime | None, priority: int, now: datetime) -> None:
    """Say when a batch is to leave; None: only when a person or a program says so. A job of before finds nothing to do."""
    _due.send(connection, named=batch_id, new_due=moment)
    if moment is None:
        return
    jobs.enqueue(connection, now, NewJob(JOB, batch_id, moment, priority))
    _move_job.send(connection, of=batch_id, new_run_at=moment)


def now_due(connection: Connection, batch_id: str, priority: int, now: datetime) -> None:
    """It is full: look at it at once. Its moment stays as it is."""
    jobs.enqueue(connection, now, NewJob(JOB, batch_id, now, priority))
    _move_job.send(connection, of=batch_id, new_run_at=now)


def members(connection: Connection, batch_id: str, last: int, most: int) -> list[Member]:
    """Who waits, up to a place, in order."""
    return [
        Member(**{name: row[name] for name in Member.__slots__}) for row in _members.rows(connection, of=batch_id, last=last, most=most)
    ]


def ready(connection: Connection, batch_id: str, last: int) -> set[int]:
    """The places, up to one, of documents that nobody took out."""
    return {row["seq"] for row in _ready.rows(connection, of=batch_id, last=last)}


def weigh(connection: Connection, batch_id: str) -> Waiting:
    """How much waits."""
    row = _weigh.one(connection, of=batch_id)
    assert row is not None
    return Waiting(row["documents"], int(row["size"]), row["oldest"], row["last"])


def forget(connection: Connection, document_ids: list[str]) -> None:
    """These left, or leave no more."""
    _forget.run_many(connection, [{"of": id_} for id_ in document_ids])


def waits_before(connection: Connection, partition_key: str, priority: int, but: str = "") -> tuple[str, datetime | None] | None:
    """A batch in which something of the same key waits that must not be overtaken, and when it leaves; `but` is not looked at."""
    row = _before.one(connection, of=partition_key, as_urgent=priority, but=but)
    return None if row is None else (row["batch_id"], row["due_at"])


def released(connection: Connection, batch: Batch, last: int, now: datetime) -> None:
    """An interchange of it left. When all up to a place did, its moment is over: what came meanwhile has another."""
    batch_id = batch.id
    values: dict[str, Any] = {"released_at": now, "opened_at": weigh(connection, batch_id).oldest}
    if batch.due_at is not None and batch.due_at <= now and not members(connection, batch_id, last, 1):
        values |= {"last_slot": batch.due_at, "due_at": None}
    connection.execute(update(_batch).where(_batch.c.id == batch_id).values(**values))


def stop(connection: Connection, batch_id: str, by: str, reason: str, now: datetime) -> None:
    """Nothing of it leaves until it is started again."""
    connection.execute(update(_batch).where(_batch.c.id == batch_id).values(stopped_at=now, stopped_by=by, reason=reason, due_at=None))


def start(connection: Connection, batch_id: str) -> None:
    """It may leave again; the caller says when."""
    connection.execute(update(_batch).where(_batch.c.id == batch_id).values(stopped_at=None, stopped_by=None, reason=None))


def wake(connection: Connection, lanes: set[str], now: datetime) -> None:
    """What waited in these lanes for a batch to leave need not wait any more."""
    _wake.run_many(connection, [{"in_lane": lane, "at": now} for lane in sorted(lanes)])


def listed(connection: Connection, partner_id: str | None = None) -> list[tuple[Batch, Waiting]]:
    """Every batch, or those of a partner."""
    statement = select(_batch).order_by(_batch.c.partner_id, _batch.c.id)
    if partner_id is not None:
        statement = statement.where(_batch.c.partner_id == partner_id)
    found = [Batch(**dict(row)) for row in connection.execute(statement).mappings()]
    return [(batch, weigh(connection, batch.id)) for batch in found]
