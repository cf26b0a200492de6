"""Writes one payload that comes in pieces: hashed on the way, in memory while it is small, then in a file of the scratch folder."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from gateway.store.errors import StoreUnavailableError

__all__ = ["PayloadWriter", "move_into_place", "on_disk"]

#: smaller ones are not worth a look at the disk; larger ones are followed by a look every so many bytes
_LOOK_EVERY: Final = 16 << 20
_LARGE: Final = 1 << 20


@contextmanager
def on_disk() -> Iterator[None]:
    """A fault of the disk is the store's: nothing was taken over, and another try later may help."""
    try:
        yield
    except OSError as fault:
        raise StoreUnavailableError(f"not stored: {type(fault).__name__}") from fault


class PayloadWriter:
    """`write` as often as there is something, then `finish` or `discard`; blocking, and safe to discard while a thread still writes."""

    def __init__(self, scratch: Path, *, in_memory: int, keep_free: int, announced: int | None) -> None:
        self._scratch = scratch
        self._in_memory = in_memory
        self._keep_free = keep_free
        self._announced = announced or 0
        self._digest = hashlib.sha256()
        self._small = bytearray()
        self._file: IO[bytes] | None = None
        self._path: Path | None = None
        self._looked_at = 0
        self._closed = False
        self._lock = threading.Lock()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of what was written so far, hex."""
        return self._digest.hexdigest()

    def write(self, block: bytes) -> None:
        """Take some more. Raises StoreUnavailableError: the disk is full, nearly full, or faulty."""
        with self._lock:
            if self._closed:
                raise ValueError("it is finished or discarded")
            self.size += len(block)
            self._digest.update(block)
            if self._file is None and self.size <= self._in_memory:
                self._small += block
                return
            with on_disk():
                self._look()
                if self._file is None:
                    handle, name = tempfile.mkstemp(dir=self._scratch)
                    self._path, self._file = Path(name), os.fdopen(handle, "wb", buffering=0)
                    _write_all(self._file, bytes(self._small))
                    self._small.clear()
                _write_all(self._file, block)

    def finish(self) -> bytes | Path:
        """The bytes when they are few, else the synced and closed file. Raises StoreUnavailableError."""
        with self._lock:
            self._closed = True
            if self._file is None or self._path is None:
                return bytes(self._small)
            with on_disk():
                os.fsync(self._file.fileno())
                self._file.close()
            return self._path

    def discard(self) -> None:
        """Leave nothing behind. What was moved into its place stays there."""
        with self._lock:
            self._closed = True
            if self._file is not None and self._path is not None:
                self._file.close()
                self._path.unlink(missing_ok=True)

    def _look(self) -> None:
        """Whether the disk has room for what is announced, or for the next bytes, with what it must always have left."""
        expected = max(self._announced, self.size)
        if expected < _LARGE or (self._looked_at and self.size < self._looked_at + _LOOK_EVERY):
            return
        self._looked_at = self.size
        if shutil.disk_usage(self._scratch).free < self._keep_free + expected - self.size:
            raise StoreUnavailableError("not stored: the disk is nearly full")


def _write_all(file: IO[bytes], block: bytes) -> None:
    """Unbuffered files may take less than they are given."""
    left = memoryview(block)
    while left:
        left = left[file.write(left) :]


def move_into_place(path: Path, target: Path) -> None:
    """Give a synced file its name, as durable as its bytes. Where the name stands already, it stands for the same bytes. Raises OSError."""
    if target.exists():
        path.unlink()  # whoever gave it the name may not have synced that yet
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    for folder in (target.parent, target.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
