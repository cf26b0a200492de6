"""The circuit of each destination, as rows, so that a restart and a second node see the same."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Integer, bindparam, delete, select, update

from gateway.errors import Cause
from gateway.store.jobs import is_drained, wake_destination
from gateway.store.schema import Breaker
from gateway.store.statement import Statement, insert

__all__ = ["answered", "failed"]

_breaker = Breaker.table()
_of = _breaker.c.destination == bindparam("of")
_forget = Statement(delete(_breaker).where(_of))
_find = Statement(select(_breaker).where(_of))
_drain = Statement(update(_breaker).where(_of).values(failures=0, open_until=None, cause=None, drain_to=bindparam("number", type_=Integer)))
_insert = insert(_breaker).values(
    {name: bindparam(name, type_=_breaker.c[name].type) for name in ("destination", "failures", "open_until", "cause")}
)
_put = Statement(
    _insert.on_conflict_do_update(
        index_elements=["destination"],
        set_={name: getattr(_insert.excluded, name) for name in ("failures", "open_until", "cause")},
    )
)


def answered(connection: Connection, destination: str, now: datetime) -> None:
    """The destination took something. After an outage what waited for it is due, and goes singly in its old order until that is done."""
    row = _find.one(connection, of=destination)
    if row is None:
        return
    if row["open_until"] is not None:
        _drain.run(connection, of=destination, number=wake_destination(connection, destination, now))
    elif row["drain_to"] is None or is_drained(connection, destination, row["drain_to"], now):
        _forget.run(connection, of=destination)


def failed(connection: Connection, destination: str, cause: Cause, now: datetime, *, after: int, pause: float) -> bool:
    """One more failure in a row; from `after` of them on nothing is tried for `pause` seconds. True when the circuit was open before."""
    row = _find.one(connection, of=destination)
    failures = (row["failures"] if row else 0) + 1
    until = now + timedelta(seconds=pause) if failures >= after else None
    _put.run(connection, destination=destination, failures=failures, open_until=until, cause=cause.value)
    return row is not None and row["open_until"] is not None
