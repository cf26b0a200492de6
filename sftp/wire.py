"""One channel of an SSH session that speaks SFTP: requests out, answers back in any order, a window of requests under way.

Why not `paramiko.SFTPClient`, which stands on the same channels: one name that is not UTF-8 ends its listing, errors of pipelined
writes and of the final close are lost, and all statuses but two become the same exception. Here each answer is looked at, names stay
bytes, and the number of requests under way is ours to choose.

A round trip costs far more than a request, so requests are gathered and go out together: when an answer is waited for, or when there
are so many that the server should begin.
"""

import struct
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import Final

from paramiko import Channel, SSHException

from sftp.errors import StatusError
from sftp.messages import HELLO, LIMITS, Answer, Request, close, extensions_of, largest_of, limits

__all__ = ["BLOCK", "Wire"]

BLOCK: Final = 32 * 1024  #: bytes per read or write request; what every server takes
_LARGEST_BLOCK: Final = 256 * 1024
_LARGEST_ANSWER: Final = 1 << 20
_AT_ONCE: Final = 1 << 20  #: bytes taken from the channel
_GATHERED: Final = 16  #: requests that wait at most for company
_HEAD: Final = struct.Struct(">IBI")  # length, kind, number
_MOST_ARRIVED: Final = 4096  #: answers that are kept for who has not asked yet; far more than requests are under way


class Wire:
    """Belongs to one thread. Raises `EOFError`, `TimeoutError`, `OSError` of the channel."""

    def __init__(self, channel: Channel, *, window: int) -> None:
        self.window = window  #: requests under way at most
        self._channel = channel
        self._packet = max(channel.out_max_packet_size - 64, 1024)  # what paramiko puts into one SSH packet
        self._number = 0
        self._outgoing = bytearray()
        self._gathered = 0
        self._incoming = b""
        self._at = 0
        self._arrived: dict[int, Answer] = {}
        self._abandoned: set[int] = set()
        self._blocks: tuple[int, int] | None = None
        self._channel.sendall(struct.pack(">IB", len(HELLO.body) + 1, HELLO.kind) + HELLO.body)
        self._limits = self.ask(limits()) if LIMITS in extensions_of(self._first()) else None

    def close(self) -> None:
        """Give the channel back."""
        self._channel.close()

    # requests and answers

    def ask(self, request: Request) -> int:
        """Send a request without waiting; the number is for `answer`."""
        self._number = number = (self._number + 1) & 0xFFFFFFFF
        self._outgoing += _HEAD.pack(len(request.body) + 5, request.kind, number)
        self._outgoing += request.body
        self._gathered += 1
        if self._gathered >= _GATHERED or len(self._outgoing) >= BLOCK:
            self.flush()
        return number

    def flush(self) -> None:
        """Send what was gathered."""
        outgoing, self._outgoing, self._gathered = self._outgoing, bytearray(), 0
        with memoryview(outgoing) as view:
            for start in range(0, len(view), self._packet):
                self._channel.sendall(bytes(view[start : start + self._packet]))

    def answer(self, number: int) -> Answer:
        """Wait for the answer to a request; others that come first are kept."""
        while number not in self._arrived:
            seen, answer = self._next()
            if seen in self._abandoned:
                self._abandoned.discard(seen)
            elif len(self._arrived) < _MOST_ARRIVED:
                self._arrived[seen] = answer
            else:
                raise EOFError  # answers to what nobody asked: the server would fill our memory
        return self._arrived.pop(number)

    def call(self, request: Request) -> Answer:
        """Ask and wait."""
        return self.answer(self.ask(request))

    def in_turn(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """The answers in the order of the requests, of which a window is under way. Those that nobody waits for any more are dropped."""
        under_way: deque[int] = deque()
        coming = iter(requests)
        try:
            while True:
                while len(under_way) < self.window and (request := next(coming, None)) is not None:
                    under_way.append(self.ask(request))
                if not under_way:
                    return
                yield self.answer(under_way.popleft())
        finally:
            self.abandon(under_way)

    def abandon(self, numbers: Iterable[int]) -> None:
        """Nobody will ask for these answers; drop them as they come."""
        self._abandoned.update(number for number in numbers if self._arrived.pop(number, None) is None)

    def release(self, *handles: bytes) -> None:
        """Close what was read, without waiting for an answer that changes nothing; on a broken connection nothing is left to close."""
        with suppress(OSError, SSHException):
            self.abandon([self.ask(close(handle)) for handle in handles])
            self.flush()

    # how much at once

    @property
    def read_block(self) -> int:
        """Bytes of one read request."""
        return self._largest()[0]

    @property
    def write_block(self) -> int:
        """Bytes of one write request."""
        return self._largest()[1]

    def _largest(self) -> tuple[int, int]:
        if self._blocks is None:
            largest = (0, 0)
            if self._limits is not None:
                with suppress(StatusError):
                    largest = largest_of(self.answer(self._limits))
            self._blocks = (min(largest[0] or BLOCK, _LARGEST_BLOCK), min(largest[1] or BLOCK, _LARGEST_BLOCK))
        return self._blocks

    # bytes

    def _first(self) -> Answer:
        """The only answer without a number."""
        (length,) = struct.unpack(">I", self._take(4))
        if not 1 <= length <= _LARGEST_ANSWER:
            raise EOFError
        body = self._take(length)
        return Answer(body[0], body[1:])

    def _next(self) -> tuple[int, Answer]:
        length, kind, number = _HEAD.unpack(self._take(_HEAD.size))
        if not 5 <= length <= _LARGEST_ANSWER:
            raise EOFError
        return number, Answer(kind, self._take(length - 5))

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._incoming):
            self._receive(count)
            end = count
        taken = self._incoming[self._at : end]
        self._at = end
        return taken

    def _receive(self, count: int) -> None:
        """Fill up to so many bytes; whatever else is there comes along."""
        if self._outgoing:
            self.flush()
        parts = [self._incoming[self._at :]]
        missing = count - len(parts[0])
        while missing > 0:
            part = self._channel.recv(_AT_ONCE)
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        self._incoming, self._at = b"".join(parts), 0
