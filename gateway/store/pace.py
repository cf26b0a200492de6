"""How fast a destination may be called, as rows for all workers: the moment of its next delivery, and until when it wants none."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select

from gateway.store.schema import Pace
from gateway.store.schema.base import from_utc_text
from gateway.store.statement import Sql, Statement, insert

__all__ = ["Slots", "pause", "paused_until"]

_pace = Pace.table()
_insert = insert(_pace).values({column.name: bindparam(column.name, type_=column.type) for column in _pace.c})
_excluded = _insert.excluded
_next: Final = Statement(_insert.on_conflict_do_update(index_elements=["destination"], set_={"next_at": _excluded.next_at}))
_pause: Final = Statement(_insert.on_conflict_do_update(index_elements=["destination"], set_={"paused_until": _excluded.paused_until}))
_find: Final = Statement(select(_pace).where(_pace.c.destination == bindparam("of")))
_when: Final = Sql("SELECT destination, next_at FROM pace WHERE next_at IS NOT NULL")


def pause(connection: Connection, destination: str, until: datetime) -> None:
    """Nothing goes there until then: it asked for that (Retry-After), and meant all of us."""
    _pause.send(connection, destination=destination, next_at=None, paused_until=until)


def paused_until(connection: Connection, destination: str) -> datetime | None:
    """Until when it wants nothing; None when it never said so."""
    row = _find.one(connection, of=destination)
    return row["paused_until"] if row is not None else None


class Slots:
    """The moments at which deliveries may begin, given out in the transaction that claims them, so that several workers keep one rate."""

    def __init__(self, connection: Connection, now: datetime, rates: Mapping[str, float], ahead: float) -> None:
        self._connection, self._now, self._rates = connection, now, rates
        self._last = now + timedelta(seconds=ahead)
        self._next: dict[str, datetime] = {}
        self._given: set[str] = set()
        if rates:
            self._next = {name: from_utc_text(at) for name, at in _when.execute(connection) if name in rates}

    def take(self, destination: str) -> datetime | None:
        """The moment of one more; None when that lies too far ahead."""
        rate = self._rates.get(destination)
        if rate is None:
            return self._now
        moment = max(self._now, self._next.get(destination, self._now))
        if moment > self._last:
            return None
        self._next[destination] = moment + timedelta(seconds=1 / rate)
        self._given.add(destination)
        return moment

    def keep(self) -> None:
        """Write what was given out."""
        for name in self._given:
            _next.send(self._connection, destination=name, next_at=self._next[name], paused_until=None)
