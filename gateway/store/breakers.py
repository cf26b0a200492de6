"""The circuit of each destination, as rows, so that a restart and a second node see the same.

A destination without a row is healthy: its last calls all succeeded. A row begins with a failure and remembers the last calls; it goes
when they are good again and what waited has been worked off.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select

from gateway.errors import Cause
from gateway.store.jobs import is_drained, wake_destination
from gateway.store.schema import Breaker
from gateway.store.statement import Statement, insert

__all__ = ["Change", "Limits", "Phase", "answered", "at_once", "circuits", "close", "failed", "find", "open_", "phase_of"]

_breaker = Breaker.table()
_of = _breaker.c.destination == bindparam("of")
_forget = Statement(delete(_breaker).where(_of))
_find = Statement(select(_breaker).where(_of))
_lock = Statement(select(_breaker).where(_of).with_for_update())
_all = Statement(select(_breaker).order_by(_breaker.c.destination))
_insert = insert(_breaker).values({column.name: bindparam(column.name, type_=column.type) for column in _breaker.c})
_put = Statement(
    _insert.on_conflict_do_update(
        index_elements=["destination"],
        set_={column.name: getattr(_insert.excluded, column.name) for column in _breaker.c if not column.primary_key},
    )
)
_FAILED, _WENT = "1", "0"
_WIDEST: Final = 1 << 20
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)  #: until when a circuit is open that a person opened
Row = dict[str, Any]


class Phase(StrEnum):
    """How a destination stands."""

    CLOSED = "closed"  #: it takes what it gets; some calls may have failed
    OPEN = "open"  #: nothing is tried
    TRYING = "trying"  #: half open: one delivery tries it
    CATCHING_UP = "catching-up"  #: back again; what waited goes, more and more at once


@dataclass(frozen=True, slots=True)
class Limits:
    """When a circuit opens, and how it comes back."""

    failures: int = 5  #: in a row
    calls: int = 20  #: the last so many calls ...
    share: float = 0.5  #: ... of which this share failed
    pause: float = 60.0  #: seconds until it is tried
    ramp: int = 8  #: successes until twice as many go at once


@dataclass(frozen=True, slots=True)
class Change:
    """What a call did to a circuit."""

    was_open: bool = False  #: it was open or being tried before
    opened: bool = False
    closed: bool = False
    row: Row | None = None


def phase_of(row: Row, now: datetime) -> Phase:
    """The phase that a row says."""
    if row["open_until"] is not None:
        return Phase.OPEN if row["open_until"] > now else Phase.TRYING
    return Phase.CATCHING_UP if row["drain_to"] is not None else Phase.CLOSED


def at_once(row: Row, ramp: int) -> int:
    """How many deliveries may be under way to a destination that has this row: one while it is tried, then 1, 2, 4 …"""
    if row["open_until"] is not None:
        return 1
    return min(_WIDEST, 1 << min(20, row["won"] // ramp)) if row["drain_to"] is not None else _WIDEST


def find(connection: Connection, destination: str) -> Row | None:
    """The row of a destination; None when it is healthy."""
    return _find.one(connection, of=destination)


def circuits(connection: Connection) -> list[Row]:
    """Every destination that failed lately."""
    return _all.rows(connection)


def answered(connection: Connection, destination: str, now: datetime, limits: Limits = Limits()) -> Change:
    """The destination took something. After an outage what waited for it is due, and goes in its order, few at once at first."""
    row = _lock.one(connection, of=destination)
    if row is None or row["by_hand"] is not None:
        return Change(row=row)
    if row["open_until"] is not None:
        last = wake_destination(connection, destination, now)
        back = {"failures": 0, "open_until": None, "cause": None, "recent": "", "won": 1, "back_at": now, "drain_to": last}
        row |= back
        _put.send(connection, **row)
        return Change(was_open=True, closed=True, row=row)
    row |= {"failures": 0, "recent": (row["recent"] + _WENT)[-limits.calls :], "won": row["won"] + 1}
    if row["drain_to"] is not None and is_drained(connection, destination, row["drain_to"], now):
        row |= {"drain_to": None, "back_at": None, "opened_at": None}
    if row["drain_to"] is None and _FAILED not in row["recent"]:
        _forget.send(connection, of=destination)
        return Change()
    _put.send(connection, **row)
    return Change(row=row)


def failed(connection: Connection, destination: str, cause: Cause, now: datetime, limits: Limits = Limits()) -> Change:
    """One more failure: opens the circuit when there are too many in a row, or among the last calls, or while it comes back."""
    row = _lock.one(connection, of=destination) or _new(destination)
    if row["by_hand"] is not None:
        return Change(was_open=True, row=row)
    was_open, is_fragile = row["open_until"] is not None, row["drain_to"] is not None and at_once(row, limits.ramp) == 1
    recent = (row["recent"] + _FAILED)[-limits.calls :]
    row |= {"failures": row["failures"] + 1, "recent": recent, "cause": cause.value, "won": row["won"] // 2}
    too_many = row["failures"] >= limits.failures or recent.count(_FAILED) >= limits.share * limits.calls
    opened = not was_open and (too_many or is_fragile)
    if was_open or opened:
        row |= {"open_until": now + timedelta(seconds=limits.pause), "drain_to": None, "back_at": None}
    if opened:
        row["opened_at"] = now
    _put.send(connection, **row)
    return Change(was_open=was_open, opened=opened, row=row)


def open_(connection: Connection, destination: str, reason: str, now: datetime) -> None:
    """A person says that nothing shall go there, until a person says otherwise."""
    row = _lock.one(connection, of=destination) or _new(destination)
    row |= {"open_until": NEVER, "by_hand": reason, "drain_to": None, "back_at": None, "opened_at": row["opened_at"] or now}
    _put.send(connection, **row)


def close(connection: Connection, destination: str, now: datetime) -> bool:
    """A person says that it answers again: as if it had taken something. False when its circuit was not open."""
    row = _lock.one(connection, of=destination)
    if row is None or row["open_until"] is None:
        return False
    _put.send(connection, **(row | {"by_hand": None, "open_until": now}))
    answered(connection, destination, now)
    return True


def _new(destination: str) -> Row:
    nothing: Row = dict.fromkeys(column.name for column in _breaker.c)
    return nothing | {"destination": destination, "failures": 0, "recent": "", "won": 0}
