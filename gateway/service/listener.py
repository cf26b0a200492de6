"""One place where the service listens. Every connection is counted before a byte of it is read, and gets the TLS context of that moment."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Coroutine
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

from aiohttp import web

from as2.unfold import Unfold
from gateway.listen import Listen
from gateway.log import logger
from gateway.metrics import Metrics
from gateway.service.connection import Connection, refuse_head
from gateway.service.limits import Connections, Place
from gateway.service.proxy import is_trusted, network_of
from gateway.service.tls import ServedTls
from gateway.tls import TlsError

__all__ = ["Listener"]

_HANDSHAKE: Final = 20.0  #: seconds that TLS may take to begin
_FAREWELL: Final = 2.0  #: seconds that its end may take; many never say it
_BACKLOG: Final = 512
_BREATH: Final = 0.5  #: seconds without accepting, when the process has no descriptor left
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener(web.BaseSite):
    """A TCP site behind the limits of connections; requests may have folded header lines (A11)."""

    def __init__(
        self,
        runner: web.AppRunner,
        listen: Listen,
        connections: Connections,
        metrics: Metrics,
        tls: ServedTls | None = None,
        *,
        reuse_port: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(runner)
        self._reuse_port = reuse_port  #: several processes of one machine share the place
        self._listen, self._connections, self._metrics, self._tls, self._options = listen, connections, metrics, tls, options
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = listen.port  #: where it really listens, once started

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"{'http' if self._tls is None else 'https'}://{self._listen.host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises OSError, and `TlsError` when there is no certificate to serve."""
        await super().start()
        if self._tls is not None:
            await self._tls.start()
            self._begin(self._tls.run())
        places = await asyncio.get_running_loop().getaddrinfo(self._listen.host, self._listen.port, type=socket.SOCK_STREAM)
        for family, *_, place in dict.fromkeys(places):
            listening = socket.create_server(place[:2], family=family, backlog=_BACKLOG, reuse_port=self._reuse_port)
            listening.setblocking(False)
            self._begin(self._accept(listening)).add_done_callback(partial(_close, listening))
            self.port = listening.getsockname()[1]

    async def stop(self) -> None:
        """Accept nothing more; connections that are open go on."""
        await super().stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Take a changed certificate now."""
        if self._tls is not None:
            await self._tls.look()

    def _begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, peer = await loop.sock_accept(listening)
            except OSError as fault:  # the peer has gone again, or there is no descriptor for it
                if fault.errno in _EXHAUSTED:
                    logger().error("connections-exhausted", reason=fault.strerror)
                    await asyncio.sleep(_BREATH)
                continue
            place = self._connections.admit(self._counted_as(peer[0]))
            if place is None:
                self._metrics.connection_refused()
                connected.close()
                continue
            task = self._begin(self._serve(connected, place))
            task.add_done_callback(partial(_abandon, connected, place))
            place.close = task.cancel

    def _counted_as(self, host: str) -> str | None:
        address, proxy = ip_address(host.partition("%")[0]), self._listen.proxy
        return None if proxy is not None and is_trusted(address, proxy) else network_of(address)

    async def _serve(self, connected: socket.socket, place: Place) -> None:
        place.is_begun = True
        place.end()
        server, loop = self._runner.server, asyncio.get_running_loop()
        assert server is not None
        connection = Connection(server, metrics=self._metrics, place=place, listen=self._listen, loop=loop, **self._options)
        protocol = Unfold(connection, partial(refuse_head, self._metrics))
        secured: dict[str, Any] = {}
        try:
            if self._tls is not None:
                secured = {"ssl": self._tls.context(), "ssl_handshake_timeout": _HANDSHAKE, "ssl_shutdown_timeout": _FAREWELL}
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, connected, **secured)
            place.close = transport.abort
        except (OSError, ssl.SSLError, TlsError) as fault:  # no TLS, old TLS, a certificate that is not known or usable, or gone
            place.release()
            self._metrics.handshake_failed()
            logger().info("handshake-failed", reason=getattr(fault, "reason", None) or type(fault).__name__)
        except BaseException:
            place.release()
            raise


def _close(listening: socket.socket, _task: "asyncio.Task[None]") -> None:
    """Once the loop has let go of it, so that nobody else's descriptor is meant."""
    listening.close()


def _abandon(connected: socket.socket, place: Place, _task: "asyncio.Task[None]") -> None:
    """A connection whose task was ended before it began belongs to nobody else."""
    if not place.is_begun:
        place.release()
        connected.close()
