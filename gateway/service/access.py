"""Stands before every handler: who is it, may they, and not too often."""

import asyncio
from typing import Final

from aiohttp import web

from gateway.errors import Cause, Refusal
from gateway.log import logger
from gateway.pipeline.context import Active, Context
from gateway.service.auth import Keyring, Principal, RateLimits, Role
from gateway.service.local import came_locally
from gateway.service.routes import Access, Handler, Route
from gateway.settings import SecretError, resolve

__all__ = ["PRINCIPAL", "Door"]

PRINCIPAL: Final = web.RequestKey("principal", Principal)
_LOCAL: Final = Principal(Role.ADMIN, "local")
_ROLES: Final = {Access.PARTNER: Role.PARTNER, Access.HUB: Role.HUB, Access.ADMIN: Role.ADMIN}


class Door:
    """Checks the access that a route asks for. The keys are read anew when another revision comes into force."""

    def __init__(self, context: Context, stopping: asyncio.Event) -> None:
        self._context = context
        self._stopping = stopping
        limits = context.settings.limits
        self.limits = RateLimits(limits.partner_rate, limits.stranger_rate)
        self._active: Active | None = None
        self._keys = Keyring(())

    def guarded(self, route: Route) -> Handler:
        """The route's handler behind the check that it asks for."""

        async def handler(request: web.Request) -> web.StreamResponse:
            if self._stopping.is_set() and request.method not in {"GET", "HEAD"}:
                raise Refusal(Cause.SHUTTING_DOWN)
            role = _ROLES.get(route.access)
            if role is not None:
                request[PRINCIPAL] = await self._admit(request, role)
            return await route.handler(request)

        return handler

    async def _admit(self, request: web.Request, role: Role) -> Principal:
        if role is Role.ADMIN and came_locally(request):
            return _LOCAL
        principal = self._keyring().of(request)
        if principal is None:
            await self.limits.stranger(request)
            raise Refusal(Cause.UNAUTHENTICATED)
        await self.limits.known(principal)
        if principal.role is not role:
            raise Refusal(Cause.FORBIDDEN, f"a key of role {role} is needed here")
        if role is Role.PARTNER and principal.id != request.match_info.get("partner_id"):
            raise Refusal(Cause.FORBIDDEN, "the key belongs to another partner")
        return principal

    def _keyring(self) -> Keyring:
        if self._active is not self._context.active:
            self._active = self._context.active
            self._keys = Keyring(self._secrets())
        return self._keys

    def _secrets(self) -> list[tuple[Principal, str]]:
        """Every key that can be read. One that cannot opens nothing, and the log and `gateway doctor` say so."""
        wanted = [(Principal(Role(key.role), key.id), key.secret) for key in self._context.settings.api_keys]
        wanted += [
            (Principal(Role.PARTNER, partner.id), reference)
            for partner in self._context.workspace.partners.values()
            for reference in partner.api.keys
        ]
        found = []
        for principal, reference in wanted:
            try:
                found.append((principal, resolve(reference, self._context.root)))
            except SecretError as fault:
                logger().warning("key-unreadable", role=principal.role, id=principal.id, reason=fault.reason)
        return found
