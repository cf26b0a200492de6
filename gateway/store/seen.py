"""Interchange control numbers that partners have used: the memory behind the duplicate policy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from gateway.store.schema import SeenInterchange
from gateway.store.statement import Statement, insert

__all__ = ["Envelope", "Seen", "first", "remember"]

_seen = SeenInterchange.table()
_find = Statement(
    select(_seen)
    .where(
        _seen.c.standard == bindparam("of_standard"),
        _seen.c.sender == bindparam("of_sender"),
        _seen.c.receiver == bindparam("of_receiver"),
        _seen.c.usage == bindparam("of_usage"),
        _seen.c.control_number == bindparam("of_number"),
    )
    .with_for_update()
)
_insert = insert(_seen).values({column.name: bindparam(column.name, type_=column.type) for column in _seen.c})
_add = Statement(_insert.on_conflict_do_nothing())
_put = Statement(
    _insert.on_conflict_do_update(
        index_elements=["standard", "sender", "receiver", "usage", "control_number"],
        set_={name: getattr(_insert.excluded, name) for name in ("sha256", "transmission_id", "seen_at")},
    )
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What names an interchange among all."""

    standard: str
    sender: str
    receiver: str
    usage: str
    control_number: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The interchange that used a number first."""

    sha256: str
    transmission_id: str
    seen_at: datetime


def first(connection: Connection, envelope: Envelope, sha256: str, transmission_id: str, now: datetime) -> Seen | None:
    """Who used this number before, locked until the transaction ends. None: nobody; now it is used by this interchange."""
    if _add.run(connection, **_row(envelope, sha256, transmission_id, now)):
        return None
    row = _find.one(
        connection,
        of_standard=envelope.standard,
        of_sender=envelope.sender,
        of_receiver=envelope.receiver,
        of_usage=envelope.usage,
        of_number=envelope.control_number,
    )
    if row is None:  # forgotten by retention in this moment
        remember(connection, envelope, sha256, transmission_id, now)
        return None
    return Seen(row["sha256"], row["transmission_id"], row["seen_at"])


def remember(connection: Connection, envelope: Envelope, sha256: str, transmission_id: str, now: datetime) -> None:
    """This number is used by this interchange from now on; the one that used it before is forgotten."""
    _put.run(connection, **_row(envelope, sha256, transmission_id, now))


def _row(envelope: Envelope, sha256: str, transmission_id: str, now: datetime) -> dict[str, Any]:
    return {
        "standard": envelope.standard,
        "sender": envelope.sender,
        "receiver": envelope.receiver,
        "usage": envelope.usage,
        "control_number": envelope.control_number,
        "sha256": sha256,
        "transmission_id": transmission_id,
        "seen_at": now,
    }
