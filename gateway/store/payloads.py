"""Payload bytes, stored once by their SHA-256: small ones in the database, larger ones in fsynced files of the data folder.

Both are packed where that saves something; what an older release wrote plain stays readable as it is.
"""

import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from sqlalchemy import Connection, bindparam, or_, select

from gateway.errors import Cause, Refusal
from gateway.packing import is_worth_packing, pack, unpack
from gateway.payload import PACKED, StoredPayload
from gateway.store.errors import StoreUnavailableError
from gateway.store.payload_writer import PayloadWriter, move_into_place, on_disk
from gateway.store.schema import Payload
from gateway.store.statement import Statement, insert

__all__ = ["GONE", "IN_DATABASE", "KEEP_FREE", "ZLIB", "PayloadFiles", "PayloadGoneError", "StoredPayload"]

#: from here on a file is cheaper than a row (1 MB rows: 162-229/s)
IN_DATABASE: Final = 64 * 1024
KEEP_FREE: Final = 1 << 30  #: bytes of the disk that large payloads never use

ZLIB: Final = "zlib"  #: a row whose body is packed
GONE: Final = "gone"  #: a row whose bytes were removed when their time was over

_payload = Payload.table()
_select = Statement(select(_payload.c.body, _payload.c.size, _payload.c.encoding).where(_payload.c.sha256 == bindparam("digest")))
_new = insert(_payload).values({column.name: bindparam(column.name, type_=column.type) for column in _payload.c})
#: one that is there stays as it is, but is in use again, and what was removed is back
_insert = Statement(
    _new.on_conflict_do_update(
        index_elements=["sha256"],
        set_={name: getattr(_new.excluded, name) for name in ("body", "encoding", "created_at", "unused_since")},
        where=or_(_payload.c.encoding == GONE, _payload.c.unused_since.is_not(None)),
    )
)


class PayloadGoneError(Refusal):
    """The payload was here, and was removed when its time was over."""

    def __init__(self) -> None:
        super().__init__(Cause.PAYLOAD_GONE)


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
            with path.open("rb") as file:
                is_to_pack = is_worth_packing(file.read(IN_DATABASE))
            packed = self._packed(path, sha256) if is_to_pack else None
            return packed or StoredPayload(sha256, size, move_into_place(path, self._path(sha256)))

    def _packed(self, path: Path, sha256: str) -> StoredPayload | None:
        """A file in its packed form, in its place; None when the disk has no room for a second one beside it. Raises OSError."""
        try:
            kept = self.keep_blocks(StoredPayload(sha256, 0, path).blocks())
        except StoreUnavailableError:
            return None
        if kept.sha256 != sha256:
            raise OSError("the file is not what was read")
        path.unlink()
        return kept

    def writer(self, size: int | None = None) -> PayloadWriter:
        """Takes bytes that come in pieces; `finished` makes a payload of them. `size` is what is announced, where anything is."""
        return PayloadWriter(self.scratch, in_memory=IN_DATABASE, keep_free=self._keep_free, announced=size)

    def finished(self, writer: PayloadWriter) -> StoredPayload:
        """What a writer has taken, now durable. Raises StoreUnavailableError."""
        written = writer.finish()
        if isinstance(written, bytes):
            return StoredPayload(writer.sha256, len(written), written)
        with on_disk():
            return StoredPayload(writer.sha256, writer.size, move_into_place(written, self._path(writer.sha256)))

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
        packed = pack(body) if body is not None else None
        values = {"body": body if packed is None else packed, "encoding": "" if packed is None else ZLIB}
        _insert.send(connection, sha256=payload.sha256, size=payload.size, created_at=now, unused_since=None, **values)

    def find(self, connection: Connection, digest: str) -> StoredPayload:
        """A payload by its digest. Raises KeyError: it was never here; PayloadGoneError: its time was over."""
        row = _select.one(connection, digest=digest)
        if row is None:
            raise KeyError(digest)
        if row["encoding"] == GONE:
            raise PayloadGoneError
        if row["body"] is None:
            return StoredPayload(digest, row["size"], self.file_of(digest))
        return StoredPayload(digest, row["size"], unpack(row["body"]) if row["encoding"] == ZLIB else row["body"])

    def load(self, connection: Connection, digest: str) -> bytes:
        """All bytes of a payload that is known to be small. Raises KeyError for an unknown digest, OSError when its file is gone."""
        return self.find(connection, digest).read()

    def file_of(self, digest: str) -> Path:
        """Where the file of a large payload is, packed or not; where it would be when there is none."""
        plain = self._path(digest)
        packed = plain.with_name(plain.name + PACKED)
        return packed if packed.exists() else plain

    @property
    def folder(self) -> Path:
        """The folder of large payloads."""
        return self._folder

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]
