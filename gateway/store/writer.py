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
from concurrent.futures import Future as ThreadFuture
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, exc

from gateway.store.errors import StoreUnavailableError
from gateway.store.statement import driver

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
    future: "asyncio.Future[Any] | ThreadFuture[Any]"
    loop: asyncio.AbstractEventLoop | None  #: of a waiting coroutine; None: a thread waits
    result: Any = None
    fault: BaseException | None = None

    def settle(self) -> None:
        """Tell who waits, in the thread that it waits in."""
        if self.future.done():  # it does not wait any more
            return
        if self.fault is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.fault)


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

    @property
    def waiting(self) -> int:
        """How many functions wait for their group."""
        return self._queue.qsize()

    async def run(self, work: Work[T]) -> T:
        """Run a function in the next group and wait until it is committed.

        Raises what the function raised, or `StoreUnavailableError`. A caller that is cancelled does not stop the function.
        """
        return await self.submit(work)

    def submit(self, work: Work[T]) -> "asyncio.Future[T]":
        """Queue a function behind all that are queued; the future is done when it is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Entry(work, future, loop))
        return future

    def run_blocking(self, work: Work[T]) -> T:
        """As `run`, for a thread that has no event loop."""
        future: ThreadFuture[T] = ThreadFuture()
        self._put(_Entry(work, future, None))
        return future.result()

    def _put(self, entry: _Entry) -> None:
        with self._gate:
            if self._closed:
                raise StoreUnavailableError("the store is closed")
            self._queue.put(entry)

    def _loop(self) -> None:
        connection = self._connect()
        try:
            while (entry := self._queue.get()) is not None:
                group, last = self._gather(entry)
                self._commit(connection, group)
                self._settle(group)
                if last:
                    return
        finally:
            connection.close()

    def _gather(self, first: _Entry) -> tuple[list[_Entry], bool]:
        """What waits now, up to the size of a group, and whether the end was among it."""
        group = [first]
        while len(group) < GROUP and not self._queue.empty():
            entry = self._queue.get()
            if entry is None:
                return group, True
            group.append(entry)
        return group, False

    def _commit(self, connection: Connection, group: list[_Entry]) -> None:
        try:
            with connection.begin():
                for entry in group:
                    self._run_one(connection, entry)
        except BaseException as fault:
            # The group is undone as a whole: those that went well before did not happen either.
            _log.exception("a group of %d was not stored", len(group))
            for entry in group:
                entry.fault = StoreUnavailableError(f"not stored: {type(fault).__name__}")

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

    @staticmethod
    def _settle(group: list[_Entry]) -> None:
        """Wake everyone of a group: threads at once, coroutines with one call into each of their loops."""
        loops: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
        for entry in group:
            if entry.loop is None:
                entry.settle()
            else:
                loops.setdefault(entry.loop, []).append(entry)
        for loop, entries in loops.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_settle_all, entries)


def _settle_all(entries: list[_Entry]) -> None:
    for entry in entries:
        entry.settle()
