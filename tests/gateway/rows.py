"""Rows for tests that need only a store."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from gateway.states import Thing
from gateway.store.moves import table_of
from gateway.store.schema import Transmission
from gateway.store.schema.base import Utc
from gateway.store.statement import add

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def transmission_row(connection: Connection, id_: str, *, state: str = "OPENED", direction: str = "inbound") -> str:
    row = {"id": id_, "direction": direction, "state": state, "transport": "folder", "correlation_id": id_, "created_at": NOON}
    add(connection, Transmission.table(), row)
    return id_


def thing_row(connection: Connection, thing: Thing, id_: str, state: str) -> str:
    """One thing of any kind in a state; every other column that must be there has something in it."""
    table = table_of(thing)
    values: dict[str, Any] = {}
    for column in table.c:
        if not column.nullable and column.default is None:
            values[column.name] = NOON if isinstance(column.type, Utc) else 0 if column.type.python_type is int else ""
    add(connection, table, values | {"id": id_, "state": state})
    return id_
