"""What was done under a key: idempotency keys of clients, business numbers of partners."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, select

from gateway.store.schema import BusinessKey, Document, DocumentReference, IdempotencyKey
from gateway.store.statement import Statement, add, insert

__all__ = [
    "Business",
    "KnownKey",
    "begin_business",
    "business",
    "document_summary",
    "find",
    "forget",
    "numbers_of",
    "refer",
    "remember",
    "take_business",
    "used",
]

_key, _business, _reference, _document = IdempotencyKey.table(), BusinessKey.table(), DocumentReference.table(), Document.table()
_find = Statement(select(_key.c.body_sha256, _key.c.document_id).where(_key.c.client == bindparam("of"), _key.c.key == bindparam("named")))
_forget = Statement(delete(_key).where(_key.c.created_at < bindparam("before", type_=_key.c.created_at.type)))
_numbers = Statement(select(_reference.c.kind, _reference.c.value).where(_reference.c.document_id == bindparam("of")))
_direction = Statement(select(_document.c.direction, _document.c.created_at).where(_document.c.id == bindparam("of")))
_summary = select(
    _document.c.id, _document.c.document_type, _document.c.state, _document.c.correlation_id, _document.c.partner_id, _document.c.cause
).where(_document.c.id == bindparam("named"))
_with_number = select(_business).where(
    _business.c.own == bindparam("of"),
    _business.c.kind == bindparam("named_kind"),
    _business.c.usage == bindparam("used"),
    _business.c.key == bindparam("named"),
)
#: whoever uses it
_same_number = Statement(_with_number)
_same_number_with = Statement(_with_number.where(_business.c.partner_id == bindparam("by")))
_new = {column.name: bindparam(column.name, type_=column.type) for column in _business.c}
_same = (_business.c[name] == _new[name] for name in ("own", "kind", "usage", "partner_id", "key"))
_unused = select(*_new.values()).where(~exists().where(*_same))
_begin = Statement(insert(_business).from_select(list(_new), _unused).on_conflict_do_nothing())


class KnownKey(NamedTuple):
    """An idempotency key that was used."""

    body_sha256: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Business:
    """Who uses a business number, and for what."""

    partner_id: str
    generation: int
    id: str
    document_id: str
    content_sha256: str
    correlation_id: str


def find(connection: Connection, client: str, key: str) -> KnownKey | None:
    """What a client submitted under this key."""
    row = _find.one(connection, of=client, named=key)
    return None if row is None else KnownKey(**row)


def remember(connection: Connection, client: str, key: str, body_sha256: str, document_id: str, now: datetime) -> None:
    """This key now stands for this document."""
    add(connection, _key, {"client": client, "key": key, "body_sha256": body_sha256, "document_id": document_id, "created_at": now})


def forget(connection: Connection, before: datetime) -> int:
    """Keys of long ago are free again. Gives how many."""
    return _forget.run(connection, before=before)


def document_summary(connection: Connection, document_id: str) -> Any:
    """Id, type, state, correlation, partner and cause of a document."""
    return connection.execute(_summary, {"named": document_id}).one()


def business(connection: Connection, own: str, kind: str, key: str, usage: str, *, partner: str | None = None) -> list[Business]:
    """Everyone who uses a number for this kind of document, or one partner alone, the newest generation first."""
    asked = {"of": own, "named_kind": kind, "named": key, "used": usage}
    rows = _same_number.rows(connection, **asked) if partner is None else _same_number_with.rows(connection, **asked, by=partner)
    found = [Business(**{name: row[name] for name in Business.__slots__}) for row in rows]
    return sorted(found, key=lambda b: -b.generation)


def used(
    connection: Connection, own: str, kind: str, key: str, usage: str, *, partner: str, direction: str, since: datetime | None = None
) -> tuple[list[Business], int]:
    """What a number stands for between us and a partner in one direction, the newest first, and the next free generation of it: a partner
    that buys and sells numbers its invoices as we number ours. What was
    used before `since` is forgotten.
    """
    between = business(connection, own, kind, key, usage, partner=partner)
    ways = [_direction.one(connection, of=one.document_id) for one in between]

    def counts(way: dict[str, Any] | None) -> bool:
        if way is None:  # its document is gone, so it is older than anything that is looked back to
            return since is None
        return bool(way["direction"] == direction) and (since is None or way["created_at"] >= since)

    return [one for one, way in zip(between, ways, strict=True) if counts(way)], len(between)


def begin_business(connection: Connection, own: str, kind: str, key: str, usage: str, value: Business) -> bool:
    """Register a number that is not used between us and the partner at all. False, and nothing is done, where it is."""
    return _begin.run(connection, **_row(own, kind, key, usage, value)) == 1


def take_business(connection: Connection, own: str, kind: str, key: str, usage: str, value: Business) -> None:
    """Register a number. Raises the driver's IntegrityError when this generation of it is taken."""
    add(connection, _business, _row(own, kind, key, usage, value))


def _row(own: str, kind: str, key: str, usage: str, value: Business) -> dict[str, Any]:
    return {
        "own": own,
        "kind": kind,
        "usage": usage,
        "partner_id": value.partner_id,
        "key": key,
        "generation": value.generation,
        "id": value.id,
        "document_id": value.document_id,
        "content_sha256": value.content_sha256,
        "correlation_id": value.correlation_id,
    }


def refer(connection: Connection, numbers: Mapping[str, Mapping[str, set[str]]]) -> None:
    """Make documents and sets, by their ids, findable by these numbers, by kind."""
    rows = [
        {"document_id": id_, "kind": kind, "value": value}
        for id_, of_it in numbers.items()
        for kind, values in of_it.items()
        for value in sorted(values)
    ]
    add(connection, _reference, *rows, ignore=True)


def numbers_of(connection: Connection, document_id: str) -> dict[str, set[str]]:
    """The numbers by which a document is found, by kind."""
    numbers: dict[str, set[str]] = {}
    for row in _numbers.rows(connection, of=document_id):
        numbers.setdefault(row["kind"], set()).add(row["value"])
    return numbers
