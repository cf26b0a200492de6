"""The windowed reader: a fixed number of requests under way, the blocks in order, each byte exactly once.

A round trip per block is slow, and all requests of a large file at once make servers hang (sftp.md 2). So a window slides over the
file: as the oldest block arrives, the next is asked for.
"""

from collections import deque
from collections.abc import Iterator

from sftp.errors import FileChangedError, Operation
from sftp.wire import BLOCK, Wire

__all__ = ["read_blocks"]


def read_blocks(wire: Wire, handle: bytes, size: int | None, *, window: int) -> Iterator[bytes]:
    """Yield the file from its first byte to its end.

    Raises `FileChangedError` when the file ends before or after `size`; None takes it as it comes.
    """
    spans = _spans(size)
    under_way: deque[tuple[int, int, int]] = deque()  # request number, offset, length
    received = 0
    try:
        while True:
            while len(under_way) < window and (span := next(spans, None)) is not None:
                under_way.append((wire.ask_read(handle, *span), *span))
            if not under_way:
                break
            number, offset, length = under_way.popleft()
            block = wire.data(number)
            while 0 < len(block) < length:  # a short read is allowed: ask for the rest before going on
                more = wire.data(wire.ask_read(handle, offset + len(block), length - len(block)))
                if not more:
                    break
                block += more
            received += len(block)
            if size is not None and received > size:
                break
            if block:
                yield block
            if len(block) < length:  # the end; what was asked for behind it brings nothing
                break
    finally:
        wire.abandon(number for number, _, _ in under_way)
    if size is not None and received != size:
        raise FileChangedError(Operation.READ)


def _spans(size: int | None) -> Iterator[tuple[int, int]]:
    """Offset and length of each block; where the size is known, one byte more at its end, to see that the file stops there."""
    offset = 0
    while size is None or offset < size:
        length = BLOCK if size is None else min(BLOCK, size - offset)
        yield offset, length
        offset += length
    yield offset, 1
