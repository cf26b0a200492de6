"""The work list of values that no cross reference names, and the documents that wait for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from gateway.states import DocumentState
from gateway.store.schema import Document, UnknownValue, WaitingDocument
from gateway.store.statement import insert
from maps.crossref import EVERYONE, Direction, Row, Unknown
from maps.crossref.rows import ANYTHING

__all__ = ["Sighting", "listed", "note", "solve", "stop_waiting", "waiting_for"]

_unknown, _waiting, _document = UnknownValue.table(), WaitingDocument.table(), Document.table()
_EXAMPLES: Final = 5
_WHERE: Final = ("partner", "kind", "direction", "value")


@dataclass(frozen=True, slots=True)
class Sighting:
    """The document in which values were seen."""

    partner: str
    document_id: str
    document_type: str
    number: str
    policy: dict[str, str]  #: by kind
    waits: bool  #: whether it is held until they are known


def note(connection: Connection, sighting: Sighting, values: Iterable[Unknown], now: datetime) -> None:
    """Onto the work list. The same value of the same document counts once, however often the document is looked at."""
    waited = _waits_for(connection, sighting.document_id)
    connection.execute(delete(_waiting).where(_waiting.c.document_id == sighting.document_id))
    distinct = {(value.kind.value, value.direction.value, value.value): value for value in values}
    for (kind, direction, value), one in distinct.items():
        key = {"partner": sighting.partner, "kind": kind, "direction": direction, "value": value}
        example = {"documentId": sighting.document_id, "documentType": sighting.document_type, "number": sighting.number, "path": one.path}
        known = connection.execute(select(_unknown).where(*(_unknown.c[name] == key[name] for name in _WHERE))).mappings().first()
        again = tuple(key.values()) in waited
        values_now = {
            "keys": dict(one.keys) or None,
            "also": list(one.also) or None,
            "policy": sighting.policy.get(kind, ""),
            "solved_at": None,
        }
        if known is None:
            first = {"first_seen": now, "last_seen": now, "documents": 1, "examples": [example]}
            connection.execute(insert(_unknown).values(**key, **values_now, **first))
        else:
            others = [other for other in known["examples"] or [] if other["documentId"] != sighting.document_id]
            seen = {} if again else {"last_seen": now, "documents": known["documents"] + 1}
            changed = {**values_now, **seen, "examples": [example, *others][:_EXAMPLES]}
            connection.execute(update(_unknown).where(*(_unknown.c[name] == key[name] for name in _WHERE)).values(**changed))
        if sighting.waits:
            connection.execute(insert(_waiting).values(document_id=sighting.document_id, **key).on_conflict_do_nothing())


def _waits_for(connection: Connection, document_id: str) -> set[tuple[str, ...]]:
    columns = [_waiting.c[name] for name in _WHERE]
    return {tuple(row) for row in connection.execute(select(*columns).where(_waiting.c.document_id == document_id))}


def stop_waiting(connection: Connection, document_id: str) -> None:
    """The document goes on, or a person put it aside."""
    connection.execute(delete(_waiting).where(_waiting.c.document_id == document_id))


def listed(
    connection: Connection, *, partner: str | None = None, kind: str | None = None, solved: bool = False, limit: int = 1000
) -> list[dict[str, Any]]:
    """The work list, what keeps most documents waiting first; each entry with how many wait for it."""
    statement = select(_unknown).where(_unknown.c.solved_at.is_not(None) if solved else _unknown.c.solved_at.is_(None))
    for column, value in (("partner", partner), ("kind", kind)):
        if value is not None:
            statement = statement.where(_unknown.c[column] == value)
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    waiting: dict[tuple[str, ...], int] = {}
    still = select(*(_waiting.c[name] for name in _WHERE)).join(_document, _document.c.id == _waiting.c.document_id)
    for one in connection.execute(still.where(_document.c.state == DocumentState.HELD.value)):
        waiting[tuple(one)] = waiting.get(tuple(one), 0) + 1
    for row in rows:
        row["waiting"] = waiting.get(tuple(row[name] for name in _WHERE), 0)
    return sorted(rows, key=lambda row: (-row["waiting"], -row["documents"], *(row[name] for name in _WHERE)))[:limit]


def solve(connection: Connection, rows: Sequence[Row], days: Sequence[date], now: datetime) -> set[str]:
    """What these rows name on any of these days is off the list. Gives the documents that waited; looking at them again tells the rest."""
    answers: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in rows:
        if any(row.is_valid(day) for day in days):
            for direction in (Direction.IN, Direction.OUT):
                if row.goes(direction):
                    answers.setdefault((row.kind.value, direction.value), set()).update(_found_by(row, direction))
    freed: set[str] = set()
    for entry in connection.execute(select(_unknown).where(_unknown.c.solved_at.is_(None))).mappings():
        named = answers.get((entry["kind"], entry["direction"]), set())
        if not any(
            (partner, value) in named
            for partner in (entry["partner"], EVERYONE)
            for value in (entry["value"], *(entry["also"] or ()), ANYTHING)
        ):
            continue
        here = [_unknown.c[name] == entry[name] for name in _WHERE]
        connection.execute(update(_unknown).where(*here).values(solved_at=now))
        freed |= waiting_for(connection, *(entry[name] for name in _WHERE))
    return freed


def _found_by(row: Row, direction: Direction) -> Iterable[tuple[str, str]]:
    """By what it would answer: partner and value. Of a unit that the partner uses, also when the hub uses it already."""
    yield row.partner, row.looked_up(direction)
    if row.kind.value == "unit":
        yield row.partner, row.theirs


def waiting_for(connection: Connection, partner: str, kind: str, direction: str, value: str) -> set[str]:
    """The documents that wait for one value."""
    key = dict(zip(_WHERE, (partner, kind, direction, value), strict=True))
    found = select(_waiting.c.document_id).where(*(_waiting.c[name] == text for name, text in key.items()))
    return set(connection.execute(found).scalars())
