"""A loopback proxy that can be cut and restored: while it is cut, what stood breaks and what is new is refused at once."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TypeVar

Rewrite = Callable[[bytes], bytes]
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
S = TypeVar("S", bound="Switch")


class Switch:
    """`port` stays the same for its whole life. `rewrite` changes what the server says, where it names its own address.

    With `tls` it speaks TLS towards the client, and in the clear towards the server.
    """

    def __init__(self, target: int, rewrite: Callable[[int], Rewrite] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._target = target
        self._tls = tls
        self._make_rewrite = rewrite
        self._rewrite: Rewrite | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.silent = False  #: nothing is carried any more, and nothing breaks
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self._rewrite = self._make_rewrite(self.port) if self._make_rewrite else None

    async def cut(self) -> None:
        """Break every connection, and take no new one."""
        self._is_cut = True
        for writer in tuple(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def restore(self) -> None:
        """Carry again."""
        self._is_cut = self.silent = False

    async def close(self) -> None:
        await self.cut()
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def welcome(self, near: Ends, far: Ends) -> bool:
        """Whether what both ends say is carried; for doors that are made of this."""
        return True

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        is_welcome = False
        with suppress(OSError, EOFError):
            is_welcome = await self.welcome((reader, writer), (far_reader, far_writer))
        if not is_welcome:
            writer.close()
            far_writer.transport.abort()
            return
        for way in ((reader, far_writer, None), (far_reader, writer, self._rewrite)):
            task = asyncio.create_task(self._carry(*way))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, rewrite: Rewrite | None) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                while self.silent:  # noqa: ASYNC110 - a test's flag
                    await asyncio.sleep(0.01)
                to.write(rewrite(data) if rewrite else data)
                await to.drain()
        to.transport.abort()
        self._writers.discard(to)


@asynccontextmanager
async def opened(switch: S) -> AsyncIterator[S]:
    """It carries, as long as the block lasts."""
    await switch.start()
    try:
        yield switch
    finally:
        await switch.close()


def switched(
    target: int, rewrite: Callable[[int], Rewrite] | None = None, tls: ssl.SSLContext | None = None
) -> AbstractAsyncContextManager[Switch]:
    """A switch before a port of this machine."""
    return opened(Switch(target, rewrite, tls))
