"""The bytes of one payload, wherever they are: what the store keeps and transports send."""

import hashlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from gateway.packing import unpack_blocks

__all__ = ["PACKED", "StoredPayload"]

BLOCK: Final = 1 << 20
PACKED: Final = ".z"  #: how the names of packed files end


class StoredPayload:
    """The bytes of one payload: in memory when they are few, else in a file that nobody changes any more.

    Digest and size are those of the bytes; the file may hold them packed, which only its name tells.
    """

    __slots__ = ("_data", "_path", "sha256", "size")

    def __init__(self, sha256: str, size: int, where: bytes | Path) -> None:
        self.sha256 = sha256
        self.size = size
        self._data = where if isinstance(where, bytes) else None
        self._path = where if isinstance(where, Path) else None

    @classmethod
    def of(cls, data: bytes) -> "StoredPayload":
        """Bytes in memory."""
        return cls(hashlib.sha256(data).hexdigest(), len(data), data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredPayload) and other.sha256 == self.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"StoredPayload({self.sha256[:12]}, {self.size} bytes)"

    @property
    def in_memory(self) -> bytes | None:
        """The bytes, where they are in memory already."""
        return self._data

    def open(self) -> BinaryIO:
        """A file of the bytes, positioned at its begin, that can be sought in; the caller closes it. Raises OSError: it is gone."""
        if self._path is None:
            return io.BytesIO(self._data or b"")
        if self._path.suffix != PACKED:
            return self._path.open("rb")
        plain = tempfile.TemporaryFile(dir=self._path.parent)  # noqa: SIM115 - for the caller to close
        try:
            plain.writelines(self.blocks())
            plain.seek(0)
        except BaseException:
            plain.close()
            raise
        return cast("BinaryIO", plain)

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The bytes in order; each call begins anew. Raises OSError when the file is gone or damaged."""
        if self._path is None:
            data = self._data or b""
            yield from (data[start : start + size] for start in range(0, len(data), size))
            return
        with self._path.open("rb", buffering=0) as file:
            if self._path.suffix == PACKED:
                yield from unpack_blocks(iter(lambda: file.read(BLOCK), b""), size)
                return
            while block := file.read(size):
                yield block

    def read(self) -> bytes:
        """All bytes at once; for payloads whose size is known to be small."""
        return b"".join(self.blocks()) if self._path is not None else self._data or b""

    @property
    def path(self) -> Path | None:
        """The file that holds them, packed or not; for who counts files, never for who reads bytes."""
        return self._path
