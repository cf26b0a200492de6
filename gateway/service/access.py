"""Stands before every handler: who is it, may they, and not too often."""

import asyncio
from typing import Final

from aiohttp import web

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.auth import Principal, Role
from gateway.service.keys import Keys
from gateway.service.limits import RateLimits
from gateway.service.local import came_locally
from gateway.service.routes import Access, Handler, Route

__all__ = ["PRINCIPAL", "Door"]

PRINCIPAL: Final = web.RequestKey("principal", Principal)
_LOCAL: Final = Principal(Role.ADMIN, "local")
_ROLES: Final = {Access.PARTNER: Role.PARTNER, Access.HUB: Role.HUB, Access.ADMIN: Role.ADMIN}


class Door:
    """Checks the access that a route asks for."""

    def __init__(self, context: Context, stopping: asyncio.Event) -> None:
        self._context = context
        self._stopping = stopping
        limits = context.settings.limits
        self.limits = RateLimits(limits.partner_rate, limits.stranger_rate)
        self.keys = Keys(context)

    def guarded(self, route: Route) -> Handler:
        """The route's handler behind the check that it asks for."""

        async def handler(request: web.Request) -> web.StreamResponse:
            if self._stopping.is_set() and request.method not in {"GET", "HEAD"}:
                raise Refusal(Cause.SHUTTING_DOWN)
            role = _ROLES.get(route.access)
            if role is not None:
                request[PRINCIPAL] = await self._admit(request, role, route.scope)
            return await route.handler(request)

        return handler

    async def _admit(self, request: web.Request, role: Role, scope: str) -> Principal:
        if role is Role.ADMIN and came_locally(request):
            return _LOCAL
        credential = self.keys.of(request)
        if credential is None:
            await self.limits.stranger(request)
            raise Refusal(Cause.UNAUTHENTICATED)
        principal = credential.principal
        await self.limits.known(principal)
        if principal.role is not role:
            raise Refusal(Cause.FORBIDDEN, f"a key of role {role} is needed here")
        if role is Role.PARTNER and principal.id != request.match_info.get("partner_id"):
            raise Refusal(Cause.FORBIDDEN, "the key belongs to another partner")
        if scope not in credential.scopes:
            raise Refusal(Cause.FORBIDDEN, f"the key is not for {scope}")
        return principal
