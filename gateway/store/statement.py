"""The hot path: a SQLAlchemy Core statement compiled once, then run straight on the driver's connection.

What Core does for each execution (cache keys, contexts, result objects) costs four times what SQLite does for the statement itself.
The statement stays Core, so names and types come from the schema; only its execution is short.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol, cast

from sqlalchemy import Column, Connection, Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault

__all__ = ["Cursor", "Rows", "Sql", "Statement", "add", "driver", "insert", "is_sqlite"]

_SQLITE: Final = sqlite.dialect(paramstyle="named")
_NAMED: Final = re.compile(r"(?<![:\w]):([a-z_]\w*)")
Rows = list[dict[str, Any]]
_Convert = Callable[[Any], Any] | None


class Cursor(Protocol):
    """What both drivers give back for a statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class _Driver(Protocol):
    """What the connections of both drivers can do."""

    def execute(self, sql: str, parameters: Mapping[str, Any] = ..., /) -> Cursor: ...
    def cursor(self) -> Any: ...


def driver(connection: Connection) -> _Driver:
    """The driver's connection under a connection of the engine; it is in the same transaction."""
    return cast("_Driver", connection.connection.dbapi_connection)


def is_sqlite(connection: Connection) -> bool:
    """Which of the two databases this is; for the few places where they differ in more than words."""
    return connection.dialect.name == "sqlite"


class Sql:
    """Text for both databases, for what Core cannot say shortly. Parameters are `:named` and go as the driver takes them."""

    def __init__(self, text: str) -> None:
        self._sqlite = text
        self._postgresql = _NAMED.sub(r"%(\1)s", text.replace("%", "%%"))

    def execute(self, connection: Connection, **parameters: Any) -> Cursor:
        """Run; the rows are plain tuples."""
        return driver(connection).execute(self._sqlite if is_sqlite(connection) else self._postgresql, parameters)


class _Form:
    """A statement as one of the databases takes it: its text, and what becomes of values on their way in and out."""

    def __init__(self, statement: "Select[Any] | Insert | Update | Delete", dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        processors = ((name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in compiled.binds.items())
        self._converts = [(name, convert) for name, convert in processors if convert is not None]
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._columns: list[tuple[str, _Convert]] = [
            (column.key or "", column.type.dialect_impl(dialect).result_processor(dialect, None)) for column in columns
        ]

    def converted(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters as the driver takes them."""
        given = {**self._constants, **parameters}
        for name, convert in self._converts:
            if given[name] is not None:
                given[name] = convert(given[name])
        return given

    def row(self, values: Sequence[Any]) -> dict[str, Any]:
        """What the driver gave, by column."""
        return {
            name: convert(value) if convert is not None and value is not None else value
            for (name, convert), value in zip(self._columns, values, strict=True)
        }


class Statement:
    """One statement. Parameters are named by its `bindparam`s; lists cannot be parameters, since they would change the text."""

    def __init__(self, statement: "Select[Any] | Insert | Update | Delete") -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def run(self, connection: Connection, **parameters: Any) -> int:
        """Execute; gives how many rows it touched."""
        form = self._form(connection)
        return driver(connection).execute(form.sql, form.converted(parameters)).rowcount

    def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute once per row."""
        form = self._form(connection)
        if given := [form.converted(row) for row in rows]:
            driver(connection).cursor().executemany(form.sql, given)

    def rows(self, connection: Connection, **parameters: Any) -> Rows:
        """Every row found."""
        form = self._form(connection)
        return [form.row(values) for values in driver(connection).execute(form.sql, form.converted(parameters)).fetchall()]

    def one(self, connection: Connection, **parameters: Any) -> dict[str, Any] | None:
        """The first row found; None when there is none."""
        form = self._form(connection)
        values = driver(connection).execute(form.sql, form.converted(parameters)).fetchone()
        return None if values is None else form.row(values)

    def value(self, connection: Connection, **parameters: Any) -> Any:
        """The first column of the first row; None when there is none."""
        form = self._form(connection)
        values = driver(connection).execute(form.sql, form.converted(parameters)).fetchone()
        return None if values is None else values[0]

    def _form(self, connection: Connection) -> _Form:
        """Compiled when first needed: most processes only ever see one of the databases."""
        dialect = connection.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, _SQLITE if dialect.name == "sqlite" else dialect)
        return form


class _Adding:
    """Inserts whole rows of one table; what a row does not name has the default of the schema, or is NULL."""

    def __init__(self, table: Table, *, ignore: bool) -> None:
        numbered = set(table.primary_key.columns) if table.dialect_options["sqlite"]["autoincrement"] else set()
        self._columns = {c.name: _default(c) for c in table.c if c not in numbered}
        statement = insert(table).inline().values({name: bindparam(name, type_=table.c[name].type) for name in self._columns})
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
    """Insert rows of one table. With `ignore`, those whose key is there already are left out. Raises the driver's IntegrityError."""
    if rows:
        _adding(table, ignore).run(connection, rows)
