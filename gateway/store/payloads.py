"""Payload bytes, stored once by their SHA-256: small ones in the database, larger ones in fsynced files of the data folder."""

import hashlib
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, select

from gateway.store.errors import StoreUnavailableError
from gateway.store.schema import Payload
from gateway.store.statement import Statement, add

__all__ = ["IN_DATABASE", "PayloadFiles", "sha256_of"]

#: from here on a file is cheaper than a row (1 MB rows: 162-229/s)
IN_DATABASE: Final = 64 * 1024

_payload = Payload.table()
_select = Statement(select(_payload.c.body).where(_payload.c.sha256 == bindparam("digest")))


def sha256_of(data: bytes) -> str:
    """The name of a payload."""
    return hashlib.sha256(data).hexdigest()


class PayloadFiles:
    """The folder of large payloads, and the table of all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Make a large payload durable before the transaction that names it; a small one needs nothing. Gives its digest.

        Blocking: call it in a thread. A crash before the transaction leaves a file that nobody names, and no harm.
        Raises StoreUnavailableError.
        """
        digest = sha256_of(data)
        if len(data) > IN_DATABASE:
            try:
                self._write(self._path(digest), data)
            except OSError as fault:
                raise StoreUnavailableError(f"not stored: {type(fault).__name__}") from fault
        return digest

    def insert(self, connection: Connection, digest: str, data: bytes, now: datetime) -> None:
        """The row of a payload; one that is there already stays. `keep` comes first."""
        body = data if len(data) <= IN_DATABASE else None
        add(connection, _payload, {"sha256": digest, "size": len(data), "body": body, "created_at": now}, ignore=True)

    def load(self, connection: Connection, digest: str) -> bytes:
        """The bytes of a payload. Raises KeyError for an unknown digest, OSError when its file is gone."""
        row = _select.one(connection, digest=digest)
        if row is None:
            raise KeyError(digest)
        return row["body"] if row["body"] is not None else self._path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        for folder in (path.parent, path.parent.parent):  # the names must be as durable as the bytes
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
