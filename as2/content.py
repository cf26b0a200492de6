"""`Content`: a window on bytes, or on an open file, so that what is large is never in memory as a whole (A50).

Nothing here opens a file: large bodies come as open ones, and what is made of them goes to files that the caller's `scratch` gives. The
caller closes those when it is done with the message. One file is read by one thread at a time.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol, cast

__all__ = ["BLOCK", "IN_MEMORY", "Content", "Joined", "Scratch", "Source", "Spool", "as_content", "as_source", "joined"]

BLOCK: Final = 1 << 20  #: bytes that are read at once
IN_MEMORY: Final = 1 << 20  #: up to here everything stays in memory
_PAGE: Final = 1 << 16

#: gives a new, empty, seekable file
Scratch = Callable[[], BinaryIO]


class Source(Protocol):
    """Something with bytes in it, maybe large. Each call of `blocks` begins anew."""

    @property
    def size(self) -> int:
        """How many bytes."""

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """All bytes in order, a block at a time; blocks may be shorter than `size`."""


class _File:
    """An open file as octets that can be cut. Small cuts are served from a page: BER has a header for every chunk of 1,000 bytes."""

    __slots__ = ("_at", "_file", "_page")

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at, self._page = file, 0, b""

    def __getitem__(self, cut: slice) -> bytes:
        start, stop = cut.start, cut.stop
        if stop - start > _PAGE:
            return self._read(start, stop - start)
        if not self._at <= start <= stop <= self._at + len(self._page):
            self._at, self._page = start, self._read(start, _PAGE, whole=False)
        cut_out = self._page[start - self._at : stop - self._at]
        if len(cut_out) < stop - start:
            raise EOFError("the file is shorter than it was")
        return cut_out

    def find(self, marker: bytes, start: int, stop: int) -> int:
        """Block by block; what could be the beginning of the marker is carried over the end of a block."""
        carried = b""
        for position in range(start, stop, BLOCK):
            block = carried + self._read(position, min(BLOCK, stop - position))
            found = block.find(marker)
            if found >= 0:
                return position - len(carried) + found
            carried = block[len(block) - len(marker) + 1 :] if len(marker) > 1 else b""
        return -1

    def _read(self, start: int, size: int, *, whole: bool = True) -> bytes:
        self._file.seek(start)
        read = self._file.read(size)
        while 0 < len(read) < size:  # a raw file may give less than it has
            more = self._file.read(size - len(read))
            if not more:
                break
            read += more
        if whole and len(read) < size:
            raise EOFError("the file is shorter than it was")
        return read


class Content:
    """A part of some bytes or of an open file. Windows and slices count from the beginning of this part."""

    __slots__ = ("_octets", "_start", "_stop", "size")

    __hash__ = None  # type: ignore[assignment]  # it is compared by what it holds

    def __init__(self, octets: bytes | _File, start: int, stop: int) -> None:
        self._octets, self._start, self._stop, self.size = octets, start, stop, stop - start

    @classmethod
    def of(cls, source: bytes | BinaryIO) -> "Content":
        """All of these bytes, or of this file."""
        if isinstance(source, bytes):
            return cls(source, 0, len(source))
        return cls(_File(source), 0, source.seek(0, 2))

    @property
    def in_memory(self) -> bool:
        """True for a window on bytes."""
        return isinstance(self._octets, bytes)

    def window(self, start: int = 0, stop: int | None = None) -> "Content":
        """A part of this part; nothing is copied. Both ends are taken into it."""
        stop = self.size if stop is None else min(stop, self.size)
        start = min(start, stop)
        return Content(self._octets, self._start + start, self._start + stop)

    def __getitem__(self, cut: slice) -> bytes:
        start, stop, _ = cut.indices(self.size)
        return self._octets[self._start + start : self._start + max(start, stop)]

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        """Equal to bytes and to another content that hold the same."""
        if isinstance(other, bytes):
            other = Content.of(other)
        if not isinstance(other, Content):
            return NotImplemented
        return self.size == other.size and all(one == two for one, two in zip(self.blocks(), other.blocks(), strict=True))

    def __repr__(self) -> str:
        return f"<Content of {self.size} bytes>"

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """All bytes in order, a block at a time."""
        for position in range(self._start, self._stop, size):
            yield self._octets[position : min(position + size, self._stop)]

    def find(self, marker: bytes, start: int = 0, stop: int | None = None) -> int:
        """Where the marker begins, or -1."""
        last = self._stop if stop is None else min(self._start + stop, self._stop)
        found = self._octets.find(marker, self._start + start, last)
        return found if found < 0 else found - self._start

    def read(self) -> bytes:
        """All of it, in memory."""
        return self._octets[self._start : self._stop]


class Joined:
    """Several sources, one after the other; see `joined`."""

    __slots__ = ("_parts", "size")

    def __init__(self, *parts: Source | bytes) -> None:
        self._parts = tuple(Content.of(part) if isinstance(part, bytes) else part for part in parts)
        self.size = sum(part.size for part in self._parts)

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """All bytes in order, a block at a time."""
        for part in self._parts:
            yield from part.blocks(size)

    def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join(self.blocks())


def joined(*parts: Source | bytes) -> Content | Joined:
    """Several sources, one after the other. What is small is put together at once, so that each later pass has one block."""
    if sum([len(part) if isinstance(part, bytes) else part.size for part in parts]) <= IN_MEMORY:
        return Content.of(b"".join([part if isinstance(part, bytes) else b"".join(part.blocks()) for part in parts]))
    return Joined(*parts)


class Spool:
    """Takes what a layer gives, block by block: small content stays in memory, large goes to a scratch file, when there are any."""

    __slots__ = ("_blocks", "_file", "_scratch", "size")

    def __init__(self, scratch: Scratch | None) -> None:
        self._scratch = scratch
        self._blocks: list[bytes] = []
        self._file: BinaryIO | None = None
        self.size = 0

    def write(self, block: bytes) -> None:
        """Add to it."""
        self.size += len(block)
        if self._file is not None:
            self._file.write(block)
            return
        self._blocks.append(block)
        if self.size > IN_MEMORY and self._scratch is not None:
            self._file = self._scratch()
            self._file.writelines(self._blocks)
            self._blocks.clear()

    def content(self) -> Content:
        """What was written. Nothing is added afterwards."""
        if self._file is None:
            return Content.of(b"".join(self._blocks))
        self._file.flush()
        return Content.of(self._file)

    def discard(self) -> None:
        """Nothing of it may be seen (a tag that does not fit): the file is emptied at once."""
        self._blocks.clear()
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()


def as_content(source: bytes | BinaryIO | Content) -> Content:
    """A window on all of it."""
    return source if isinstance(source, Content) else Content.of(source)


def as_source(source: bytes | BinaryIO | Source) -> Source:
    """Bytes and open files as contents; anything that has a size and blocks as it is."""
    if isinstance(source, bytes):
        return Content.of(source)
    return cast("Source", source) if hasattr(source, "blocks") else Content.of(source)
