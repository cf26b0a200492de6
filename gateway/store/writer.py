"""The one connection that writes: a thread drains a queue of functions and commits them in groups.

A commit costs one fsync (WAL, `synchronous=FULL`), so everything that waits while one runs shares the next. Each function runs under its
own SAVEPOINT: one that raises is undone alone and its caller gets the exception, its neighbours are committed. A fault of the
disk or the database undoes the whole group, and every caller of it gets `StoreUnavailableError`: nothing is ever half taken.

Where other nodes write too, a function may lose against one of theirs: it runs again, so it must be made of nothing but its arguments
and what it reads from the connection.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future as ThreadFuture
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from time import sleep
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from gateway.store.damage import Damage
from gateway.store.database import Database
from gateway.store.ending import begin, ending_of, finish
from gateway.store.errors import DatabaseGoneError, StoreUnavailableError
from gateway.store.link import Link, commit, link_of, rollback
from gateway.store.telling import tell

__all__ = ["Writer"]

T = TypeVar("T")
Work = Callable[[Connection], T]

GROUP: Final = 256  #: functions in one commit at most, so that none waits long
_TRIES: Final = 5  #: of a function that loses against other nodes
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    work: Work[Any]
    future: "asyncio.Future[Any] | ThreadFuture[Any]"
    loop: asyncio.AbstractEventLoop | None  #: of a waiting coroutine; None: a thread waits
    alone: bool = False  #: it holds a lock that everybody wants, so nothing else shares its commit
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

    def __init__(self, database: Database, damage: Damage) -> None:
        self._database = database
        self._damage = damage
        self._engine = database.writer()
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._kept: _Entry | None = None  #: taken from the queue, and for a group of its own
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._closed = False
        self._gate = threading.Lock()

    def start(self) -> None:
        """Bring the schema up to date, then begin to drain the queue. Raises what the database raises."""
        self._database.prepare(self._engine)
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
        self._engine.dispose()

    @property
    def waiting(self) -> int:
        """How many functions wait for their group."""
        return self._queue.qsize()

    async def run(self, work: Work[T], *, alone: bool = False) -> T:
        """Run a function in the next group and wait until it is committed.

        Raises what the function raised, or `StoreUnavailableError`. A caller that is cancelled does not stop the function.
        """
        return await self.submit(work, alone=alone)

    def submit(self, work: Work[T], *, alone: bool = False) -> "asyncio.Future[T]":
        """Queue a function behind all that are queued; the future is done when it is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Entry(work, future, loop, alone and self._database.is_shared))
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
        try:
            last = False
            while not last and (entry := self._next()) is not None:
                group, last = self._gather(entry)
                self._commit(group)
                self._settle(group)
        finally:
            self._disconnect()

    def _next(self) -> _Entry | None:
        kept, self._kept = self._kept, None
        return kept if kept is not None else self._queue.get()

    def _gather(self, first: _Entry) -> tuple[list[_Entry], bool]:
        """What waits now, up to the size of a group, and whether the end was among it."""
        group = [first]
        while not first.alone and len(group) < GROUP and not self._queue.empty():
            entry = self._queue.get()
            if entry is None:
                return group, True
            if entry.alone:
                self._kept = entry
                break
            group.append(entry)
        return group, False

    def _commit(self, group: list[_Entry], tries: int = _TRIES) -> None:
        try:
            self._transaction(group)
        except BaseException as fault:
            self._drop_broken()
            if tries > 1 and self._database.is_conflict(fault):
                self._again(group, tries - 1)
                return
            # The group is undone as a whole: those that went well before did not happen either.
            said: StoreUnavailableError | None = self._damage.of(fault)
            if said is None:
                _log.exception("a group of %d was not stored", len(group))
                said = fault if isinstance(fault, StoreUnavailableError) else StoreUnavailableError(f"not stored: {type(fault).__name__}")
            for entry in group:
                entry.fault = said

    def _again(self, group: list[_Entry], tries: int) -> None:
        """Each by itself, in the old order: one of them lost against another node, and took its neighbours with it."""
        for entry in group:
            entry.result = entry.fault = None
            sleep(0.002 * (_TRIES - tries))
            self._commit([entry], tries)

    def _transaction(self, group: list[_Entry]) -> None:
        if not self._database.is_in_place():
            raise DatabaseGoneError("the file of the database was moved or removed; nothing is taken on until it is back")
        connection = self._connected()
        link = link_of(connection)
        if len(group) == 1:
            self._run_alone(connection, link, group[0])
            return
        with _transaction(connection, link):
            for entry in group:
                self._run_one(connection, link, entry)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop_broken(self) -> None:
        """A server that hung up is called again for the next group."""
        if self._connection is not None and self._database.is_broken(self._connection):
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it may be dead already
                connection.close()

    def _run_alone(self, connection: Connection, link: Link, entry: _Entry) -> None:
        """Run one function in a transaction of its own. Raises only when the database itself is at fault."""
        for tries in range(_TRIES, 0, -1):
            try:
                with _transaction(connection, link):
                    entry.result, entry.fault = entry.work(connection), None
            except BaseException as fault:
                if self._database.is_of_the_database(fault):
                    raise
                entry.fault = fault
            if entry.fault is None or tries == 1 or not self._database.is_taken(entry.fault):
                return

    def _run_one(self, connection: Connection, link: Link, entry: _Entry) -> None:
        """Run one function of several under its savepoint. Raises as above."""
        mark = ending_of(connection).mark()
        for tries in range(_TRIES, 0, -1):
            link.mark()
            try:
                entry.result, entry.fault = entry.work(connection), None
                link.keep()
            except BaseException as fault:
                if self._database.is_of_the_database(fault):
                    raise
                entry.fault = fault
                link.undo()
                ending_of(connection).back_to(mark)
            if entry.fault is None or tries == 1 or not self._database.is_taken(entry.fault):
                return

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


@contextmanager
def _transaction(connection: Connection, link: Link) -> Iterator[None]:
    """Durable when it is left; nothing of it happened when that raises."""
    begin(connection)
    link.begin()
    try:
        yield
        told = finish(connection)
        commit(connection, link)
    except BaseException:
        with suppress(Exception):  # it may be dead already
            rollback(connection, link)
        raise
    with suppress(Exception):  # a log that cannot be written to undoes nothing
        tell(told)


def _settle_all(entries: list[_Entry]) -> None:
    for entry in entries:
        entry.settle()
