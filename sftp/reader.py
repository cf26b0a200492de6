"""The windowed reader: a fixed number of requests under way, the blocks in order, each byte exactly once.

A round trip per block is slow, and all requests of a large file at once make servers hang. So a window slides over the
files: as the oldest block arrives, the next is asked for.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from sftp.errors import FileChangedError, Operation, StatusError
from sftp.messages import Request, data_of, read
from sftp.wire import BLOCK, Wire

__all__ = ["read_blocks", "read_whole"]


class _Span(NamedTuple):
    file: int  #: which of those that are read
    handle: bytes
    offset: int
    length: int  #: that is asked for
    due: int  #: that there must be, unless the file is shorter than promised


def read_blocks(wire: Wire, handle: bytes, size: int | None) -> Iterator[bytes]:
    """Yield the file from its first byte to its end.

    Raises `FileChangedError` when the file ends before or after `size`; None takes it as it comes. Raises `StatusError`.
    """
    received = 0
    with closing(_read(wire, _spans(0, handle, size, wire.read_block))) as blocks:
        for span, block in blocks:
            if isinstance(block, StatusError):
                raise block
            received += len(block)
            if size is not None and received > size:
                break
            if block:
                yield block
            if len(block) < span.due:  # the end; what was asked for behind it brings nothing
                break
    if size is not None and received != size:
        raise FileChangedError(Operation.READ)


def read_whole(wire: Wire, files: Sequence[tuple[bytes, int]]) -> list[bytes | StatusError | FileChangedError]:
    """Several small files at once, by handle and size: what each of them holds, or why it could not be read."""
    spans = (span for number, (handle, size) in enumerate(files) for span in _spans(number, handle, size, BLOCK))
    parts: list[list[bytes]] = [[] for _ in files]
    faults: dict[int, StatusError] = {}
    for span, block in _read(wire, spans):
        if isinstance(block, StatusError):
            faults[span.file] = block
        else:
            parts[span.file].append(block)
    read = [b"".join(blocks) for blocks in parts]
    return [
        faults.get(number) or (data if len(data) == size else FileChangedError(Operation.READ))
        for number, (data, (_, size)) in enumerate(zip(read, files, strict=True))
    ]


def _read(wire: Wire, spans: Iterator[_Span]) -> Generator[tuple[_Span, bytes | StatusError], None, None]:
    """Each span's bytes in turn; fewer than asked for where the file ends."""
    asked: deque[_Span] = deque()

    def requests() -> Iterator[Request]:
        for span in spans:
            asked.append(span)
            yield read(span.handle, span.offset, span.length)

    with closing(wire.in_turn(requests())) as answers:
        for answer in answers:
            span = asked.popleft()
            try:
                yield span, _filled(wire, span, data_of(answer))
            except StatusError as fault:
                yield span, fault


def _filled(wire: Wire, span: _Span, block: bytes) -> bytes:
    """A short answer is allowed: ask for the rest before going on."""
    while 0 < len(block) < span.due:
        more = data_of(wire.call(read(span.handle, span.offset + len(block), span.length - len(block))))
        if not more:
            break
        block += more
    return block


def _spans(file: int, handle: bytes, size: int | None, block: int) -> Iterator[_Span]:
    """The blocks of a file; where its size is known, with one byte more at its end, to see that it stops there."""
    offset = 0
    while size is None or offset <= size:
        length = block if size is None else min(block, size + 1 - offset)
        yield _Span(file, handle, offset, length, length if size is None else min(length, size - offset))
        offset += length
