"""Writing new rows of the five things, and the numbers and feed entries that go with them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, insert

__all__ = ["add"]


@cache
def _statement(table: Table) -> Insert:
    return insert(table)


def add(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert rows of one table; all of them name the same columns."""
    if rows:
        parameters: Sequence[Mapping[str, Any]] = rows
        connection.execute(_statement(table), parameters)
