"""Tokens of other sides' token endpoints (RFC 6749 4.4): asked for once, used until shortly before they end, never stored or logged."""

import asyncio
import json
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.posting import Answer, NewSession, basic, exchange, judge
from gateway.settings import SecretError
from partners.http_options import OAuth2Settings

__all__ = ["AccessTokens"]

_TOKEN: Final = re.compile(r"[!-~]{1,8192}")  # goes into a header field
_UNSAID: Final = 300  #: seconds, where the endpoint does not say how long a token lasts
_LONGEST: Final = 86400
_EARLY: Final = 60.0  #: seconds before its end a token is asked for anew; of short-lived ones a fifth of their time
_TIMEOUT: Final = 20.0
#: what endpoints answer (RFC 6749 5.2); nothing else of their answer is repeated
_ERRORS: Final = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
)


@dataclass(slots=True)
class _Held:
    """The token of one client; its lock lets only one ask for it at a time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str = field(default="", repr=False)
    until: datetime | None = None


class AccessTokens:
    """Tokens by the settings that they were asked for with."""

    def __init__(self, *, resolve: Callable[[str], str], session: NewSession, clock: Clock) -> None:
        self._resolve = resolve
        self._session = session
        self._clock = clock
        self._held: dict[OAuth2Settings, _Held] = {}

    async def with_token(
        self, settings: OAuth2Settings, send: Callable[[str], Awaitable[Answer]], *, tls: ssl.SSLContext | None = None
    ) -> Answer:
        """What `send` gets with a token; when that is a 401, what it gets with a new one.

        Raises `TransientError` or `PermanentError` when there is no token, and what `send` raises.
        """
        token = await self._token(settings, tls)
        answer = await send(token)
        if answer.status != 401:
            return answer
        self._forget(settings, token)
        return await send(await self._token(settings, tls))

    async def _token(self, settings: OAuth2Settings, tls: ssl.SSLContext | None) -> str:
        held = self._held.setdefault(settings, _Held())
        async with held.lock:
            if held.until is None or self._clock() >= held.until:
                try:
                    held.token, lifetime = await self._ask(settings, tls)
                except TransientError as fault:  # of the token only: what it is for has not been sent
                    raise TransientError(fault.cause, fault.detail, after=fault.after) from fault
                held.until = self._clock() + timedelta(seconds=lifetime - min(_EARLY, lifetime / 5))
            return held.token

    def _forget(self, settings: OAuth2Settings, token: str) -> None:
        """Unless somebody has a new one already."""
        held = self._held[settings]
        if held.token == token:
            held.until = None

    async def _ask(self, settings: OAuth2Settings, tls: ssl.SSLContext | None) -> tuple[str, float]:
        try:
            secret = self._resolve(settings.client_secret)
        except SecretError as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        form = {"grant_type": "client_credentials", "scope": settings.scope, "audience": settings.audience}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if settings.client_auth == "basic":
            headers["Authorization"] = basic(quote_plus(settings.client_id), quote_plus(secret))  # RFC 6749 2.3.1
        else:
            form |= {"client_id": settings.client_id, "client_secret": secret}
        body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
        answer = await exchange(self._session(), settings.token_url, body, headers, timeout=_TIMEOUT, tls=tls)
        if answer.status == 200:
            return _read(answer.body)
        if 400 <= answer.status < 500 and answer.status not in {408, 425, 429}:
            error = _json(answer.body).get("error")
            said = error if isinstance(error, str) and error in _ERRORS else f"HTTP {answer.status}"
            raise PermanentError(Cause.CREDENTIALS_REFUSED, f"the token endpoint answered {said}")
        judge(answer, self._clock)
        raise PermanentError(Cause.CREDENTIALS_REFUSED, f"the token endpoint answered HTTP {answer.status}")


def _read(body: bytes) -> tuple[str, float]:
    said = _json(body)
    token, kind, lifetime = said.get("access_token"), said.get("token_type"), said.get("expires_in", _UNSAID)
    lasts = float(lifetime) if isinstance(lifetime, int | float) and not isinstance(lifetime, bool) and lifetime > 0 else float(_UNSAID)
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise PermanentError(Cause.CREDENTIALS_REFUSED, "the token endpoint's answer holds no bearer token")
    return token, min(lasts, _LONGEST)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
