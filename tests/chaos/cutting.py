"""A loopback proxy that cuts everything, once, after so many bytes of one side; before and after that it only carries."""

import asyncio
from contextlib import suppress
from enum import StrEnum
from typing import Self

__all__ = ["Cutter", "Side"]

_BLOCK = 1 << 14


class Side(StrEnum):
    """Whose bytes are counted."""

    REQUEST = "request"
    ANSWER = "answer"


class Cutter:
    """Between a client and the server on `target`, as an async context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._left: int | None = None
        self._side = Side.REQUEST
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server
        self.cuts = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1])

    def arm(self, side: Side, after: int) -> None:
        """Cut when so many bytes of this side, counted from now, would be exceeded."""
        self._side, self._left = side, after

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry_both, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._cut()

    async def _carry_both(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            to_client.close()
            return
        self._writers |= {to_client, to_server}
        try:
            await asyncio.gather(self._carry(client, to_server, Side.REQUEST), self._carry(server, to_client, Side.ANSWER))
        finally:
            for writer in (to_client, to_server):
                self._writers.discard(writer)
                writer.close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, side: Side) -> None:
        with suppress(OSError):
            while data := await source.read(_BLOCK):
                if self._left is not None and side is self._side:
                    if len(data) > self._left:
                        sink.write(data[: self._left])
                        self._left = None
                        self.cuts += 1
                        self._cut()
                        return
                    self._left -= len(data)
                sink.write(data)
                await sink.drain()
        with suppress(OSError, RuntimeError):
            sink.write_eof()

    def _cut(self) -> None:
        """Every connection, both ends, at once. What was written goes out; nothing more does."""
        for writer in tuple(self._writers):
            writer.close()
