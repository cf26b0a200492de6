"""The queue: jobs are rows, claimed and finished in writer transactions, so that a crash between the two only means "again".

A job runs when its time has come, nothing before it waits in its lane, and its destination is neither full nor resting.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from gateway.store.ending import WORK, wake
from gateway.store.errors import LeaseLostError
from gateway.store.schema import Breaker, Job
from gateway.store.schema.base import from_utc_text, utc_text
from gateway.store.statement import Sql, Statement, add, is_sqlite

__all__ = [
    "ClaimedJob",
    "NewJob",
    "are_due",
    "claim",
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

#: one lane runs one job at a time, in order; NULL lanes do not compare, so such jobs are free of order.
#: What one partner sends is worked on by one node at a time, which keeps its order (`pipeline.turns`).
#: Where the circuit is being tried, the oldest job is the one to try, whatever its own wait.
#: Two kinds of work are looked for apart, so that the backlog of one never hides the other.
_CLAIM: Final = """
    SELECT job.seq, job.destination FROM job
    WHERE job.destination IS {kind}
      AND (job.run_at <= :now OR EXISTS (SELECT 1 FROM breaker WHERE breaker.destination = job.destination AND breaker.open_until <= :now))
      AND (job.leased_until IS NULL OR job.leased_until < :now)
      AND NOT EXISTS (SELECT 1 FROM job AS before WHERE before.lane = job.lane AND before.seq < job.seq)
      AND NOT EXISTS (SELECT 1 FROM breaker WHERE breaker.destination = job.destination AND breaker.open_until > :now)
      {more}
    ORDER BY job.priority, job.seq LIMIT :look
"""
_ELSEWHERE: Final = """AND NOT EXISTS (
    SELECT 1 FROM job AS other WHERE other.affinity = job.affinity AND other.leased_until >= :now AND other.leased_by <> :owner)"""
_LEASED: Final = Sql("SELECT destination, count(*) FROM job WHERE leased_until >= :now AND destination IS NOT NULL GROUP BY destination")
#: how many at once where a circuit is open or being tried (one), or what waited is being worked off (1, 2, 4 … by successes)
_NARROW: Final = Sql("SELECT destination, open_until, won FROM breaker WHERE open_until IS NOT NULL OR drain_to IS NOT NULL")
_RESTING: Final = Sql("SELECT destination FROM breaker WHERE open_until > :now ORDER BY 1")
_TRY_LOCK: Final = Sql("SELECT pg_try_advisory_xact_lock(:key)")
_TAKE: Final = """
    UPDATE job SET leased_by = :owner, leased_until = :until WHERE seq IN ({seqs})
    RETURNING seq, kind, thing_id, destination, attempts, params, priority, created_at
"""
_CLAIM_LOCK: Final = 0x6677_0003  #: among the advisory locks of the database


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


def enqueue(connection: Connection, now: datetime, *jobs: NewJob) -> None:
    """Queue work, in the transaction of what makes it necessary."""
    rows = (
        {
            "kind": job.kind,
            "thing_id": job.thing_id,
            "priority": job.priority,
            "lane": job.lane,
            "destination": job.destination,
            "run_at": job.run_at,
            "attempts": job.attempts,
            "params": job.params,
            "affinity": job.affinity,
            "created_at": now,
        }
        for job in jobs
    )
    add(connection, _job, *rows, ignore=True)
    wake(connection, WORK)


def claim(
    connection: Connection,
    now: datetime,
    *,
    owner: str,
    lease: timedelta,
    own: int,
    deliveries: int,
    cap: int,
    running: Collection[int] = (),
    ramp: int = 8,
) -> list[ClaimedJob] | None:
    """Take due jobs, the most urgent first: at most `own` of the gateway's own work and so many `deliveries`.

    Of these at most `cap` at once per destination; one where it is being tried, and after an outage twice as many with each `ramp`
    successes. `running` are jobs that this
    worker has already, whatever the clock says of their leases. None: another node is just taking some, so ask again soon.
    """
    # The look and the taking are two statements, so that the second one's view is newer than the lock.
    if not is_sqlite(connection) and not _TRY_LOCK.execute(connection, key=_CLAIM_LOCK).fetchone()[0]:
        return None
    look = _Look(connection, now, owner, running, ramp)
    taken = [seq for seq, _ in look.at("NULL", own, _ELSEWHERE)] if own else []
    taken += look.deliveries(deliveries, cap) if deliveries else []
    if not taken:
        return []
    statement = Sql(_TAKE.format(seqs=", ".join(map(str, taken))))  # numbers that the database gave out
    rows = statement.execute(connection, owner=owner, until=utc_text(now + lease)).fetchall()
    found = {
        seq: ClaimedJob(seq, kind, thing_id, to, attempts, json.loads(params) if params else {}, priority, from_utc_text(at), owner)
        for seq, kind, thing_id, to, attempts, params, priority, at in rows
    }
    return [found[seq] for seq in taken]


class _Look:
    """One look at the queue, by one worker."""

    def __init__(self, connection: Connection, now: datetime, owner: str, running: Collection[int], ramp: int) -> None:
        self._connection, self._now, self._owner, self._running, self._ramp = connection, utc_text(now), owner, frozenset(running), ramp

    def at(self, kind: str, look: int, more: str = "", **names: str) -> list[tuple[int, str]]:
        """Due jobs with or without a destination, in the order in which they are taken."""
        statement = Sql(_CLAIM.format(kind=kind, more=more))
        parameters = {"now": self._now, "look": look + len(self._running), **names}
        if ":owner" in more:
            parameters["owner"] = self._owner
        rows = statement.execute(self._connection, **parameters).fetchall()
        return [(seq, destination) for seq, destination in rows if seq not in self._running][:look]

    def deliveries(self, limit: int, cap: int) -> list[int]:
        """As many as their destinations have room for."""
        running: dict[str, int] = dict(_LEASED.execute(self._connection, now=self._now).fetchall())
        rows = _NARROW.execute(self._connection).fetchall()
        narrow = {name: 1 if until is not None else 1 << min(20, won // self._ramp) for name, until, won in rows}

        def is_full(destination: str) -> bool:
            return running.get(destination, 0) >= min(cap, narrow.get(destination, cap))

        # What is full stays out of the look, or its backlog would hide the work for others.
        full = {f"full{number}": destination for number, destination in enumerate(d for d in running if is_full(d))}
        more = f"AND job.destination NOT IN ({', '.join(f':{name}' for name in full)})" if full else ""
        taken: list[int] = []
        for seq, destination in self.at("NOT NULL", limit * 4, more, **full):
            if len(taken) == limit:
                break
            if not is_full(destination):
                running[destination] = running.get(destination, 0) + 1
                taken.append(seq)
        return taken


def finish(connection: Connection, job: ClaimedJob) -> None:
    """The work is done: its row goes, in the transaction of its effect. Raises LeaseLostError: the effect must not happen."""
    if _finish.run(connection, key=job.seq, owner=job.owner) == 0:
        raise LeaseLostError(f"job {job.seq}")


def drop(connection: Connection, kind: str, thing_id: str) -> None:
    """What the work was for has been done elsewhere: its row goes, if it is there, whoever has taken it."""
    _drop.run(connection, of_kind=kind, of_thing=thing_id)


def put_off(connection: Connection, job: ClaimedJob, run_at: datetime, *, counts: bool = True) -> None:
    """Try again at a later moment; `counts` says whether this was an attempt. Raises LeaseLostError."""
    values = {"run_at": run_at, "leased_by": None, "leased_until": None, "attempts": job.attempts + int(counts)}
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
