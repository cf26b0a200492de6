"""The API keys of the revision in force and of gateway.yaml, and the day on which each was used last."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date

from aiohttp import web

from gateway.api_keys import digest_of
from gateway.log import logger
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from gateway.service.auth import Credential, Keyring, Principal, Role, key_in
from gateway.service.tokens import Tokens
from gateway.settings import SecretError, resolve
from gateway.store.errors import StoreUnavailableError
from gateway.store.key_uses import key_used
from partners.http_options import KeySettings

__all__ = ["Keys"]


class Keys:
    """Finds who has a key. The keys are read anew when another revision comes into force."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.tokens = Tokens(context)
        self._active: Active | None = None
        self._ring = Keyring()
        self._noted: dict[tuple[Principal, str], date] = {}
        self._noting: set[asyncio.Task[None]] = set()

    def of(self, request: web.Request) -> Credential | None:
        """Who sent a request, by the key or the token in it."""
        shown = key_in(request)
        return (self.find(shown) or self._by_token(shown)) if shown else None

    def _by_token(self, text: str) -> Credential | None:
        """What a token stands for, as far as the key that it was given for still opens it."""
        credential = self.tokens.read(text)
        if credential is None:
            return None
        still = self._current().scopes_of(credential.principal, credential.key, self._today())
        return replace(credential, scopes=credential.scopes & still) if still else None

    def find(self, key: str) -> Credential | None:
        """Who has this key today; that it was used is noted once a day."""
        today = self._today()
        found = self._current().find(key, today)
        if found is not None and self._noted.get((found.principal, found.key)) != today:
            self._noted[found.principal, found.key] = today
            task = asyncio.create_task(self._note(found, today))
            self._noting.add(task)
            task.add_done_callback(self._noting.discard)
        return found

    def _today(self) -> date:
        return self._context.now().astimezone(UTC).date()

    async def _note(self, found: Credential, day: date) -> None:
        role, principal = found.principal.role.value, found.principal.id
        try:
            await self._context.store.write(lambda connection: key_used(connection, role, principal, found.key, day))
        except StoreUnavailableError:
            self._noted.pop((found.principal, found.key), None)  # the next use tries again

    def _current(self) -> Keyring:
        if self._active is not self._context.active:
            self._active = self._context.active
            self._ring = Keyring(self._readable())
        return self._ring

    def _readable(self) -> Iterator[tuple[Principal, KeySettings, str, tuple[str, ...]]]:
        """Every key that can be read. One that cannot opens nothing, and the log and `gateway doctor` say so."""
        for principal, settings, scopes in self._wanted():
            if settings.key.startswith("sha256:"):
                yield principal, settings, settings.key, scopes
                continue
            try:
                yield principal, settings, digest_of(resolve(settings.key, self._context.root)), scopes
            except SecretError as fault:
                logger().warning("key-unreadable", role=principal.role, id=principal.id, reason=fault.reason)

    def _wanted(self) -> Iterator[tuple[Principal, KeySettings, tuple[str, ...]]]:
        for client in self._context.settings.api_keys:
            for key in client.all:
                yield Principal(Role(client.role), client.id), key, key.scopes
        for partner in self._context.workspace.partners.values():
            for one in partner.api.keys:
                yield Principal(Role.PARTNER, partner.id), one, one.scopes
