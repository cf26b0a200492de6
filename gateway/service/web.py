"""The HTTP service: every surface's routes on one aiohttp application, on TCP and on the Unix socket in the data folder."""

import asyncio
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from aiohttp import web

from as2.unfold import Unfold
from gateway.log import logger
from gateway.metrics import Metrics
from gateway.pipeline.context import Context
from gateway.service import openapi
from gateway.service.access import Door
from gateway.service.admin import AdminSurface
from gateway.service.as2_endpoint import As2Surface
from gateway.service.connection import Connection, expect, refuse_head
from gateway.service.documents import DocumentsSurface
from gateway.service.feed import FeedSurface
from gateway.service.health import HealthSurface
from gateway.service.hub import HubSurface
from gateway.service.inbox import InboxSurface
from gateway.service.local import SOCKET_NAME, listen_locally
from gateway.service.problems import guard
from gateway.service.routes import Access, Body, Route

__all__ = ["Service"]

#: bodies stay as they came: compressed ones are refused, and an AS2 body is evidence; 16 KiB of one header field (as2.md A11)
_HTTP: Final[dict[str, Any]] = {"access_log": None, "auto_decompress": False, "max_field_size": 16 * 1024, "keepalive_timeout": 75}


class _UnfoldingSite(web.BaseSite):
    """A TCP site whose requests may have folded header lines, as some AS2 products send them (as2.md A11)."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, metrics: Metrics) -> None:
        super().__init__(runner)
        self._host, self._port, self._metrics = host, port, metrics

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen. Raises OSError."""
        await super().start()
        server, loop = self._runner.server, asyncio.get_running_loop()
        assert server is not None

        def connected() -> Unfold:
            return Unfold(Connection(server, metrics=self._metrics, loop=loop, **_HTTP), partial(refuse_head, self._metrics))

        self._server = await loop.create_server(connected, self._host, self._port, backlog=self._backlog, reuse_address=True)


class Service:
    """Serves one gateway. `start` listens; `stop` takes nothing new, lets requests under way finish, and closes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stopping = asyncio.Event()
        self._door = Door(context, self._stopping)
        self._runner: web.AppRunner | None = None
        self._watch: asyncio.Task[None] | None = None
        self.port = 0  #: where it really listens, once started
        described = Route(
            "GET", "/openapi.json", self._openapi, "openapi", "This document", Access.PUBLIC, {200: Body("The OpenAPI 3.1 document.")}
        )
        surfaces = (
            As2Surface(context, self._door),
            InboxSurface(context),
            HubSurface(context),
            DocumentsSurface(context),
            FeedSurface(context, self._stopping),
            AdminSurface(context),
            HealthSurface(context, self._stopping),
        )
        self.routes: tuple[Route, ...] = (*(route for surface in surfaces for route in surface.routes()), described)

    def application(self) -> web.Application:
        """The application with every route behind its check."""
        app = web.Application(middlewares=[guard(self._context.metrics)])
        for route in self.routes:
            if route.method == "GET":
                app.router.add_get(route.path, self._door.guarded(route), expect_handler=expect)  # answers HEAD too
            else:
                app.router.add_route(route.method, route.path, self._door.guarded(route), expect_handler=expect)
        return app

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        settings = self._context.settings
        self._runner = web.AppRunner(self.application(), shutdown_timeout=settings.timing.shutdown, **_HTTP)
        await self._runner.setup()
        try:
            await _UnfoldingSite(self._runner, settings.listen.host, settings.listen.port, self._context.metrics).start()
            self.port = self._runner.addresses[0][1]
            await web.SockSite(self._runner, listen_locally(self._context.store.folder)).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._watch = asyncio.create_task(self._context.metrics.watch_loop())
        logger().info("listening", host=settings.listen.host, port=self.port)

    async def stop(self) -> None:
        """Refuse what is new, let requests under way finish, close."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            (self._context.store.folder / SOCKET_NAME).unlink(missing_ok=True)
        logger().info("stopped-listening")

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of this service; made when it is asked for, since it costs more than all else at the start."""
        public_url = self._context.settings.public_url
        return openapi.document(self.routes, version=_version(), server=str(public_url).rstrip("/") if public_url else "")

    async def _openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(lambda: self.document))


def _version() -> str:
    try:
        return version("partner-gateway")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0.0.0"
