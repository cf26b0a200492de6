"""Rows for tests that need only a store."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

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


def by_state(connection: Connection) -> dict[Thing, dict[str, int]]:
    """How many things stand in each state, over or not."""
    counted = {}
    for thing in Thing:
        table = table_of(thing)
        rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        counted[thing] = {state: number for state, number in rows}  # noqa: C416 - a row is no pair to mypy
    return counted
