"""Writes one payload that comes in pieces: hashed on the way, in memory while it is small, then in a file of the scratch folder.

The file is packed on the way when its begin says that this is worth it; digest and size are those of the bytes that came.
"""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from gateway.packing import Packer, is_worth_packing, packer
from gateway.payload import PACKED
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
        self._packer: Packer | None = None
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
                    block = bytes(self._small) + block
                    self._small.clear()
                    self._packer = packer() if is_worth_packing(block) else None
                    handle, name = tempfile.mkstemp(dir=self._scratch, suffix=PACKED if self._packer else None)
                    self._path, self._file = Path(name), os.fdopen(handle, "wb", buffering=0)
                _write_all(self._file, self._packer.compress(block) if self._packer else block)

    def finish(self) -> bytes | Path:
        """The bytes when they are few, else the synced file; its name tells whether it is packed. Raises StoreUnavailableError."""
        with self._lock:
            self._closed = True
            if self._file is None or self._path is None:
                return bytes(self._small)
            with on_disk():
                if self._packer is not None:
                    _write_all(self._file, self._packer.flush())
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


def move_into_place(path: Path, target: Path) -> Path:
    """Give a synced file its name, packed or not, as durable as its bytes. Gives the name. Raises OSError.

    Where one of its names stands already, it stands for the same bytes, and is stamped anew: it is in use again, so nobody takes it for
    one that was left behind.
    """
    packed = target.with_name(target.name + PACKED)
    found = next((one for one in (packed, target) if _stamped(one)), None)
    if found is not None:
        path.unlink()  # whoever gave it the name may not have synced that yet
    else:
        found = packed if path.suffix == PACKED else target
        found.parent.mkdir(parents=True, exist_ok=True)
        path.replace(found)
    for folder in (found.parent, found.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return found


def _stamped(path: Path) -> bool:
    """Whether the file is there; one that is, is as new as now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
