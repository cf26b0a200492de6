"""The queue: jobs are rows, claimed and finished in writer transactions, so that a crash between the two only means "again".

A job runs when its time has come, nothing before it waits in its lane, and its destination is neither full nor resting.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, union_all, update

from gateway.store.ending import WORK, wake
from gateway.store.errors import LeaseLostError
from gateway.store.schema import Breaker, Job
from gateway.store.schema.base import utc_text
from gateway.store.statement import Sql, Statement, add, insert
from gateway.trace import followed

__all__ = [
    "ClaimedJob",
    "NewJob",
    "are_due",
    "drop",
    "enqueue",
    "extend",
    "finish",
    "free",
    "free_all",
    "is_drained",
    "oldest_due",
    "put_off",
    "resting",
    "waiting",
    "waiting_for",
    "wake_destination",
]

_job = Job.table()
_until = bindparam("until", type_=_job.c.leased_until.type)
_ours = (_job.c.seq == bindparam("key"), _job.c.leased_by == bindparam("owner"))
_finish = Statement(delete(_job).where(*_ours))
_drop = Statement(delete(_job).where(_job.c.kind == bindparam("of_kind"), _job.c.thing_id == bindparam("of_thing")))
_extend = Statement(update(_job).where(*_ours).values(leased_until=_until))

_RESTING: Final = Sql("SELECT destination FROM breaker WHERE open_until > :now ORDER BY 1")


def _queueing(*, at_destination: bool) -> Statement:
    """Partners take turns, by the queue (to one destination, or our own work): behind one's own last, never before what goes just now."""
    other = _job.alias("other")
    at = other.c.destination == bindparam("to") if at_destination else other.c.destination.is_(None)
    among = (at, other.c.priority == bindparam("among"))
    behind = select((func.max(other.c.turn) + 1).label("turn")).where(other.c.partner_id == bindparam("partner"), *among)
    last = union_all(behind, select(func.min(other.c.turn)).where(*among)).subquery("last")
    turn = select(func.coalesce(func.max(last.c.turn), 0)).scalar_subquery()
    given = {column.name: bindparam(column.name, type_=column.type) for column in _job.c if column.name not in {"seq", "turn"}}
    return Statement(insert(_job).inline().values({**given, "turn": turn}).on_conflict_do_nothing())


_queue_own: Final = _queueing(at_destination=False)
_queue_at: Final = _queueing(at_destination=True)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be queued; a second one of the same kind for the same thing is the same work."""

    kind: str
    thing_id: str
    run_at: datetime
    priority: int = 100
    lane: str | None = None
    destination: str | None = None
    params: dict[str, Any] | None = None
    attempts: int = 0
    affinity: str | None = None  #: worked on by one node at a time: whose bytes they are
    partner_id: str | None = None  #: with whom others take turns; absent: the affinity


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """Work that this process has taken."""

    seq: int
    kind: str
    thing_id: str
    destination: str | None
    attempts: int  #: that went before this one
    params: dict[str, Any]
    priority: int = 100
    queued_at: datetime = _NEVER  #: since when it is there
    owner: str = ""  #: the worker that has taken it
    taken: int = 1  #: how often it was, since it was put off last
    via: str | None = None  #: where it goes: its destination, or the fallback while that does not answer
    begin: datetime | None = None  #: the moment that its destination's rate allows; absent: now


def enqueue(connection: Connection, now: datetime, *jobs: NewJob) -> None:
    """Queue work, in the transaction of what makes it necessary."""
    for job in jobs:  # one after the other, for each is behind the one before
        partner = job.partner_id or job.affinity
        row = {
            "kind": job.kind,
            "thing_id": job.thing_id,
            "priority": job.priority,
            "lane": job.lane,
            "destination": job.destination,
            "run_at": job.run_at,
            "attempts": job.attempts,
            "params": followed(job.params),
            "affinity": job.affinity,
            "partner_id": partner,
            "created_at": now,
            "leased_by": None,
            "leased_until": None,
            "taken": 0,
        }
        if partner is None:
            add(connection, _job, row, ignore=True)
        elif job.destination is None:
            _queue_own.send(connection, **row, among=job.priority, partner=partner)
        else:
            _queue_at.send(connection, **row, among=job.priority, partner=partner, to=job.destination)
    wake(connection, WORK)


def finish(connection: Connection, job: ClaimedJob) -> None:
    """The work is done: its row goes, in the transaction of its effect. Raises LeaseLostError: the effect must not happen."""
    if _finish.run(connection, key=job.seq, owner=job.owner) == 0:
        raise LeaseLostError(f"job {job.seq}")


def drop(connection: Connection, kind: str, thing_id: str) -> None:
    """What the work was for has been done elsewhere: its row goes, if it is there, whoever has taken it."""
    _drop.send(connection, of_kind=kind, of_thing=thing_id)


def put_off(connection: Connection, job: ClaimedJob, run_at: datetime, *, counts: bool = True) -> None:
    """Try again at a later moment; `counts` says whether this was an attempt. Raises LeaseLostError."""
    values = {"run_at": run_at, "leased_by": None, "leased_until": None, "taken": 0, "attempts": job.attempts + int(counts)}
    ours = (_job.c.seq == job.seq, _job.c.leased_by == job.owner)
    if connection.execute(update(_job).where(*ours).values(**values)).rowcount == 0:
        raise LeaseLostError(f"job {job.seq}")


def extend(connection: Connection, numbers: list[int], until: datetime, owner: str) -> None:
    """The heartbeat of running work. What was lost meanwhile stays lost."""
    _extend.run_many(connection, [{"key": number, "until": until, "owner": owner} for number in numbers])


def free_all(connection: Connection) -> int:
    """Give back what a process that died had taken; only who is alone on the database may ask."""
    return connection.execute(update(_job).where(_job.c.leased_by.is_not(None)).values(leased_by=None, leased_until=None)).rowcount


def free(connection: Connection, owner: str) -> int:
    """Give back what a worker has taken and will not finish, so that others need not wait for the end of its leases."""
    given = connection.execute(update(_job).where(_job.c.leased_by == owner).values(leased_by=None, leased_until=None)).rowcount
    if given:
        wake(connection, WORK)
    return given


def wake_destination(connection: Connection, destination: str, now: datetime) -> int:
    """A destination answers again: what waits for its next attempt is due now, in its old order. Gives the number of the last one."""
    connection.execute(update(_job).where(_job.c.destination == destination, _job.c.run_at > now).values(run_at=now))
    return connection.execute(select(func.max(_job.c.seq)).where(_job.c.destination == destination)).scalar_one() or 0


def is_drained(connection: Connection, destination: str, number: int, now: datetime) -> bool:
    """Whether nothing due for a destination is left up to this number, but what runs."""
    due = (_job.c.destination == destination, _job.c.seq <= number, _job.c.run_at <= now, _job.c.leased_until.is_(None))
    return connection.execute(select(_job.c.seq).where(*due).limit(1)).first() is None


def oldest_due(connection: Connection, now: datetime) -> datetime | None:
    """Since when the longest waiting job is due; None when nothing is."""
    oldest: datetime | None = connection.execute(
        select(_job.c.run_at).where(_job.c.run_at <= now).order_by(_job.c.run_at).limit(1)
    ).scalar_one_or_none()
    return oldest


def are_due(connection: Connection, *, now: datetime, more_than: int) -> bool:
    """Whether more jobs than this are due and not begun, beside what waits for a destination that does not answer."""
    away = select(Breaker.table().c.destination).where(Breaker.table().c.open_until.is_not(None) | Breaker.table().c.drain_to.is_not(None))
    here = _job.c.destination.is_(None) | _job.c.destination.not_in(away)
    due = select(_job.c.seq).where(_job.c.run_at <= now, _job.c.leased_until.is_(None), here).limit(1).offset(more_than)
    return connection.execute(due).first() is not None


def waiting(connection: Connection) -> dict[str, int]:
    """How many jobs of each kind there are, due or not."""
    return {row.kind: row.jobs for row in connection.execute(select(_job.c.kind, func.count().label("jobs")).group_by(_job.c.kind))}


def waiting_for(connection: Connection, destination: str) -> int:
    """How many jobs there are for a destination, due or not."""
    return int(connection.execute(select(func.count()).where(_job.c.destination == destination)).scalar_one())


def resting(connection: Connection, now: datetime) -> list[str]:
    """The destinations whose circuit is open."""
    return [destination for (destination,) in _RESTING.execute(connection, now=utc_text(now))]
