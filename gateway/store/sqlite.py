"""The SQLite file of a data folder: one connection that writes and checkpoints, others that only read.

SQLite before 3.51.3 can lose a WAL reset when two connections checkpoint, so readers are `query_only` and never do.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import NullPool

from gateway.store.database import migrate
from gateway.store.link import BEGIN, link_of

__all__ = ["Sqlite"]

BUSY_MS: Final = 5000
_WRITER: Final = (
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MS}",
    "cache_size=-65536",
)
_READER: Final = (f"busy_timeout={BUSY_MS}", "wal_autocheckpoint=0", "query_only=ON")
_OF_THE_FUNCTION: Final = (sqlite3.IntegrityError, sqlite3.DataError, exc.IntegrityError, exc.DataError)
_OF_THE_DATABASE: Final = (sqlite3.DatabaseError, exc.DatabaseError)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Sqlite:
    """`Database` in one file, for one process at a time; whoever opens it holds the lock of its folder."""

    name = "sqlite"
    is_shared = False
    readers = 64  #: they cost little, and each thread that reads has one

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: tuple[int, int] | None = None  #: that is open

    def writer(self) -> Engine:
        """As `Database.writer`; `begin` takes the write lock at once."""
        return self._engine(_WRITER, "BEGIN IMMEDIATE")

    def reader(self) -> Engine:
        """As `Database.reader`."""
        return self._engine(_READER, "BEGIN")

    def prepare(self, engine: Engine) -> None:
        """As `Database.prepare`: nobody else is there, so the schema is brought up to date at once.

        From then on what savepoints undo stays in memory: above 64 KB SQLite would put it into a file. What builds indexes before may.
        """
        migrate(engine)
        event.listen(engine, "connect", _undo_in_memory)
        self._file = self._found()

    def is_in_place(self) -> bool:
        """As `Database.is_in_place`: a look at the folder, which costs next to nothing beside a commit."""
        return self._file is None or self._file == self._found()

    def _found(self) -> tuple[int, int] | None:
        try:
            stat = os.stat(self.path)  # noqa: PTH116 - before each commit, so without a detour
        except OSError:
            return None
        return stat.st_dev, stat.st_ino

    def is_of_the_function(self, fault: BaseException) -> bool:
        """As `Database.is_of_the_function`."""
        return isinstance(fault, _OF_THE_FUNCTION)

    def is_of_the_database(self, fault: BaseException) -> bool:
        """As `Database.is_of_the_database`."""
        return isinstance(fault, _OF_THE_DATABASE) and not isinstance(fault, _OF_THE_FUNCTION)

    def is_damaged(self, fault: BaseException) -> bool:
        """As `Database.is_damaged`, by SQLite's own code: its lower byte is the kind."""
        cause = fault.orig if isinstance(fault, exc.DBAPIError) else fault
        return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGED

    def is_taken(self, _fault: BaseException) -> bool:
        """Never: there is one writer, so it would be taken again."""
        return False

    def is_conflict(self, _fault: BaseException) -> bool:
        """Never, as above."""
        return False

    def is_broken(self, _connection: Connection) -> bool:
        """Never: a file does not hang up."""
        return False

    def _engine(self, pragmas: tuple[str, ...], begin: str) -> Engine:
        options = {BEGIN: begin}
        arguments = {"check_same_thread": False}
        engine = create_engine(f"sqlite:///{self.path}", poolclass=NullPool, connect_args=arguments, execution_options=options)

        @event.listens_for(engine, "connect")
        def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
            connection.isolation_level = None  # transactions are begun below, not by the driver's guess
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            link_of(connection).begin()  # it may have begun before the engine knew of it

        return engine


def _undo_in_memory(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA temp_store=MEMORY")
