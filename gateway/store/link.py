"""The short way to the database under a connection of the engine, past what the engine does around each statement and transaction.

What goes by it and what goes by the engine is in one transaction, in the order in which it was said.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, cast

from sqlalchemy import Connection

__all__ = ["BEGIN", "Cursor", "Link", "SqliteLink", "commit", "link_of", "rollback"]

BEGIN: Final = "gateway_begin"  #: the option of an engine that says how its transactions begin
_LINK: Final = "gateway_link"
Parameters = Mapping[str, Any] | Sequence[Any]


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Link(Protocol):
    """One connection. A server may be told of a statement only when something that it gives is asked for, and raise only then."""

    database: str  #: "sqlite", "postgresql"
    raw: Any  #: the driver's connection

    def begin(self) -> None:
        """A transaction begins; where one has begun, it goes on."""
        ...

    def commit(self) -> None:
        """All of it is durable when this returns. Raises the driver's faults."""
        ...

    def rollback(self) -> None:
        """Nothing of it happened."""
        ...

    def leave(self) -> None:
        """The transaction has only read: it ends, and nobody waits for that. Raises what was not asked for yet."""
        ...

    def execute(self, sql: str, parameters: Any = ..., /) -> Cursor:
        """Run a statement."""
        ...

    def executemany(self, sql: str, rows: Any, /) -> object:
        """Run a statement once per row."""
        ...

    def flush(self) -> None:
        """Wait until everything that was said is done. Raises the first fault of it."""
        ...

    def mark(self) -> None:
        """What follows can be undone alone, until `keep` or `undo`."""
        ...

    def keep(self) -> None:
        """What followed the mark is done. Raises its fault."""
        ...

    def undo(self) -> None:
        """What followed the mark did not happen."""
        ...


class SqliteLink:
    """SQLite answers at once."""

    database = "sqlite"

    def __init__(self, raw: sqlite3.Connection, begin: str) -> None:
        self.raw = raw
        self.execute = raw.execute  # the driver's own: a step less for each statement
        self.executemany = raw.executemany
        self.commit = raw.commit
        self.rollback = self.leave = raw.rollback
        self._begin = begin

    def begin(self) -> None:
        """As `Link.begin`."""
        if not self.raw.in_transaction:
            self.execute(self._begin)

    def flush(self) -> None:
        """As `Link.flush`."""

    def mark(self) -> None:
        """As `Link.mark`."""
        self.execute("SAVEPOINT one")

    def keep(self) -> None:
        """As `Link.keep`."""
        self.execute("RELEASE one")

    def undo(self) -> None:
        """As `Link.undo`."""
        self.execute("ROLLBACK TO one")
        self.execute("RELEASE one")


def link_of(connection: Connection) -> Link:
    """Of a connection of one of the engines."""
    link: Link | None = connection.get_execution_options().get(_LINK)
    return link if link is not None else _linked(connection)


def _linked(connection: Connection) -> Link:
    raw: Any = connection.connection.dbapi_connection
    link: Link
    if connection.dialect.name == "sqlite":
        link = cast("Link", SqliteLink(raw, connection.get_execution_options().get(BEGIN, "BEGIN")))
    else:
        from gateway.store.server_link import ServerLink  # its driver is an extra

        link = ServerLink(raw)
    connection.execution_options(**{_LINK: link})
    return link


def commit(connection: Connection, link: Link) -> None:
    """End the transaction, also where the engine knows of it."""
    link.commit()
    if connection.in_transaction():
        connection.commit()


def rollback(connection: Connection, link: Link) -> None:
    """As `commit`, and nothing of it happened."""
    try:
        link.rollback()
    finally:
        if connection.in_transaction():
            connection.rollback()
