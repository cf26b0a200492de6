"""What is mended when the clock went back: moments that a clock which was ahead has written would be waited for."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from gateway.store.schema import Breaker, Job, Pace

__all__ = ["TOLERATED", "pull_in"]

TOLERATED = timedelta(seconds=5)  #: by which clocks of several machines may differ, and one may be corrected
_job, _breaker, _pace = Job.table(), Breaker.table(), Pace.table()


def pull_in(connection: Connection, now: datetime, by: timedelta) -> int:
    """Everything that work waits for comes nearer by as much as the clock went back; what is not due yet may so be tried too early,
    which does no harm. Gives how many jobs it touched.
    """
    touched = 0
    for row in connection.execute(select(_job.c.seq, _job.c.run_at, _job.c.leased_until)).all():
        moved = {name: max(now, at - by) for name, at in (("run_at", row.run_at), ("leased_until", row.leased_until)) if at and at > now}
        if moved:
            connection.execute(update(_job).where(_job.c.seq == row.seq).values(**moved))
            touched += 1
    for breaker in connection.execute(select(_breaker.c.destination, _breaker.c.open_until).where(_breaker.c.open_until > now)).all():
        nearer = update(_breaker).where(_breaker.c.destination == breaker.destination)
        connection.execute(nearer.values(open_until=max(now, breaker.open_until - by)))
    for pace in connection.execute(select(_pace)).mappings().all():
        moved = {name: max(now, pace[name] - by) for name in ("next_at", "paused_until") if pace[name] and pace[name] > now}
        if moved:
            connection.execute(update(_pace).where(_pace.c.destination == pace["destination"]).values(**moved))
    return touched
