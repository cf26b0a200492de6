"""The queue: jobs are rows, claimed and finished in writer transactions, so that a crash between the two only means "again".

A job runs when its time has come, nothing before it waits in its lane, and its destination is neither full nor resting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.store.schema import Job
from gateway.store.schema.base import utc_text

__all__ = [
    "ClaimedJob",
    "NewJob",
    "claim",
    "enqueue",
    "extend",
    "finish",
    "free_all",
    "is_drained",
    "oldest_due",
    "put_off",
    "waiting",
    "wake_destination",
]

_job = Job.table()
_insert = upsert(_job).on_conflict_do_nothing()
_finish = delete(_job).where(_job.c.seq == bindparam("key"))
_by_number = select(_job).where(_job.c.seq.in_(bindparam("numbers", expanding=True)))

#: one lane runs one job at a time, in order; NULL lanes do not compare, so such jobs are free of order.
#: Where the circuit is being tried, the oldest job is the one to try, whatever its own wait.
_CLAIM: Final = text(
    """
    SELECT job.seq, job.destination FROM job
    WHERE (job.run_at <= :now OR EXISTS (SELECT 1 FROM breaker WHERE breaker.destination = job.destination AND breaker.open_until <= :now))
      AND (job.leased_until IS NULL OR job.leased_until < :now)
      AND NOT EXISTS (SELECT 1 FROM job AS before WHERE before.lane = job.lane AND before.seq < job.seq)
      AND NOT EXISTS (SELECT 1 FROM breaker WHERE breaker.destination = job.destination AND breaker.open_until > :now)
      AND (job.destination IS NULL OR job.destination NOT IN :full)
    ORDER BY job.priority, job.seq LIMIT :look
    """
).bindparams(bindparam("full", expanding=True))
_LEASED: Final = text(
    "SELECT destination, count(*) AS running FROM job WHERE leased_until >= :now AND destination IS NOT NULL GROUP BY destination"
)
_SINGLY: Final = text("SELECT destination FROM breaker WHERE open_until IS NOT NULL OR drain_to IS NOT NULL")


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


def enqueue(connection: Connection, now: datetime, *jobs: NewJob) -> None:
    """Queue work, in the transaction of what makes it necessary."""
    if jobs:
        connection.execute(
            _insert,
            [
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
            ],
        )


def claim(connection: Connection, now: datetime, *, owner: str, lease: timedelta, limit: int, cap: int) -> list[ClaimedJob]:
    """Take due jobs, the most urgent first, at most `cap` at once per destination, one where it is being tried or drains after an outage."""
    at = {"now": utc_text(now)}
    running: dict[str, int] = {row.destination: row.running for row in connection.execute(_LEASED, at)}
    singly = {row.destination for row in connection.execute(_SINGLY)}

    def is_full(destination: str) -> bool:
        return running.get(destination, 0) >= (1 if destination in singly else cap)

    # What is full stays out of the look, or its backlog would hide the work for others.
    full = [destination for destination in running if is_full(destination)]
    taken: list[int] = []
    for seq, destination in connection.execute(_CLAIM, {**at, "full": full, "look": limit * 4}):
        if len(taken) == limit:
            break
        if destination is not None:
            if is_full(destination):
                continue
            running[destination] = running.get(destination, 0) + 1
        taken.append(seq)
    if not taken:
        return []
    connection.execute(update(_job).where(_job.c.seq.in_(taken)).values(leased_by=owner, leased_until=now + lease))
    rows = {row.seq: row for row in connection.execute(_by_number, {"numbers": taken})}
    return [
        ClaimedJob(row.seq, row.kind, row.thing_id, row.destination, row.attempts, row.params or {}) for row in (rows[s] for s in taken)
    ]


def finish(connection: Connection, job: ClaimedJob) -> None:
    """The work is done: its row goes, in the transaction of its effect."""
    connection.execute(_finish, {"key": job.seq})


def put_off(connection: Connection, job: ClaimedJob, run_at: datetime, *, counts: bool = True) -> None:
    """Try again at a later moment; `counts` says whether this was an attempt."""
    values = {"run_at": run_at, "leased_by": None, "leased_until": None, "attempts": job.attempts + int(counts)}
    connection.execute(update(_job).where(_job.c.seq == job.seq).values(**values))


def extend(connection: Connection, numbers: list[int], until: datetime) -> None:
    """The heartbeat of running work."""
    connection.execute(update(_job).where(_job.c.seq.in_(numbers)).values(leased_until=until))


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


def waiting(connection: Connection) -> dict[str, int]:
    """How many jobs of each kind there are, due or not."""
    return {row.kind: row.jobs for row in connection.execute(text("SELECT kind, count(*) AS jobs FROM job GROUP BY kind"))}


def resting(connection: Connection, now: datetime) -> list[str]:
    """The destinations whose circuit is open."""
    rows = connection.execute(text("SELECT destination FROM breaker WHERE open_until > :now ORDER BY 1"), {"now": utc_text(now)})
    return [row.destination for row in rows]
