"""Control numbers: taken in the one transaction that stores the bytes which carry them, so that none is burned and none is used twice.

Taking is one UPDATE, which locks the row until the transaction ends: of several processes on one database each gets its own number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.store.schema import ControlNumber, ControlNumberChange
from gateway.store.statement import Statement, add

__all__ = ["Change", "Counter", "NumbersExhaustedError", "Rules", "begin_later", "changes", "counters", "find", "jump", "put", "take"]

_number, _change = ControlNumber.table(), ControlNumberChange.table()
_same = (_number.c.scope == bindparam("of")) & (_number.c.kind == bindparam("named")) & (_number.c.usage == bindparam("used"))
_count = bindparam("count", type_=_number.c.last.type)
_next = Statement(
    update(_number)
    .where(_same, _number.c.last >= bindparam("lowest", type_=_number.c.last.type), _number.c.last + _count <= bindparam("highest"))
    .values(last=_number.c.last + _count)
    .returning(_number.c.last)
)
_find = Statement(select(_number.c.last).where(_same).with_for_update())
_put = Statement(
    update(_number)
    .where(_same)
    .values(last=bindparam("new_last", type_=_number.c.last.type), note=bindparam("new_note", type_=_number.c.note.type))
)
_HIGHEST: Final = 999_999_999
_LATER: Final = {"scope": "*", "kind": "restored", "usage": "any"}  #: how many numbers a sequence that is begun now leaves out


class NumbersExhaustedError(Exception):
    """The highest number is given out, and the agreement wants a person to say the next."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is agreed of one sequence."""

    lowest: int = 1
    highest: int = _HIGHEST
    start: int = 1
    restarts: bool = True  #: at the lowest, after the highest


@dataclass(frozen=True, slots=True)
class Counter:
    """How far one sequence has come."""

    scope: str
    kind: str
    usage: str
    last: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A sequence that did not just count on."""

    before: int | None
    last: int
    reason: str
    actor: str
    at: datetime


def take(connection: Connection, scope: str, kind: str, usage: str, rules: Rules, count: int = 1) -> int:
    """Take so many numbers in a row, at least one, and give the first of them. Raises NumbersExhaustedError.

    Where fewer are left before the end than are asked for, these are left out.
    """
    key = {"of": scope, "named": kind, "used": usage}
    ask = {**key, "count": count, "lowest": rules.lowest - 1, "highest": rules.highest}
    taken = _next.value(connection, **ask)
    if taken is None:
        later = _find.value(connection, of=_LATER["scope"], named=_LATER["kind"], used=_LATER["usage"]) or 0
        row = {"scope": scope, "kind": kind, "usage": usage, "last": rules.start - 1 + int(later)}
        add(connection, _number, row, ignore=True)
        taken = _next.value(connection, **ask)
    if taken is not None:
        return int(taken) - count + 1
    last = int(_find.value(connection, **key))
    if last >= rules.lowest and not rules.restarts:
        raise NumbersExhaustedError(f"{kind} numbers of {scope} have come to {rules.highest}")
    first = rules.lowest + max(0, last - rules.highest)  # a jump over the end lands as far behind the beginning
    _put.send(connection, **key, new_last=first + count - 1, new_note=None)
    return first


def find(connection: Connection, scope: str, kind: str, usage: str) -> int | None:
    """The last number given out, locked until the transaction ends; None before the first."""
    last = _find.value(connection, of=scope, named=kind, used=usage)
    return None if last is None else int(last)


def put(connection: Connection, new_id: Callable[[str], str], counter: Counter, before: int | None, actor: str, now: datetime) -> None:
    """Say by hand which number was the last; `note` is the reason. `before` is what `find` gave."""
    row = {"scope": counter.scope, "kind": counter.kind, "usage": counter.usage, "last": counter.last, "note": counter.note}
    add(connection, _number, row, ignore=True)
    _put.send(connection, of=counter.scope, named=counter.kind, used=counter.usage, new_last=counter.last, new_note=counter.note)
    _changed(connection, new_id, counter, before, actor, now)


def jump(
    connection: Connection, new_id: Callable[[str], str], margin: int, reason: str, now: datetime, *, actor: str = "gateway"
) -> list[Counter]:
    """Leave out so many numbers of every sequence: after a restore, those that were given out since the backup. Gives where they stand."""
    moved = []
    for counter in counters(connection, locked=True):
        there = Counter(counter.scope, counter.kind, counter.usage, counter.last + margin, reason)
        put(connection, new_id, there, counter.last, actor, now)
        moved.append(there)
    return moved


def begin_later(connection: Connection, margin: int, reason: str) -> None:
    """Sequences that are begun from now on leave so many numbers out at first: they may have been begun before, in what was lost."""
    before = _find.value(connection, of=_LATER["scope"], named=_LATER["kind"], used=_LATER["usage"]) or 0
    add(connection, _number, {**_LATER, "last": 0}, ignore=True)
    last = int(before) + margin
    _put.send(connection, of=_LATER["scope"], named=_LATER["kind"], used=_LATER["usage"], new_last=last, new_note=reason)


def counters(connection: Connection, *, locked: bool = False) -> list[Counter]:
    """Every sequence, in order."""
    statement = select(_number).where(_number.c.scope != _LATER["scope"]).order_by(_number.c.scope, _number.c.kind, _number.c.usage)
    rows = connection.execute(statement.with_for_update() if locked else statement).mappings()
    return [Counter(row["scope"], row["kind"], row["usage"], row["last"], row["note"]) for row in rows]


def changes(connection: Connection, scope: str, kind: str, usage: str, limit: int = 100) -> list[Change]:
    """When and why a sequence did not just count on, the newest first."""
    same: tuple[Any, ...] = (_change.c.scope == scope, _change.c.kind == kind, _change.c.usage == usage)
    rows = connection.execute(select(_change).where(*same).order_by(_change.c.id.desc()).limit(limit)).mappings()
    return [Change(row["before"], row["last"], row["reason"], row["actor"], row["at"]) for row in rows]


def _changed(connection: Connection, new_id: Callable[[str], str], counter: Counter, before: int | None, actor: str, now: datetime) -> None:
    row = {"scope": counter.scope, "kind": counter.kind, "usage": counter.usage, "last": counter.last, "reason": counter.note or ""}
    add(connection, _change, {"id": new_id("ncc"), **row, "before": before, "actor": actor, "at": now})
