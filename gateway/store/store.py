"""The open store of one data folder: its lock, its writer, its readers, its payload files."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.store.damage import Damage
from gateway.store.database import Database
from gateway.store.errors import DatabaseGoneError, StoreUnavailableError
from gateway.store.folder import DataFolder
from gateway.store.payloads import IN_DATABASE, PayloadFiles, StoredPayload
from gateway.store.readers import Readers
from gateway.store.sqlite import Sqlite
from gateway.store.writer import Writer
from gateway.trace import carried

__all__ = ["DATABASE", "Store"]

DATABASE: Final = "gateway.db"
_READERS: Final = 4  #: threads for coroutines that read
_AT_ONCE: Final = 1 << 20  #: bytes of a stream that go to a thread together
T = TypeVar("T")


class Store:
    """Open with `Store.open(folder)`; `write` and `read` take functions over a connection and run them off the event loop."""

    def __init__(self, folder: DataFolder, database: Database) -> None:
        self.folder = folder.path
        self.scratch = folder.scratch
        self.database = database
        self.payloads = PayloadFiles(folder.payloads, folder.scratch)
        self._data = folder
        self._damage = Damage(database)
        self._readers = Readers(database, self._damage)
        self._writer = Writer(database, self._damage)
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._closed = False

    @classmethod
    def open(cls, folder: Path, database: Database | None = None, *, payloads: Path | None = None) -> "Store":
        """Lock the folder, bring the schema up to date, start the writer. Without a database it is the folder's SQLite file.

        `payloads` is where large payloads stand when several machines share them. Raises DataFolderLockedError when another process
        has the folder open and the database is not shared, StoreUnavailableError when it cannot be used (of its kinds, when its file
        is gone or damaged), SchemaError.
        """
        database = database or Sqlite(folder / DATABASE)
        data = DataFolder.take(folder, payloads=payloads, is_shared=database.is_shared)
        store = cls(data, database)
        try:
            if isinstance(database, Sqlite):
                _require_there(database.path, data)
            store._writer.start()
            if isinstance(database, Sqlite):
                data.remember(database.path.name)
        except (SQLAlchemyError, sqlite3.Error) as fault:
            data.leave()
            if (damaged := store._damage.of(fault)) is not None:
                raise damaged from fault
            raise StoreUnavailableError(f"the database cannot be opened: {type(fault).__name__}") from fault
        except BaseException:
            data.leave()
            raise
        return store

    def close(self) -> None:
        """Finish what is queued for writing, close all connections, give the folder free."""
        if self._closed:
            return
        self._closed = True
        self._threads.shutdown(wait=True)
        self._readers.close()  # before the writer, which so is the last one out and checkpoints
        self._writer.close()
        self._data.leave()

    @property
    def is_in_place(self) -> bool:
        """Whether what is written is found again by the next process."""
        return self.database.is_in_place()

    @property
    def backlog(self) -> int:
        """How many changes wait to be written."""
        return self._writer.waiting

    def submit(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """As `write`, but in the queue already when it returns: what is submitted later is also done later."""
        return self._writer.submit(carried(work))

    async def write(self, work: Callable[[Connection], T], *, alone: bool = False) -> T:
        """Run in a transaction; back when it is durable. Raises what `work` raised, or StoreUnavailableError.

        `alone` keeps others out of the transaction, for work that holds a lock which every node wants.
        """
        return await self._writer.run(carried(work), alone=alone)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """`write` for a thread that has no event loop."""
        return self._writer.run_blocking(carried(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run with a connection that sees one moment of the database and cannot write."""
        if self._closed:
            raise StoreUnavailableError("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """`read` for a few rows by their keys: where the database is a file, that takes less time than the way to a thread and back."""
        return await self.read(work) if self.database.is_shared else self.read_now(work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """`read` for a thread that may block."""
        return self._readers.run(work)

    async def keep(self, data: bytes | StoredPayload) -> StoredPayload:
        """Make payload bytes durable ahead of the transaction that names them; what is kept already stays. Raises StoreUnavailableError."""
        kept = data if isinstance(data, StoredPayload) else None
        raw = data if not isinstance(data, StoredPayload) else data.in_memory
        if raw is None or len(raw) <= IN_DATABASE:  # a file holds them already, or the row will
            return kept or StoredPayload.of(raw or b"")
        return await self._in_thread(self.payloads.keep, raw)

    async def keep_stream(self, blocks: AsyncIterator[bytes], *, size: int | None = None) -> StoredPayload:
        """As `keep`, for bytes that come over time; `size` is what is announced. What breaks off leaves nothing.

        Raises StoreUnavailableError, and what `blocks` raises.
        """
        writer = self.payloads.writer(size)
        waiting = bytearray()
        try:
            async for block in blocks:
                waiting += block
                if len(waiting) >= _AT_ONCE:
                    await self._in_thread(writer.write, bytes(waiting))
                    waiting.clear()
            if writer.size + len(waiting) <= IN_DATABASE:
                return StoredPayload.of(bytes(waiting))
            await self._in_thread(writer.write, bytes(waiting))
            return await self._in_thread(self.payloads.finished, writer)
        except BaseException:
            await asyncio.shield(self._in_thread(writer.discard))
            raise

    async def find(self, digest: str) -> StoredPayload:
        """A payload by its digest. Raises KeyError."""
        return await self.read(lambda connection: self.payloads.find(connection, digest))

    async def load(self, digest: str) -> bytes:
        """All bytes of a payload that is known to be small. Raises KeyError."""
        return await self.read(lambda connection: self.payloads.load(connection, digest))

    def _in_thread(self, work: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def _require_there(path: Path, data: DataFolder) -> None:
    """Raises DatabaseGoneError where the file that was made here is missing: an empty one would hide that everything is."""
    is_there = path.exists() and path.stat().st_size > 0
    if not is_there and data.remembers == path.name:
        raise DatabaseGoneError(f"{path} was made here before and is gone")
