"""Connections that only read, kept open and lent to whichever thread asks: opening or pooling one costs more than a look-up."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import BoundedSemaphore
from typing import TypeVar

from sqlalchemy import Connection

from gateway.store.damage import Damage
from gateway.store.database import Database
from gateway.store.errors import StoreUnavailableError
from gateway.store.link import link_of, rollback

__all__ = ["Readers"]

T = TypeVar("T")


class Readers:
    """As many connections as threads read at once, up to what the database allows."""

    def __init__(self, database: Database, damage: Damage) -> None:
        self._database = database
        self._damage = damage
        self._engine = database.reader()
        self._idle: deque[Connection] = deque()  # its ends are safe for threads
        self._places = BoundedSemaphore(database.readers)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run with a connection that sees one moment of the database. Blocking.

        Raises what `work` raises, StoreUnavailableError where a server does not answer, and DatabaseDamagedError. A connection that had
        died unnoticed is replaced once; reading twice does no harm.
        """
        with self._places:
            try:
                return self._run(self._idle.pop(), work) if self._idle else self._run(self._connect(), work)
            except _BrokenError:
                self.forget()
            try:
                return self._run(self._connect(), work)
            except _BrokenError as fault:
                raise StoreUnavailableError(f"the database does not answer: {fault}") from fault

    def _connect(self) -> Connection:
        if not self._database.is_in_place():  # SQLite would begin an empty file, and we would read on in it
            raise StoreUnavailableError("the file of the database was moved or removed")
        try:
            return self._engine.connect()
        except Exception as fault:
            if (damaged := self._damage.of(fault)) is not None:
                raise damaged from fault
            if not self._database.is_of_the_database(fault):
                raise
            raise _BrokenError(type(fault).__name__) from fault

    def _run(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        link = link_of(connection)
        try:
            link.begin()
            result = work(connection)
            link.leave()
            if connection.in_transaction():  # the engine took part
                connection.rollback()
        except BaseException as fault:
            with suppress(Exception):  # it may be dead
                rollback(connection, link)
            if self._database.is_broken(connection):
                _shut(connection)
                raise _BrokenError(type(fault).__name__) from fault
            self._idle.append(connection)
            if (damaged := self._damage.of(fault)) is not None:
                raise damaged from fault
            raise
        self._idle.append(connection)
        return result

    def forget(self) -> None:
        """Close what is idle: it is as old as the one that had died."""
        while self._idle:
            _shut(self._idle.pop())

    def close(self) -> None:
        """Close all; nobody may be reading."""
        self.forget()
        self._engine.dispose()


def _shut(connection: Connection) -> None:
    with suppress(Exception):  # it may be dead already
        link_of(connection).flush()
    with suppress(Exception):
        connection.close()


class _BrokenError(Exception):
    """The server hung up, or cannot be reached."""
