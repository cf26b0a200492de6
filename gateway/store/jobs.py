"""The queue: jobs are rows, claimed and finished in writer transactions, so that a crash between the two only means "again".

A job runs when its time has come, nothing before it waits in its lane, and its destination is neither full nor resting.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from gateway.store.schema import Job
from gateway.store.schema.base import utc_text
from gateway.store.statement import Statement, add, driver

__all__ = [
    "ClaimedJob",
    "NewJob",
    "are_due",
    "claim",
    "drop",
    "enqueue",
    "extend",
    "finish",
    "free_all",
    "is_drained",
    "oldest_due",
    "put_off",
    "resting",
    "waiting",
    "wake_destination",
]

_job = Job.table()
_key = _job.c.seq == bindparam("key")
_until = bindparam("until", type_=_job.c.leased_until.type)
_finish = Statement(delete(_job).where(_key))
_drop = Statement(delete(_job).where(_job.c.kind == bindparam("of_kind"), _job.c.thing_id == bindparam("of_thing")))
_row = Statement(select(_job).where(_key))
_lease = Statement(update(_job).where(_key).values(leased_by=bindparam("owner", type_=_job.c.leased_by.type), leased_until=_until))
_extend = Statement(update(_job).where(_key, _job.c.leased_by.is_not(None)).values(leased_until=_until))

#: one lane runs one job at a time, in order; NULL lanes do not compare, so such jobs are free of order.
#: Where the circuit is being tried, the oldest job is the one to try, whatever its own wait.
#: Two kinds of work are looked for apart, so that the backlog of one never hides the other.
_CLAIM: Final = """
    SELECT job.seq, job.destination FROM job
    WHERE job.destination IS {kind}
      AND (job.run_at <= :now OR EXISTS (SELECT 1 FROM breaker WHERE breaker.destination = job.destination AND breaker.open_until <= :now))
      AND (job.leased_until IS NULL OR job.leased_until < :now)
      AND NOT EXISTS (SELECT 1 FROM job AS before WHERE before.lane = job.lane AND before.seq < job.seq)
      AND NOT EXISTS (SELECT 1 FROM breaker WHERE breaker.destination = job.destination AND breaker.open_until > :now)
      {full}
    ORDER BY job.priority, job.seq LIMIT :look
"""
_LEASED: Final = "SELECT destination, count(*) FROM job WHERE leased_until >= :now AND destination IS NOT NULL GROUP BY destination"
_SINGLY: Final = "SELECT destination FROM breaker WHERE open_until IS NOT NULL OR drain_to IS NOT NULL"


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
            "created_at": now,
        }
        for job in jobs
    )
    add(connection, _job, *rows, ignore=True)


def claim(connection: Connection, now: datetime, *, owner: str, lease: timedelta, own: int, deliveries: int, cap: int) -> list[ClaimedJob]:
    """Take due jobs, the most urgent first: at most `own` of the gateway's own work and so many `deliveries`.

    Of these at most `cap` at once per destination, one where it is being tried or drains after an outage.
    """
    taken = [seq for seq, _ in _look(connection, now, "NULL", own)] if own else []
    taken += _deliveries(connection, now, deliveries, cap) if deliveries else []
    _lease.run_many(connection, [{"key": seq, "owner": owner, "until": now + lease} for seq in taken])
    return [_claimed(row) for row in (_row.one(connection, key=seq) for seq in taken) if row is not None]


def _deliveries(connection: Connection, now: datetime, limit: int, cap: int) -> list[int]:
    raw = driver(connection)
    running: dict[str, int] = dict(raw.execute(_LEASED, {"now": utc_text(now)}).fetchall())
    singly = {destination for (destination,) in raw.execute(_SINGLY)}

    def is_full(destination: str) -> bool:
        return running.get(destination, 0) >= (1 if destination in singly else cap)

    # What is full stays out of the look, or its backlog would hide the work for others.
    taken: list[int] = []
    for seq, destination in _look(connection, now, "NOT NULL", limit * 4, tuple(d for d in running if is_full(d))):
        if len(taken) == limit:
            break
        if not is_full(destination):
            running[destination] = running.get(destination, 0) + 1
            taken.append(seq)
    return taken


def _look(connection: Connection, now: datetime, kind: str, look: int, full: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    names = {f"full{number}": destination for number, destination in enumerate(full)}
    condition = f"AND job.destination NOT IN ({', '.join(f':{name}' for name in names)})" if names else ""
    statement = _CLAIM.format(kind=kind, full=condition)
    return driver(connection).execute(statement, {"now": utc_text(now), "look": look, **names}).fetchall()


def _claimed(row: dict[str, Any]) -> ClaimedJob:
    return ClaimedJob(
        row["seq"],
        row["kind"],
        row["thing_id"],
        row["destination"],
        row["attempts"],
        row["params"] or {},
        row["priority"],
        row["created_at"],
    )


def finish(connection: Connection, job: ClaimedJob) -> None:
    """The work is done: its row goes, in the transaction of its effect."""
    _finish.run(connection, key=job.seq)


def drop(connection: Connection, kind: str, thing_id: str) -> None:
    """What the work was for has been done elsewhere: its row goes, if it is there, whoever has taken it."""
    _drop.run(connection, of_kind=kind, of_thing=thing_id)


def put_off(connection: Connection, job: ClaimedJob, run_at: datetime, *, counts: bool = True) -> None:
    """Try again at a later moment; `counts` says whether this was an attempt."""
    values = {"run_at": run_at, "leased_by": None, "leased_until": None, "attempts": job.attempts + int(counts)}
    connection.execute(update(_job).where(_job.c.seq == job.seq).values(**values))


def extend(connection: Connection, numbers: list[int], until: datetime) -> None:
    """The heartbeat of running work."""
    _extend.run_many(connection, [{"key": number, "until": until} for number in numbers])


def free_all(connection: Connection) -> int:
    """Give back what a process that died had taken; only the holder of the data folder's lock may ask."""
    return connection.execute(update(_job).where(_job.c.leased_by.is_not(None)).values(leased_by=None, leased_until=None)).rowcount


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
    """Whether more jobs than this are due and not begun."""
    due = select(_job.c.seq).where(_job.c.run_at <= now, _job.c.leased_until.is_(None)).limit(1).offset(more_than)
    return connection.execute(due).first() is not None


def waiting(connection: Connection) -> dict[str, int]:
    """How many jobs of each kind there are, due or not."""
    return {row.kind: row.jobs for row in connection.execute(select(_job.c.kind, func.count().label("jobs")).group_by(_job.c.kind))}


def resting(connection: Connection, now: datetime) -> list[str]:
    """The destinations whose circuit is open."""
    rows = driver(connection).execute("SELECT destination FROM breaker WHERE open_until > :now ORDER BY 1", {"now": utc_text(now)})
    return [destination for (destination,) in rows]
