"""Payload bytes, stored once by their SHA-256: small ones in the database, larger ones in fsynced files of the data folder."""

import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from sqlalchemy import Connection, bindparam, select

from gateway.payload import StoredPayload
from gateway.store.errors import StoreUnavailableError
from gateway.store.payload_writer import PayloadWriter, move_into_place, on_disk
from gateway.store.schema import Payload
from gateway.store.statement import Statement, add

__all__ = ["IN_DATABASE", "KEEP_FREE", "PayloadFiles", "StoredPayload"]

#: from here on a file is cheaper than a row (1 MB rows: 162-229/s)
IN_DATABASE: Final = 64 * 1024
KEEP_FREE: Final = 1 << 30  #: bytes of the disk that large payloads never use

_payload = Payload.table()
_select = Statement(select(_payload.c.body, _payload.c.size).where(_payload.c.sha256 == bindparam("digest")))


class PayloadFiles:
    """The folder of large payloads, the folder of files that are not yet payloads, and the table of all.

    What writes is blocking: call it in a thread. A crash before the transaction that names a payload leaves a file that nobody names,
    and no harm.
    """

    def __init__(self, folder: Path, scratch: Path, *, keep_free: int = KEEP_FREE) -> None:
        self._folder = folder
        self.scratch = scratch
        self._keep_free = keep_free

    def keep(self, data: bytes) -> StoredPayload:
        """Make bytes durable before the transaction that names them; few bytes need nothing. Raises StoreUnavailableError."""
        return StoredPayload.of(data) if len(data) <= IN_DATABASE else self.keep_blocks((data,), size=len(data))

    def keep_blocks(self, blocks: Iterable[bytes], *, size: int | None = None) -> StoredPayload:
        """As `keep`, for bytes that come one block after the other. Raises StoreUnavailableError, and what `blocks` raises."""
        writer = self.writer(size)
        try:
            for block in blocks:
                writer.write(block)
            return self.finished(writer)
        except BaseException:
            writer.discard()
            raise

    def keep_file(self, path: Path, sha256: str) -> StoredPayload:
        """Take over a file of the scratch folder that is written and closed; it is moved away when it is large.

        Raises StoreUnavailableError.
        """
        with on_disk():
            size = path.stat().st_size
            if size <= IN_DATABASE:
                return StoredPayload(sha256, size, path.read_bytes())
            target = self._path(sha256)
            move_into_place(path, target)
        return StoredPayload(sha256, size, target)

    def writer(self, size: int | None = None) -> PayloadWriter:
        """Takes bytes that come in pieces; `finished` makes a payload of them. `size` is what is announced, where anything is."""
        return PayloadWriter(self.scratch, in_memory=IN_DATABASE, keep_free=self._keep_free, announced=size)

    def finished(self, writer: PayloadWriter) -> StoredPayload:
        """What a writer has taken, now durable. Raises StoreUnavailableError."""
        written = writer.finish()
        if isinstance(written, bytes):
            return StoredPayload(writer.sha256, len(written), written)
        with on_disk():
            target = self._path(writer.sha256)
            move_into_place(written, target)
        return StoredPayload(writer.sha256, writer.size, target)

    def scratch_file(self) -> BinaryIO:
        """A new file without a name, to write to and to read from; it is gone when it is closed.

        Raises StoreUnavailableError, also when the disk is nearly full: nobody knows yet how large it becomes.
        """
        with on_disk():
            if shutil.disk_usage(self.scratch).free < self._keep_free:
                raise StoreUnavailableError("not stored: the disk is nearly full")
            return cast("BinaryIO", tempfile.TemporaryFile(dir=self.scratch))  # for the caller to close

    def insert(self, connection: Connection, payload: StoredPayload, now: datetime) -> None:
        """The row of a payload; one that is there already stays. `keep` comes first."""
        body = payload.in_memory
        if body is not None and len(body) > IN_DATABASE:
            raise ValueError("a large payload is kept before it is named")
        row = {"sha256": payload.sha256, "size": payload.size, "body": body, "created_at": now}
        add(connection, _payload, row, ignore=True)

    def find(self, connection: Connection, digest: str) -> StoredPayload:
        """A payload by its digest. Raises KeyError."""
        row = _select.one(connection, digest=digest)
        if row is None:
            raise KeyError(digest)
        return StoredPayload(digest, row["size"], row["body"] if row["body"] is not None else self._path(digest))

    def load(self, connection: Connection, digest: str) -> bytes:
        """All bytes of a payload that is known to be small. Raises KeyError for an unknown digest, OSError when its file is gone."""
        return self.find(connection, digest).read()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]
