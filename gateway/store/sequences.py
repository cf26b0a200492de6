"""How senders count their interchanges: what was left out, what came late, what began anew. Shows lost files; holds nothing by itself."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.store.schema import InboundSequence
from gateway.store.seen import Envelope
from gateway.store.statement import Statement, insert

__all__ = ["RANGES", "Break", "Sequence", "count", "listed", "put"]

_sequence = InboundSequence.table()
_KEY: Final = ("standard", "sender", "receiver", "usage")
_same = tuple(_sequence.c[name] == bindparam(f"of_{name}") for name in _KEY)
_new = {name: bindparam(f"new_{name}", type_=_sequence.c[name].type) for name in ("last", "at")}
_before = bindparam("before", type_=_sequence.c.last.type)
_find = Statement(select(_sequence).where(*_same).with_for_update())
_follow = Statement(update(_sequence).where(*_same, _sequence.c.last == _before).values(**_new))
_insert = insert(_sequence).values({column.name: bindparam(column.name, type_=column.type) for column in _sequence.c})
_put = Statement(
    _insert.on_conflict_do_update(
        index_elements=list(_KEY), set_={name: getattr(_insert.excluded, name) for name in ("partner_id", "last", "missing", "at")}
    )
)
RANGES: Final = 50  #: gaps that are kept of one sender, the newest
_DIGITS: Final = 18  #: a longer number is no sequence


class Break(StrEnum):
    """What was wrong with a number."""

    GAP = "gap"  #: numbers between it and the last are missing
    LATE = "late"  #: it was missing: overtaken by later ones
    RESTARTED = "restarted"  #: it is not above the last, and was not missing


@dataclass(frozen=True, slots=True)
class Sequence:
    """How far one sender has counted."""

    envelope: Envelope  #: of its last interchange
    partner_id: str
    last: int
    at: datetime
    missing: tuple[tuple[int, int], ...] = field(default=())  #: from and to, both missing


def count(connection: Connection, envelope: Envelope, partner_id: str, now: datetime) -> tuple[Break, tuple[int, int]] | None:
    """Count an interchange that was not there before. None where it follows the last, or its number is none; else what is wrong,
    and which numbers it is about.
    """
    if not envelope.control_number.isdecimal() or len(envelope.control_number) > _DIGITS:
        return None
    number = int(envelope.control_number)
    key = {f"of_{name}": getattr(envelope, name) for name in _KEY}
    if _follow.run(connection, **key, before=number - 1, new_last=number, new_at=now):
        return None
    known = _of(connection, envelope)
    if known is None:
        put(connection, Sequence(envelope, partner_id, number, now))
        return None
    if number > known.last:
        gap = (known.last + 1, number - 1)
        put(connection, Sequence(envelope, partner_id, number, now, (*known.missing, gap)[-RANGES:]))
        return Break.GAP, gap
    rest = _without(known.missing, number)
    if rest is not None:
        put(connection, Sequence(envelope, partner_id, known.last, now, rest))
        return Break.LATE, (number, known.last)
    put(connection, Sequence(envelope, partner_id, number, now))
    return Break.RESTARTED, (number, known.last)


def put(connection: Connection, sequence: Sequence) -> None:
    """Say how far a sender has come."""
    envelope = sequence.envelope
    key = {name: getattr(envelope, name) for name in _KEY}
    missing = [list(gap) for gap in sequence.missing] or None
    _put.send(connection, **key, partner_id=sequence.partner_id, last=sequence.last, missing=missing, at=sequence.at)


def listed(connection: Connection, partner_id: str | None = None) -> list[Sequence]:
    """Every sender, or those of a partner."""
    statement = select(_sequence).order_by(*(_sequence.c[name] for name in _KEY))
    if partner_id is not None:
        statement = statement.where(_sequence.c.partner_id == partner_id)
    return [_sequence_of(dict(row)) for row in connection.execute(statement).mappings()]


def _of(connection: Connection, envelope: Envelope) -> Sequence | None:
    row = _find.one(connection, **{f"of_{name}": getattr(envelope, name) for name in _KEY})
    return None if row is None else _sequence_of(row)


def _sequence_of(row: dict[str, object]) -> Sequence:
    envelope = Envelope(str(row["standard"]), str(row["sender"]), str(row["receiver"]), str(row["usage"]), str(row["last"]))
    missing = row["missing"] or []
    assert isinstance(missing, list)
    assert isinstance(row["last"], int)
    assert isinstance(row["at"], datetime)
    return Sequence(envelope, str(row["partner_id"]), row["last"], row["at"], tuple((first, last) for first, last in missing))


def _without(missing: tuple[tuple[int, int], ...], number: int) -> tuple[tuple[int, int], ...] | None:
    """The gaps without a number; None when it is in none."""
    rest: list[tuple[int, int]] = []
    found = False
    for first, last in missing:
        if first <= number <= last:
            found = True
            rest += [gap for gap in ((first, number - 1), (number + 1, last)) if gap[0] <= gap[1]]
        else:
            rest.append((first, last))
    return tuple(rest) if found else None
