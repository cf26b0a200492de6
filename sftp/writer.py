"""The windowed writer: a fixed number of requests under way, every answer looked at, the closing one with them.

A server may refuse only at the end (quota), so a file is written when its handle was closed well.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing

from sftp.errors import LocalFileError, Operation, StatusError
from sftp.files import Source
from sftp.messages import Request, close, write
from sftp.wire import Wire

__all__ = ["write_whole"]


def write_whole(wire: Wire, files: Sequence[tuple[bytes, Source]]) -> list[StatusError | LocalFileError | None]:
    """Several files, by handle and content, one after the other without waiting between them: why each could not be written, or None."""
    faults: dict[int, StatusError | LocalFileError] = {}
    asked: deque[int] = deque()

    def requests() -> Iterator[Request]:
        for number, (handle, source) in enumerate(files):
            offset = 0
            try:
                for block in source.blocks(wire.write_block):
                    if number in faults:
                        break
                    asked.append(number)
                    yield write(handle, offset, block)
                    offset += len(block)
            except OSError:
                faults[number] = LocalFileError(Operation.READ)
            asked.append(number)
            yield close(handle)

    with closing(wire.in_turn(requests())) as answers:
        for answer in answers:
            number = asked.popleft()
            try:
                answer.done()
            except StatusError as fault:
                faults.setdefault(number, fault)
    return [faults.get(number) for number in range(len(files))]
