"""What was done under a key: idempotency keys of clients, business numbers of partners."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from gateway.store.schema import BusinessKey, Document, DocumentReference, IdempotencyKey
from gateway.store.statement import Statement, add

__all__ = [
    "Business",
    "KnownKey",
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
_same_number = Statement(
    select(_business).where(
        _business.c.own == bindparam("of"),
        _business.c.kind == bindparam("named_kind"),
        _business.c.usage == bindparam("used"),
        _business.c.key == bindparam("named"),
    )
)


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


def business(connection: Connection, own: str, kind: str, key: str, usage: str) -> list[Business]:
    """Everyone who uses a number for this kind of document, the newest generation first."""
    rows = _same_number.rows(connection, of=own, named_kind=kind, named=key, used=usage)
    found = [Business(**{name: row[name] for name in Business.__slots__}) for row in rows]
    return sorted(found, key=lambda b: -b.generation)


def used(
    connection: Connection, own: str, kind: str, key: str, usage: str, *, partner: str, direction: str, since: datetime | None = None
) -> tuple[list[Business], int]:
    """What a number stands for between us and a partner in one direction, the newest first, and the next free generation of it: a partner
    that buys and sells numbers its invoices as we number ours. What was
    used before `since` is forgotten.
    """
    between = [one for one in business(connection, own, kind, key, usage) if one.partner_id == partner]
    ways = [_direction.one(connection, of=one.document_id) for one in between]

    def counts(way: dict[str, Any] | None) -> bool:
        if way is None:  # its document is gone, so it is older than anything that is looked back to
            return since is None
        return bool(way["direction"] == direction) and (since is None or way["created_at"] >= since)

    return [one for one, way in zip(between, ways, strict=True) if counts(way)], len(between)


def take_business(connection: Connection, own: str, kind: str, key: str, usage: str, value: Business) -> None:
    """Register a number. Raises the driver's IntegrityError when this generation of it is taken."""
    add(
        connection,
        _business,
        {
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
        },
    )


def refer(connection: Connection, document_id: str, numbers: dict[str, set[str]]) -> None:
    """Make a document findable by these numbers, by kind."""
    rows = [{"document_id": document_id, "kind": kind, "value": value} for kind, values in numbers.items() for value in sorted(values)]
    add(connection, _reference, *rows, ignore=True)


def numbers_of(connection: Connection, document_id: str) -> dict[str, set[str]]:
    """The numbers by which a document is found, by kind."""
    numbers: dict[str, set[str]] = {}
    for row in _numbers.rows(connection, of=document_id):
        numbers.setdefault(row["kind"], set()).add(row["value"])
    return numbers
