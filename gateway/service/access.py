"""Stands before every handler: who is it, may they, and not too often."""

import asyncio
from typing import Final

from aiohttp import web

from gateway.api_keys import is_mistyped
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.auth import SCOPES, Credential, Principal, Role, key_in
from gateway.service.connection import Connection
from gateway.service.keys import Keys
from gateway.service.limits import RateLimits
from gateway.service.local import came_locally
from gateway.service.pressure import Pressure
from gateway.service.proxy import origin_of
from gateway.service.routes import Access, Handler, Route
from gateway.service.tls_clients import TlsClients

__all__ = ["PRINCIPAL", "Door"]

PRINCIPAL: Final = web.RequestKey("principal", Principal)
_LOCAL: Final = Principal(Role.ADMIN, "local")
#: where payloads and documents come in
_INTAKE: Final = frozenset({Access.AS2, Access.WEBHOOK, Access.PARTNER, Access.HUB})
_ROLES: Final = {Access.PARTNER: Role.PARTNER, Access.HUB: Role.HUB, Access.ADMIN: Role.ADMIN}


class Door:
    """Checks the access that a route asks for."""

    def __init__(self, context: Context, stopping: asyncio.Event, clients: TlsClients, pressure: Pressure) -> None:
        self._context = context
        self._stopping = stopping
        self._clients = clients
        self._pressure = pressure
        limits = context.settings.limits
        self.limits = RateLimits(limits.partner_rate, limits.stranger_rate)
        self.keys = Keys(context)

    def guarded(self, route: Route) -> Handler:
        """The route's handler behind the check that it asks for."""

        async def handler(request: web.Request) -> web.StreamResponse:
            if self._stopping.is_set() and request.method not in {"GET", "HEAD"}:
                raise Refusal(Cause.SHUTTING_DOWN)
            connection = request.protocol
            if route.access is not Access.PUBLIC and isinstance(connection, Connection) and connection.listen.https_only:
                _require_https(request)
            role = _ROLES.get(route.access)
            if role is not None:
                request[PRINCIPAL] = await self._admit(request, role, route.scope)
                if isinstance(connection, Connection):
                    connection.place.is_known = True
            if route.access in _INTAKE and request.method not in {"GET", "HEAD"}:
                self._pressure.check()
            if route.access is Access.HUB:
                _take_no_other(route, request)
            return await route.handler(request)

        return handler

    async def _admit(self, request: web.Request, role: Role, scope: str) -> Principal:
        if role is Role.ADMIN and came_locally(request):
            return _LOCAL
        credential = self.keys.of(request) or self._shown(request)
        if credential is None:
            await self.limits.stranger(request)
            raise Refusal(Cause.UNAUTHENTICATED, "the key is cut off or mistyped" if is_mistyped(key_in(request)) else "")
        principal = credential.principal
        await self.limits.known(principal)
        if principal.role is not role:
            raise Refusal(Cause.FORBIDDEN, f"a key of role {role} is needed here")
        if role is Role.PARTNER and principal.id != request.match_info.get("partner_id"):
            raise Refusal(Cause.FORBIDDEN, "the key or certificate belongs to another partner")
        if role is Role.PARTNER and self._context.workspace.partners[principal.id].api.require_client_certificate:
            self.require_certificate(request, principal.id)
        if scope not in credential.scopes:
            raise Refusal(Cause.FORBIDDEN, f"the key is not for {scope}")
        return principal

    def require_certificate(self, request: web.Request, partner_id: str) -> None:
        """Raises `Refusal` unless the connection shows a TLS client certificate of this partner."""
        if partner_id not in self._clients.partners(origin_of(request).fingerprint):
            raise Refusal(Cause.FORBIDDEN, "a TLS client certificate that the profile names is required")

    def _shown(self, request: web.Request) -> Credential | None:
        """What the connection's TLS client certificate stands for: all that a key of its partner may."""
        partners = self._clients.partners(origin_of(request).fingerprint)
        if not partners:
            return None
        wanted = request.match_info.get("partner_id", "")
        return Credential(Principal(Role.PARTNER, wanted if wanted in partners else min(partners)), frozenset(SCOPES[Role.PARTNER]))


def _take_no_other(route: Route, request: web.Request) -> None:
    """A parameter that means nothing here is a slip that would change what is sent, or read: it is refused and not passed over."""
    taken = [parameter.name for parameter in route.parameters if parameter.place == "query"]
    if any(name not in taken for name in request.query):
        raise Refusal(Cause.MALFORMED_REQUEST, f"the parameters of this address are: {', '.join(taken) or 'none'}")


def _require_https(request: web.Request) -> None:
    if not origin_of(request).is_secure:
        raise Refusal(Cause.FORBIDDEN, "this address is served over https only")
