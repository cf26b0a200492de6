"""Real HTTP on loopback for the cells with asynchronous receipts: our client and server at our end, the standard library's at the peer's."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from as2.client import post
from as2.mdn import looks_like_mdn
from as2.server import empty_response, read_body, read_head
from as2.unfold import Unfold
from tests.interop.as2.cells import Cell
from tests.interop.as2.party import Fields, Party, Received, Sealed

__all__ = ["Line", "Loopback"]

_LONG = 60.0


class Loopback:
    """A server with our end and the peer's end of every line, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.lines: dict[str, Line] = {}
        self.port, self._runner, self._session = self.run(self._start())

    def close(self) -> None:
        """Ends server and thread."""
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Any) -> Any:
        """The result of a coroutine of this loop, asked for in another thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_LONG)

    async def _start(self) -> tuple[int, web.ServerRunner, aiohttp.ClientSession]:
        server = web.Server(self._handle, auto_decompress=False)
        runner = web.ServerRunner(server)
        await runner.setup()
        listening = await self._loop.create_server(lambda: Unfold(server()), "127.0.0.1", 0)
        self._listening = listening
        return listening.sockets[0].getsockname()[1], runner, aiohttp.ClientSession()

    async def _stop(self) -> None:
        await self._session.close()
        self._listening.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        end, number = request.path.strip("/").split("/")
        headers = read_head(request)
        body = await read_body(request, 1 << 24)
        self.lines[number].arrived(end, headers.raw, body, is_mdn=looks_like_mdn(headers, body))
        return empty_response()

    @contextmanager
    def opened(self, cell: Cell) -> Iterator["Line"]:
        """A line for one cell."""
        line = Line(self, cell, str(len(self.lines) + 1))
        self.lines[line.number] = line
        yield line
        self.lines[line.number] = Line(self, cell, line.number)

    def post(self, url: str, sent: tuple[Fields, bytes]) -> None:
        """By our client."""

        async def posting() -> int:
            return (await post(self._session, url, dict(sent[0]), sent[1])).status

        _check(self.run(posting()))


class Line:
    """Two addresses, one of each end, and what arrived there."""

    def __init__(self, loopback: Loopback, cell: Cell, number: str) -> None:
        self._loopback, self._cell, self.number = loopback, cell, number
        self._arrived: dict[tuple[str, bool], Future[tuple[Fields, bytes]]] = {}
        for key in (("us", False), ("us", True), ("peer", False), ("peer", True)):
            self._arrived[key] = Future()

    @property
    def mdn_url(self) -> str:
        """Where the sender of this cell wants its receipt."""
        return self._url(self._cell.sender)

    def _url(self, end: str) -> str:
        return f"http://127.0.0.1:{self._loopback.port}/{end}/{self.number}"

    def arrived(self, end: str, raw: Any, body: bytes, *, is_mdn: bool) -> None:
        """Called by the server."""
        self._arrived[end, is_mdn].set_result((list(raw), body))

    def deliver(self, sent: Sealed, receiver: Party) -> Received:
        """The message goes out, the receipt comes back on a connection of its own, and stands in what is returned as it arrived."""
        sender, other = ("us", "peer") if self._cell.sender == "us" else ("peer", "us")
        self._post(sender, self._url(other), (sent.headers, sent.body))
        headers, body = self._arrived[other, False].result(_LONG)
        received = receiver.receive(self._cell, headers, body)
        if received.mdn is None:
            return received
        asked = next((value for name, value in headers if name.lower() == "receipt-delivery-option"), "")
        self._post(other, asked, received.mdn)
        return Received(received.fault, received.payload, received.mic, self._arrived[sender, True].result(_LONG))

    def _post(self, end: str, url: str, sent: tuple[Fields, bytes]) -> None:
        if end == "us":
            self._loopback.post(url, sent)
            return
        target = urlsplit(url)
        connection = HTTPConnection(str(target.hostname), target.port, timeout=_LONG)
        try:
            connection.request("POST", target.path, sent[1], dict(sent[0]))
            _check(connection.getresponse().status)
        finally:
            connection.close()


def _check(status: int) -> None:
    if not 200 <= status < 300:
        raise RuntimeError(f"HTTP {status}")
