"""How events leave the audit trail: a cut says what goes, and the triggers of `event` let go of that and nothing else.

A cut can be neither changed nor deleted, and its digest holds that of the cut before and of every event that it takes: who exported events
before can prove the export, and on SQLite, which numbers without gaps, what is neither there nor in a cut is missed (`faults`).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, text

from gateway.states import Thing
from gateway.store.lookup import thing_of_id
from gateway.store.moves import table_of
from gateway.store.schema import Event, EventCut
from gateway.store.schema.base import utc_text
from gateway.store.statement import is_sqlite

__all__ = ["Cut", "cut", "missing_events", "over"]

_event, _cut = Event.table(), EventCut.table()
_CHUNK: Final = 400


@dataclass(frozen=True, slots=True)
class Cut:
    """Events that have had their time, from a page of the trail; `last` is the number of the page's last one, 0 where no more are."""

    numbers: tuple[int, ...]
    last: int


def over(connection: Connection, after: int, before: datetime, limit: int) -> Cut:
    """The events of the page behind a number that are older than a moment and about nothing that is still here.

    The trail is in the order of time, so a page without an old one is the last: what a clock that was ahead has written keeps what
    follows it until then.
    """
    columns = (
        _event.c.at,
        _event.c.seq,
        _event.c.thing_id,
        _event.c.transmission_id,
        _event.c.document_id,
        _event.c.correlation_id,
        _event.c.partner_id,
    )
    rows = connection.execute(select(*columns).where(_event.c.seq > after).order_by(_event.c.seq).limit(limit)).all()
    old = [row for row in rows if row.at < before]
    here = _here(connection, {id_ for row in old for id_ in row[2:] if id_})
    numbers = tuple(row.seq for row in old if here.isdisjoint(row[2:]))
    return Cut(numbers, rows[-1].seq if old and len(rows) == limit else 0)


def _here(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of the ids that still name something."""
    found: set[str] = set()
    by_thing: dict[Thing, list[str]] = {}
    for id_ in ids:
        if (thing := thing_of_id(id_)) is not None:
            by_thing.setdefault(thing, []).append(id_)
    for thing, some in by_thing.items():
        key = table_of(thing).c.id
        for start in range(0, len(some), _CHUNK):
            found |= set(connection.execute(select(key).where(key.in_(some[start : start + _CHUNK]))).scalars())
    return found


def cut(connection: Connection, numbers: tuple[int, ...], before: datetime, now: datetime) -> int:
    """Take these events out, as far as they are older than the moment. Gives how many went."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(numbers), _CHUNK):
        some = select(_event).where(_event.c.seq.in_(numbers[start : start + _CHUNK]), _event.c.at < before).order_by(_event.c.seq)
        rows += [dict(row) for row in connection.execute(some).mappings()]
    if not rows:
        return 0
    last = connection.execute(select(_cut.c.sha256).order_by(_cut.c.seq.desc()).limit(1)).scalar_one_or_none()
    values = {"first_seq": rows[0]["seq"], "last_seq": rows[-1]["seq"], "events": len(rows), "sha256": digest_of(last or "", rows)}
    connection.execute(insert(_cut).values(at=now, before=before, **values))
    for start in range(0, len(rows), _CHUNK):
        connection.execute(delete(_event).where(_event.c.seq.in_([row["seq"] for row in rows[start : start + _CHUNK]])))
    return len(rows)


def digest_of(before: str, rows: Iterable[dict[str, Any]]) -> str:
    """The digest of a cut: of the one before, then of each event as one line of JSON with sorted keys."""
    digest = hashlib.sha256(before.encode())
    for row in rows:
        plain = {name: utc_text(value) if isinstance(value, datetime) else value for name, value in row.items()}
        digest.update(json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def missing_events(connection: Connection) -> int | None:
    """How many events are neither there nor in a cut; None on PostgreSQL, whose numbers have gaps by themselves."""
    if not is_sqlite(connection):
        return None
    given = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'event'")).scalar_one_or_none() or 0
    there = connection.execute(select(func.count()).select_from(_event)).scalar_one()
    taken = connection.execute(select(func.coalesce(func.sum(_cut.c.events), 0))).scalar_one()
    return int(given - there - taken)
