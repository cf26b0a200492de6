"""Rows for tests that need only a store."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from gateway.store.schema import Transmission
from gateway.store.statement import add

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def transmission_row(connection: Connection, id_: str, *, state: str = "OPENED", direction: str = "inbound") -> str:
    row = {"id": id_, "direction": direction, "state": state, "transport": "folder", "correlation_id": id_, "created_at": NOON}
    add(connection, Transmission.table(), row)
    return id_
