"""The HTTP service: every surface's routes on one aiohttp application, on TCP and on the Unix socket in the data folder."""

import asyncio
import json
from functools import cached_property
from typing import Any, Final

from aiohttp import web

from gateway.log import logger
from gateway.pipeline.context import Context
from gateway.pipeline.membership import release
from gateway.service import openapi
from gateway.service.access import Door
from gateway.service.admin import AdminSurface
from gateway.service.as2_endpoint import As2Surface
from gateway.service.asyncapi import AsyncApiSurface
from gateway.service.connection import arrival, expect
from gateway.service.decisions import DecisionsSurface
from gateway.service.documents import DocumentsSurface
from gateway.service.feed import FeedSurface
from gateway.service.feed_consumers import ConsumersSurface
from gateway.service.files import FilesSurface
from gateway.service.health import HealthSurface
from gateway.service.hub import HubSurface
from gateway.service.inbox import InboxSurface
from gateway.service.limits import Connections, Uploads
from gateway.service.listener import Listener
from gateway.service.local import LocalSocket
from gateway.service.oauth import OAuthSurface
from gateway.service.pressure import Pressure
from gateway.service.problems import guard
from gateway.service.routes import Access, Body, Route
from gateway.service.tls import ServedTls
from gateway.service.tls_clients import TlsClients
from gateway.service.transmissions import TransmissionsSurface
from gateway.service.webhooks import WebhooksSurface
from gateway.tls import TlsError

__all__ = ["Service"]

#: bodies stay as they came: compressed ones are refused, and an AS2 body is evidence; 16 KiB of one header field (A11)
_HTTP: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "max_field_size": 16 * 1024,
    "keepalive_timeout": 75,
    "lingering_time": 3.0,  #: seconds in which a sender may read the refusal of what it goes on sending
}


class Service:
    """Serves one gateway. `start` listens; `stop` takes nothing new, lets requests under way finish, and closes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stopping = asyncio.Event()
        self._clients = TlsClients(context)
        self._pressure = Pressure(context)
        self.uploads = Uploads(context.settings.limits)  #: the bodies under way
        self._door = Door(context, self._stopping, self._clients, self._pressure)
        self._listeners: list[Listener] = []
        self._runner: web.AppRunner | None = None
        self._watches: tuple[asyncio.Task[None], ...] = ()
        self._local: LocalSocket | None = None
        described = Route(
            "GET", "/openapi.json", self._openapi, "openapi", "This document", Access.PUBLIC, {200: Body("The OpenAPI 3.1 document.")}
        )
        surfaces = (
            As2Surface(context, self._door),
            InboxSurface(context),
            TransmissionsSurface(context),
            WebhooksSurface(context, self._door),
            OAuthSurface(context, self._door),
            HubSurface(context),
            DocumentsSurface(context),
            DecisionsSurface(context),
            FeedSurface(context, self._stopping),
            ConsumersSurface(context),
            AsyncApiSurface(context),
            AdminSurface(context),
            FilesSurface(context),
            HealthSurface(context, self._stopping),
        )
        self.routes: tuple[Route, ...] = (*(route for surface in surfaces for route in surface.routes()), described)

    def application(self) -> web.Application:
        """The application with every route behind its check."""
        app = web.Application(middlewares=[arrival(self.uploads), guard(self._context.metrics, self._context.tracing)])
        for route in self.routes:
            if route.method == "GET":
                app.router.add_get(route.path, self._door.guarded(route), expect_handler=expect)  # answers HEAD too
            else:
                app.router.add_route(route.method, route.path, self._door.guarded(route), expect_handler=expect)
        return app

    async def start(self) -> None:
        """Listen. Raises OSError when a port is taken, and `TlsError` when there is no certificate to serve."""
        context, limits = self._context, self._context.settings.limits
        self._runner = web.AppRunner(self.application(), shutdown_timeout=context.settings.timing.shutdown, **_HTTP)
        await self._runner.setup()
        connections = Connections(limits.connections, limits.source_connections)
        try:
            for listen in context.settings.listeners:
                tls = ServedTls(context, listen, self._clients) if listen.tls is not None else None
                shared = context.store.database.is_shared
                listener = Listener(self._runner, listen, connections, context.metrics, tls, reuse_port=shared, **_HTTP)
                await listener.start()
                self._listeners.append(listener)
                logger().info("listening", host=listen.host, port=listener.port, tls=tls is not None)
            self._local = LocalSocket(context.store.folder)
            await web.SockSite(self._runner, self._local.socket).start()
        except (OSError, TlsError):
            await self._runner.cleanup()
            raise
        self._watches = tuple(asyncio.create_task(watch) for watch in (context.metrics.watch_loop(), self._pressure.run()))

    @property
    def port(self) -> int:
        """Where the first listener really listens; 0 before the start."""
        return self.ports[0] if self._listeners else 0

    @property
    def ports(self) -> tuple[int, ...]:
        """Where each listener really listens."""
        return tuple(listener.port for listener in self._listeners)

    async def reload_certificates(self) -> None:
        """Look now at the files of the certificates that are served."""
        for listener in self._listeners:
            await listener.look()

    async def stop(self) -> None:
        """Refuse what is new, let requests under way finish, close."""
        self._stopping.set()
        for watch in self._watches:
            watch.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._local is not None:
            self._local.remove()
        logger().info("stopped-listening")

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of this service; made when it is asked for, since it costs more than all else at the start."""
        public_url = self._context.settings.public_url
        return openapi.document(self.routes, version=release(), server=str(public_url).rstrip("/") if public_url else "")

    @cached_property
    def _described(self) -> bytes:
        return json.dumps(self.document).encode()

    async def _openapi(self, _request: web.Request) -> web.Response:
        return web.Response(body=await asyncio.to_thread(lambda: self._described), content_type="application/json")
