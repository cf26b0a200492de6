"""The one connection that writes: a thread drains a queue of functions and commits them in groups.

A commit costs one fsync (WAL, `synchronous=FULL`), so everything that waits while one runs shares the next. Each function runs under its
own SAVEPOINT: one that raises is undone alone and its caller gets the exception, its neighbours are committed. A fault of the
disk or the database undoes the whole group, and every caller of it gets `StoreUnavailableError`: nothing is ever half taken.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, exc

from gateway.store.errors import StoreUnavailableError
from gateway.store.prepared import driver

__all__ = ["Writer"]

T = TypeVar("T")
Work = Callable[[Connection], T]

#: a broken rule of the schema; other faults that the driver raises are the disk's or the database's
_OF_THE_FUNCTION: Final = (sqlite3.IntegrityError, sqlite3.DataError, exc.IntegrityError, exc.DataError)
_OF_THE_DATABASE: Final = (sqlite3.DatabaseError, exc.DatabaseError)
GROUP: Final = 256  #: functions in one commit at most, so that none waits long
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    work: Work[Any]
    future: Future[Any]
    result: Any = None
    fault: BaseException | None = None


class Writer:
    """Runs functions on the writing connection, in order of arrival. `close` finishes what is queued."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._closed = False
        self._gate = threading.Lock()

    def start(self) -> None:
        """Begin to drain the queue."""
        self._thread.start()

    def close(self) -> None:
        """Finish what is queued, then end the thread. What is submitted afterwards fails."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, work: Work[T]) -> "Future[T]":
        """Queue a function; the future is done when its transaction is committed, or when it failed."""
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                future.set_exception(StoreUnavailableError("the store is closed"))
            else:
                self._queue.put(_Entry(work, future))
        return future

    async def run(self, work: Work[T]) -> T:
        """Run a function in the next group and wait until it is committed.

        Raises what the function raised, or `StoreUnavailableError`.
        """
        return await asyncio.wrap_future(self.submit(work))

    def _loop(self) -> None:
        connection = self._connect()
        try:
            while (entry := self._queue.get()) is not None:
                group, last = self._gather(entry)
                self._commit(connection, group)
                if last:
                    return
        finally:
            connection.close()

    def _gather(self, first: _Entry) -> tuple[list[_Entry], bool]:
        """What waits now, up to the size of a group, and whether the end was among it."""
        group = [first] if first.future.set_running_or_notify_cancel() else []
        while len(group) < GROUP and not self._queue.empty():
            entry = self._queue.get()
            if entry is None:
                return group, True
            if entry.future.set_running_or_notify_cancel():
                group.append(entry)
        return group, False

    def _commit(self, connection: Connection, group: list[_Entry]) -> None:
        if not group:
            return
        try:
            with connection.begin():
                for entry in group:
                    self._run_one(connection, entry)
        except BaseException as fault:
            # The group is undone as a whole: those that went well before did not happen either.
            _log.exception("a group of %d was not stored", len(group))
            for entry in group:
                entry.future.set_exception(StoreUnavailableError(f"not stored: {type(fault).__name__}"))
            return
        for entry in group:
            if entry.fault is None:
                entry.future.set_result(entry.result)
            else:
                entry.future.set_exception(entry.fault)

    def _run_one(self, connection: Connection, entry: _Entry) -> None:
        """Run one function under its savepoint. Raises only when the database itself is at fault."""
        raw = driver(connection)
        raw.execute("SAVEPOINT one")
        try:
            entry.result = entry.work(connection)
        except _OF_THE_FUNCTION as fault:  # although the database said it
            entry.fault = fault
        except _OF_THE_DATABASE:
            raise
        except BaseException as fault:
            entry.fault = fault
        if entry.fault is not None:
            raw.execute("ROLLBACK TO one")
        raw.execute("RELEASE one")
