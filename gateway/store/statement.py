"""The hot path: a SQLAlchemy Core statement compiled once, then run straight on the driver's connection.

What Core does for each execution (cache keys, contexts, result objects) costs four times what SQLite does for the statement itself.
The statement stays Core, so names and types come from the schema; only its execution is short.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from sqlite3 import Connection as SqliteConnection
from typing import Any, Final, cast

from sqlalchemy import Column, Connection, Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

__all__ = ["Rows", "Statement", "add", "driver"]

_DIALECT: Final = sqlite.dialect(paramstyle="named")
Rows = list[dict[str, Any]]
_Convert = Callable[[Any], Any] | None


def driver(connection: Connection) -> SqliteConnection:
    """The driver's connection under a connection of the engine; it is in the same transaction."""
    return cast("SqliteConnection", connection.connection.dbapi_connection)


class Statement:
    """One statement. Parameters are named by its `bindparam`s; lists cannot be parameters, since they would change the text."""

    def __init__(self, statement: "Select[Any] | Insert | Update | Delete") -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        processors = ((name, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for name, bind in compiled.binds.items())
        self._converts = [(name, convert) for name, convert in processors if convert is not None]
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._columns: list[tuple[str, _Convert]] = [
            (column.key or "", column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)) for column in columns
        ]

    def run(self, connection: Connection, **parameters: Any) -> int:
        """Execute; gives how many rows it touched."""
        return driver(connection).execute(self.sql, self._converted(parameters)).rowcount

    def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute once per row."""
        driver(connection).executemany(self.sql, [self._converted(row) for row in rows])

    def rows(self, connection: Connection, **parameters: Any) -> Rows:
        """Every row found."""
        found = driver(connection).execute(self.sql, self._converted(parameters)).fetchall()
        return [self._row(values) for values in found]

    def one(self, connection: Connection, **parameters: Any) -> dict[str, Any] | None:
        """The first row found; None when there is none."""
        values = driver(connection).execute(self.sql, self._converted(parameters)).fetchone()
        return None if values is None else self._row(values)

    def value(self, connection: Connection, **parameters: Any) -> Any:
        """The first column of the first row; None when there is none."""
        values = driver(connection).execute(self.sql, self._converted(parameters)).fetchone()
        return None if values is None else values[0]

    def _converted(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        given = {**self._constants, **parameters}
        for name, convert in self._converts:
            if given[name] is not None:
                given[name] = convert(given[name])
        return given

    def _row(self, values: Sequence[Any]) -> dict[str, Any]:
        return {
            name: convert(value) if convert is not None and value is not None else value
            for (name, convert), value in zip(self._columns, values, strict=True)
        }


class _Adding:
    """Inserts whole rows of one table; what a row does not name has the default of the schema, or is NULL."""

    def __init__(self, table: Table, *, ignore: bool) -> None:
        numbered = set(table.primary_key.columns) if table.dialect_options["sqlite"]["autoincrement"] else set()
        self._columns = {c.name: _default(c) for c in table.c if c not in numbered}
        statement = insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in self._columns})
        self._statement = Statement(statement.on_conflict_do_nothing() if ignore else statement)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        defaults = self._columns
        for row in rows:
            if not row.keys() <= defaults.keys():
                raise KeyError(f"no such column: {sorted(row.keys() - defaults.keys())}")
        if len(rows) == 1:
            self._statement.run(connection, **{**defaults, **rows[0]})
        else:
            self._statement.run_many(connection, [{**defaults, **row} for row in rows])


def _default(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


@cache
def _adding(table: Table, ignore: bool) -> _Adding:  # noqa: FBT001 - a key of the cache
    return _Adding(table, ignore=ignore)


def add(connection: Connection, table: Table, *rows: Mapping[str, Any], ignore: bool = False) -> None:
    """Insert rows of one table. With `ignore`, those whose key is there already are left out. Raises sqlite3.IntegrityError."""
    if rows:
        _adding(table, ignore).run(connection, rows)
