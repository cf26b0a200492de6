"""The circuit of each destination, as rows, so that a restart and a second node see the same."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gateway.errors import Cause
from gateway.store.jobs import wake_destination
from gateway.store.schema import Breaker

__all__ = ["answered", "failed"]

_breaker = Breaker.table()
_forget = delete(_breaker).where(_breaker.c.destination == bindparam("of"))
_failures = select(_breaker.c.failures).where(_breaker.c.destination == bindparam("of"))
_insert = upsert(_breaker)
_put = _insert.on_conflict_do_update(
    index_elements=["destination"],
    set_={name: getattr(_insert.excluded, name) for name in ("failures", "open_until", "cause")},
)


def answered(connection: Connection, destination: str, now: datetime) -> bool:
    """The destination took something: its circuit closes, and what waited for it is due. True when it had failed before."""
    if connection.execute(_forget, {"of": destination}).rowcount == 0:
        return False
    wake_destination(connection, destination, now)
    return True


def failed(connection: Connection, destination: str, cause: Cause, now: datetime, *, after: int, pause: float) -> bool:
    """One more failure in a row; from `after` of them on nothing is tried for `pause` seconds. True when the circuit opens now."""
    failures = (connection.execute(_failures, {"of": destination}).scalar_one_or_none() or 0) + 1
    opens = failures >= after
    until = now + timedelta(seconds=pause) if opens else None
    connection.execute(_put, {"destination": destination, "failures": failures, "open_until": until, "cause": cause.value})
    return opens
