"""The hot path: a SQLAlchemy Core statement compiled once, then run straight on the driver's connection.

What Core does for each execution (cache keys, contexts, result objects) costs four times what SQLite does for the statement itself.
The statement stays Core, so names and types come from the schema; only its execution is short.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, Protocol, cast

from sqlalchemy import Column, Connection, Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import insert, psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from gateway.store.schema.base import JsonText, Utc, from_utc_text, json_text, utc_text

__all__ = ["Cursor", "Rows", "Sql", "Statement", "add", "driver", "insert", "is_sqlite"]

_SQLITE: Final = sqlite.dialect(paramstyle="qmark")
_POSTGRESQL: Final[Dialect] = psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]  # the library says no types
_NAMED: Final = re.compile(r"(?<![:\w]):([a-z_]\w*)")
Rows = list[dict[str, Any]]
_Convert = Callable[[Any], Any]
#: our own types without the steps that lead to them
_ON_THE_WAY_IN: Final[Mapping[type, _Convert]] = {Utc: utc_text, JsonText: json_text}
_ON_THE_WAY_OUT: Final[Mapping[type, _Convert]] = {Utc: from_utc_text, JsonText: json.loads}


class Cursor(Protocol):
    """What both drivers give back for a statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class _Driver(Protocol):
    """What the connections of both drivers can do."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ..., /) -> Cursor: ...
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
    """A statement as one of the databases takes it: its text, and what becomes of values on their way in and out.

    Values go by position: by name, the driver would look each of them up again for every execution.
    """

    def __init__(self, statement: "Select[Any] | Insert | Update | Delete", dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        names = list(compiled.positiontup or ())
        converts = {name: _ON_THE_WAY_IN.get(type(bind.type)) or _bind(bind.type, dialect) for name, bind in compiled.binds.items()}
        self._take = itemgetter(*names, names[0]) if names else None  # with one name alone it would give the value, not a tuple
        self._converts = [(position, convert) for position, name in enumerate(names) if (convert := converts[name]) is not None]
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._names = [column.key or "" for column in columns]
        results = [_ON_THE_WAY_OUT.get(type(column.type)) or _result(column.type, dialect) for column in columns]
        self._results = [(name, result) for name, result in zip(self._names, results, strict=True) if result is not None]

    def converted(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters as the driver takes them. Raises KeyError when one is missing."""
        if self._take is None:
            return []
        given = list(self._take({**self._constants, **parameters} if self._constants else parameters))
        given.pop()
        for position, convert in self._converts:
            if given[position] is not None:
                given[position] = convert(given[position])
        return given

    def row(self, values: Sequence[Any]) -> dict[str, Any]:
        """What the driver gave, by column."""
        row = dict(zip(self._names, values, strict=True))
        for name, convert in self._results:
            if row[name] is not None:
                row[name] = convert(row[name])
        return row


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


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
            form = self._forms[dialect.name] = _Form(self._statement, _SQLITE if dialect.name == "sqlite" else _POSTGRESQL)
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
