"""The hot path: a SQLAlchemy Core statement compiled once, then run straight on the driver's connection.

What Core does for each execution (cache keys, contexts, result objects) costs four times what SQLite does for the statement itself.
The statement stays Core, so names and types come from the schema; only its execution is short.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import insert, psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from gateway.store.link import Cursor, Link, link_of
from gateway.store.schema.base import JsonText, Utc, from_utc_text, json_text, utc_text

__all__ = ["Cursor", "Rows", "Sql", "Statement", "add", "driver", "insert", "is_sqlite", "past_index"]

_SQLITE: Final = sqlite.dialect(paramstyle="qmark")
_POSTGRESQL: Final[Dialect] = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # the library says no types
_NAMED: Final = re.compile(r"(?<![:\w]):([a-z_]\w*)")
Rows = list[dict[str, Any]]
_Convert = Callable[[Any], Any]
#: our own types without the steps that lead to them
_ON_THE_WAY_IN: Final[Mapping[type, _Convert]] = {Utc: utc_text, JsonText: json_text}
_ON_THE_WAY_OUT: Final[Mapping[type, _Convert]] = {Utc: from_utc_text, JsonText: json.loads}


def driver(connection: Connection) -> Any:
    """The driver's connection under a connection of the engine, for what only it can do; it is in the same transaction."""
    link = link_of(connection)
    link.flush()
    return link.raw


def is_sqlite(connection: Connection) -> bool:
    """Which of the two databases this is; for the few places where they differ in more than words."""
    return connection.dialect.name == "sqlite"


def past_index(column: ColumnElement[str]) -> ColumnElement[str]:
    """A text column as an expression of the same value: rows are found by what else is said, for its own index would read far more."""
    return column.concat("")


class Sql:
    """Text for both databases, for what Core cannot say shortly. Parameters are `:named`."""

    def __init__(self, text: str) -> None:
        self._sqlite = text
        self._text: tuple[str, tuple[str, ...]] | None = None

    def execute(self, connection: Connection, **parameters: Any) -> Cursor:
        """Run; the rows are plain tuples."""
        link = link_of(connection)
        if link.database == "sqlite":
            return link.execute(self._sqlite, parameters)
        text, names = self._text or self._numbered()
        return link.execute(text, [parameters[name] for name in names])

    def _numbered(self) -> tuple[str, tuple[str, ...]]:
        """As PostgreSQL takes it: parameters by number."""
        names = tuple(dict.fromkeys(_NAMED.findall(self._sqlite)))
        self._text = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", self._sqlite), names
        return self._text


class _Form:
    """A statement as one of the databases takes it: its text, and what becomes of values on their way in and out.

    Values go by position: by name, the driver would look each of them up again for every execution.
    """

    def __init__(self, statement: "Select[Any] | Insert | Update | Delete", dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        names = list(compiled.positiontup or ())
        binds = compiled.binds
        asked = [name for name in names if binds[name].required]
        self._take = itemgetter(*asked, *asked[:1]) if asked else None  # with one name alone it would give the value, not a tuple
        converts = {name: _ON_THE_WAY_IN.get(type(bind.type)) or _bind(bind.type, dialect) for name, bind in binds.items()}
        self._converts = [(position, convert) for position, name in enumerate(asked) if (convert := converts[name]) is not None]
        self._constants = [
            (position, _given(binds[name].value, converts[name])) for position, name in enumerate(names) if name not in asked
        ]
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._names = [column.key or "" for column in columns]
        results = [_ON_THE_WAY_OUT.get(type(column.type)) or _result(column.type, dialect) for column in columns]
        self._results = [(name, result) for name, result in zip(self._names, results, strict=True) if result is not None]

    def converted(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters as the driver takes them. Raises KeyError when one is missing."""
        given: list[Any] = []
        if self._take is not None:
            given += self._take(parameters)
            given.pop()
            for position, convert in self._converts:
                if given[position] is not None:
                    given[position] = convert(given[position])
        for position, value in self._constants:
            given.insert(position, value)
        return given

    def row(self, values: Sequence[Any]) -> dict[str, Any]:
        """What the driver gave, by column."""
        row = dict(zip(self._names, values, strict=True))
        for name, convert in self._results:
            if row[name] is not None:
                row[name] = convert(row[name])
        return row


def _given(value: Any, convert: _Convert | None) -> Any:
    return value if value is None or convert is None else convert(value)


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
        return self._executed(connection, parameters)[1].rowcount

    def send(self, connection: Connection, **parameters: Any) -> None:
        """Execute, and do not wait for it: a fault of it may be raised by what follows."""
        self._executed(connection, parameters)

    def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute once per row, as `send`."""
        link = link_of(connection)
        form = self._form(link)
        if given := [form.converted(row) for row in rows]:
            link.executemany(form.sql, given)

    def rows(self, connection: Connection, **parameters: Any) -> Rows:
        """Every row found."""
        form, cursor = self._executed(connection, parameters)
        return [form.row(values) for values in cursor.fetchall()]

    def one(self, connection: Connection, **parameters: Any) -> dict[str, Any] | None:
        """The first row found; None when there is none."""
        form, cursor = self._executed(connection, parameters)
        values = cursor.fetchone()
        return None if values is None else form.row(values)

    def value(self, connection: Connection, **parameters: Any) -> Any:
        """The first column of the first row; None when there is none."""
        values = self._executed(connection, parameters)[1].fetchone()
        return None if values is None else values[0]

    def _executed(self, connection: Connection, parameters: Mapping[str, Any]) -> tuple[_Form, Cursor]:
        link = link_of(connection)
        form = self._forms.get(link.database) or self._form(link)
        return form, link.execute(form.sql, form.converted(parameters))

    def _form(self, link: Link) -> _Form:
        """Compiled when first needed: most processes only ever see one of the databases."""
        form = self._forms.get(link.database)
        if form is None:
            form = self._forms[link.database] = _Form(self._statement, _SQLITE if link.database == "sqlite" else _POSTGRESQL)
        return form


class _Adding:
    """Inserts whole rows of one table; what a row does not name has the default of the schema, or is NULL."""

    def __init__(self, table: Table, *, ignore: bool) -> None:
        numbered = set(table.primary_key.columns) if table.dialect_options["sqlite"]["autoincrement"] else set()
        self._columns = {c.name: _default(c) for c in table.c if c not in numbered}
        statement = insert(table).inline().values({name: bindparam(name, type_=table.c[name].type) for name in self._columns})
        self._statement = Statement(statement.on_conflict_do_nothing() if ignore else statement)

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        whole = [{**self._columns, **row} for row in rows]
        for row in whole:
            if len(row) != len(self._columns):
                raise KeyError(f"no such column: {sorted(row.keys() - self._columns.keys())}")
        if len(whole) == 1:
            self._statement.send(connection, **whole[0])
        else:
            self._statement.run_many(connection, whole)


def _default(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


@cache
def _adding(table: Table, ignore: bool) -> _Adding:  # noqa: FBT001 - a key of the cache
    return _Adding(table, ignore=ignore)


def add(connection: Connection, table: Table, *rows: Mapping[str, Any], ignore: bool = False) -> None:
    """Insert rows of one table. With `ignore`, those whose key is there already are left out. Raises the driver's IntegrityError."""
    if rows:
        _adding(table, ignore).run(connection, rows)
