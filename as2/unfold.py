"""`Unfold`: takes requests with folded header lines, which aiohttp's parser refuses, and hands them on unfolded (A11, RFC 9112 5.2).

A protocol between the socket and aiohttp's own: `loop.create_server(lambda: Unfold(runner.server()), host, port, ssl=context)`.
It holds back the head of each request until it is complete, replaces every fold by one space, and passes all else on untouched.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Final, cast

__all__ = ["FoldError", "Unfold", "unfold"]

MAX_HEAD: Final = 64 * 1024
HEAD_TIMEOUT: Final = 30.0

_FOLD: Final = re.compile(rb"\r\n[ \t]+")
_NO_HEAD: Final = re.compile(rb"(?<!\r)\n|\0")  #: a bare line end, or what TLS begins with: no blank line will come
#: two readers of such a field could come to different ends (request smuggling), or to different parties
_NEVER_FOLDED: Final = frozenset({b"content-length", b"transfer-encoding", b"host", b"as2-from", b"as2-to"})
_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_REFUSED: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class FoldError(ValueError):
    """The head of a request is folded where it must not be, or holds bytes that no head has."""


def unfold(head: bytes) -> bytes:
    """A head, with its last blank line, without folds. Raises `FoldError`."""
    bare = head.replace(b"\r\n", b"")
    if b"\n" in bare or b"\r" in bare or b"\0" in bare:
        raise FoldError("a bare line end or NUL")
    lines = head.split(b"\r\n", 2)
    if len(lines) > 1 and lines[1][:1] in {b" ", b"\t"}:
        raise FoldError("a fold before the first field")
    name = b""
    for line in head.split(b"\r\n"):
        if line[:1] in {b" ", b"\t"}:
            if name in _NEVER_FOLDED:
                raise FoldError("a fold in a field that decides where or to whom")
        else:
            name = line.partition(b":")[0].strip().lower()
    return _FOLD.sub(b" ", head)


class Unfold(asyncio.Protocol):
    """One connection. `inner` is the protocol that aiohttp made for it; `answer` writes the response to a head that is refused."""

    def __init__(self, inner: asyncio.Protocol, answer: Callable[[], bytes] = lambda: _REFUSED) -> None:
        self._inner = inner
        self._answer = answer
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._body_left = 0
        self._through = False  #: no more heads can be told from bodies: a chunked body has begun
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._inner.connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        while data and not self._refused:
            if self._through:
                self._inner.data_received(data)
                return
            if self._body_left:
                body, data = data[: self._body_left], data[self._body_left :]
                self._body_left -= len(body)
                self._inner.data_received(body)
                continue
            data = self._collect(data)

    def _collect(self, data: bytes) -> bytes:
        """Adds to the head; passes it on when it is complete, and gives back what follows it."""
        if not self._head:
            data = data.lstrip(b"\r\n")  # allowed before a request (RFC 9112 2.2)
            if not data:
                return b""
            self._arm()
        searched = max(len(self._head) - 3, 0)
        self._head += data
        end = self._head.find(b"\r\n\r\n", searched)
        if end < 0:
            if len(self._head) > MAX_HEAD or _NO_HEAD.search(self._head, searched):
                self._refuse()
            return b""
        head, rest = bytes(self._head[: end + 4]), bytes(self._head[end + 4 :])
        self._head.clear()
        self._disarm()
        try:
            head = unfold(head)
        except FoldError:
            self._refuse()
            return b""
        if _CHUNKED.search(head):
            self._through = True
            head = _last_of_connection(head)
        elif lengths := _LENGTH.findall(head):
            self._body_left = int(lengths[0])  # unequal ones are refused by the parser behind us
        self._inner.data_received(head)
        return rest

    def _refuse(self) -> None:
        self._disarm()
        self._head.clear()
        self._refused = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._answer())
            self._transport.close()

    def _expire(self) -> None:
        """The head did not come in time. Who never began gets no answer either."""
        if self._head:
            self._refuse()
        elif self._transport is not None:
            self._transport.close()

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HEAD_TIMEOUT, self._expire)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


def _last_of_connection(head: bytes) -> bytes:
    """Says that no further request follows: behind a chunked body we could not tell a head from data."""
    kept = re.sub(rb"\r\nconnection[ \t]*:[^\r\n]*", b"", head, flags=re.IGNORECASE)
    return kept[:-4] + b"\r\nConnection: close\r\n\r\n"
