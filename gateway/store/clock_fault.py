"""What is mended when the clock went back: moments that a clock which was ahead has written would be waited for."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from gateway.store.schema import Breaker, Job, Pace

__all__ = ["TOLERATED", "ahead_of_jobs", "pull_in", "shorten_leases"]

TOLERATED = timedelta(seconds=5)  #: by which clocks of several machines may differ, and one may be corrected
_LOOK = 10_000  #: jobs, the last ones; all would take too long where a million waits
_job, _breaker, _pace = Job.table(), Breaker.table(), Pace.table()


def ahead_of_jobs(connection: Connection, now: datetime) -> timedelta:
    """By how much the newest job was queued later than now: by a clock that was ahead, of a node that died before its heart beat again."""
    last = select(_job.c.created_at).order_by(_job.c.seq.desc()).limit(_LOOK).subquery()
    newest: datetime | None = connection.execute(select(func.max(last.c.created_at))).scalar_one_or_none()
    return max(timedelta(0), newest - now) if newest is not None else timedelta(0)


def shorten_leases(connection: Connection, now: datetime, lease: timedelta) -> int:
    """Leases that no clock that is right can have given end after one lease; who lives keeps them. Gives how many."""
    impossible = _job.c.leased_until > now + 2 * lease + TOLERATED
    return connection.execute(update(_job).where(impossible).values(leased_until=now + lease)).rowcount


def pull_in(connection: Connection, now: datetime, by: timedelta) -> int:
    """Everything that work waits for comes nearer by as much as the clock went back; what is not due yet may so be tried too early,
    which does no harm. Gives how many jobs it touched.
    """
    touched = 0
    for row in connection.execute(select(_job.c.seq, _job.c.run_at, _job.c.leased_until, _job.c.created_at)).mappings().all():
        moved = {name: max(now, row[name] - by) for name in ("run_at", "leased_until", "created_at") if row[name] and row[name] > now}
        if moved:
            connection.execute(update(_job).where(_job.c.seq == row["seq"]).values(**moved))
            touched += 1
    for breaker in connection.execute(select(_breaker.c.destination, _breaker.c.open_until).where(_breaker.c.open_until > now)).all():
        nearer = update(_breaker).where(_breaker.c.destination == breaker.destination)
        connection.execute(nearer.values(open_until=max(now, breaker.open_until - by)))
    for pace in connection.execute(select(_pace)).mappings().all():
        moved = {name: max(now, pace[name] - by) for name in ("next_at", "paused_until") if pace[name] and pace[name] > now}
        if moved:
            connection.execute(update(_pace).where(_pace.c.destination == pace["destination"]).values(**moved))
    return touched
