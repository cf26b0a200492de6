"""The hub, a process of its own: verifies each webhook as Standard Webhooks says, and remembers each id with when it came first."""

import asyncio
import base64
import hashlib
import hmac
import json
import signal
import sys
from typing import Any

from tests.benchmarks.engine.load import now
from tests.benchmarks.engine.wire import Framer

_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_FORGED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


class Book:
    """What arrived."""

    def __init__(self, secret: str) -> None:
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.arrivals: dict[str, float] = {}  #: by order number
        self.ids: set[str] = set()
        self.repeated = 0
        self.forged = 0

    def take(self, head: bytes, body: bytes) -> bytes:
        """An event; the answer to it."""
        fields = {name.lower(): value for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])}
        signed = fields.get(b"webhook-id", b"") + b"." + fields.get(b"webhook-timestamp", b"") + b"." + body
        wanted = b"v1," + base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256))
        if wanted not in fields.get(b"webhook-signature", b"").split(b" "):
            self.forged += 1
            return _FORGED
        event = json.loads(body)
        if event["id"] in self.ids:
            self.repeated += 1
        self.ids.add(event["id"])
        self.arrivals.setdefault(event["subject"].rpartition("/")[2], now())
        return _OK

    def tell(self, path: bytes) -> bytes:
        """How many arrived; with /all when, and the book is emptied."""
        told: dict[str, Any] = {"count": len(self.arrivals), "repeated": self.repeated, "forged": self.forged}
        if path.startswith(b"/all"):
            told["arrivals"], self.arrivals = self.arrivals, {}
        body = json.dumps(told).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class _Connection(asyncio.Protocol):
    def __init__(self, book: Book) -> None:
        self._book = book
        self._framer = Framer()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for head, body in self._framer.feed(data):
            answer = self._book.tell(head.split(b" ")[1]) if head.startswith(b"GET ") else self._book.take(head, body)
            self._transport.write(answer)


async def _serve(port: int, secret: str) -> None:
    book, loop, ended = Book(secret), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(lambda: _Connection(book), "127.0.0.1", port)
    await ended.wait()
    server.close()


def main(port: str, secret: str) -> None:
    """Serve until stopped."""
    asyncio.run(_serve(int(port), secret))


if __name__ == "__main__":
    main(*sys.argv[1:])
