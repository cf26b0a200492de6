"""How stored bytes are made smaller: zlib at its fastest level, where that is worth it. Bytes in, bytes out; no files.

EDI and JSON shrink to a quarter (a half when they are a few hundred bytes) at 100 MB/s and more, and come back at twice that;
the higher levels take twice the time for another tenth. What is encrypted or packed already does not shrink, and stays as it is.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

__all__ = ["Packer", "is_worth_packing", "pack", "packer", "unpack", "unpack_blocks"]

_LEVEL: Final = 1
_SMALLEST: Final = 256  #: fewer bytes are not worth the call
#: a window that holds all of few bytes: the usual tables, a quarter of a megabyte, take ten times as long to prepare as to use
_FEW: Final = 4096
_FEW_BITS: Final = 12
_FEW_MEMORY: Final = 5
_SAMPLE: Final = 1 << 16
_SHARE: Final = 0.9  #: what stays larger than this share stays as it is


class Packer(Protocol):
    """Packs a stream."""

    def compress(self, data: bytes, /) -> bytes:
        """What is ready of it."""

    def flush(self) -> bytes:
        """The rest, at the end."""


def packer() -> Packer:
    """For bytes that come one block after the other."""
    return zlib.compressobj(_LEVEL)


def pack(data: bytes) -> bytes | None:
    """The bytes in their packed form; None when that would save too little."""
    if len(data) < _SMALLEST:
        return None
    if len(data) <= _FEW:
        small = zlib.compressobj(_LEVEL, zlib.DEFLATED, _FEW_BITS, _FEW_MEMORY)
        packed = small.compress(data) + small.flush()
    else:
        packed = zlib.compress(data, _LEVEL)
    return packed if len(packed) <= len(data) * _SHARE else None


def is_worth_packing(begin: bytes) -> bool:
    """Whether bytes that begin like this are to be packed."""
    return pack(begin[:_SAMPLE]) is not None


def unpack(packed: bytes) -> bytes:
    """The inverse of `pack`. Raises OSError for what is no packed form, as a disk would that gives back other bytes."""
    try:
        return zlib.decompress(packed)
    except zlib.error as fault:
        raise OSError("the stored bytes are damaged") from fault


def unpack_blocks(packed: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The bytes of a packed stream in blocks of at most `size`, in memory that does not grow with it. Raises OSError as `unpack`."""
    reader, rest = zlib.decompressobj(), b""
    try:
        for piece in packed:
            rest = piece
            while rest and not reader.eof:
                if block := reader.decompress(rest, size):
                    yield block
                rest = reader.unconsumed_tail
            if rest:
                break
        while not reader.eof and (block := reader.decompress(b"", size)):
            yield block
    except zlib.error as fault:
        raise OSError("the stored bytes are damaged") from fault
    if not reader.eof or reader.unused_data or rest:
        raise OSError("the stored bytes are damaged: they end too early or too late")
