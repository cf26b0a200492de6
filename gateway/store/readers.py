"""Connections that only read, kept open and lent to whichever thread asks: opening or pooling one costs more than a look-up."""

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

__all__ = ["Readers"]

T = TypeVar("T")


class Readers:
    """As many connections as threads read at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque()  # its ends are safe for threads

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run with a connection that sees one moment of the database. Blocking. Raises what `work` raises."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            with connection.begin():
                return work(connection)
        finally:
            self._idle.append(connection)

    def close(self) -> None:
        """Close all; nobody may be reading."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()
