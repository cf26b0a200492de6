"""The hub's HTTP endpoint, called as Standard Webhooks says: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

The signature is HMAC-SHA256 over "id.timestamp.body". While a secret is being changed, both sign, and the receiver takes either.
"""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from gateway.broker_settings import ClientTls
from gateway.client_tls import client_tls
from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.oauth_client import AccessTokens
from gateway.posting import Answer, NewSession, exchange, judge
from gateway.settings import SecretError
from gateway.signatures import signatures
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.marks import mark_headers
from gateway.sinks.usage import CORRELATION_HEADER, USAGE_HEADER, Usage, check_usage
from partners.http_options import OAuth2Settings

__all__ = ["WebhookSink"]


class WebhookSink:
    """Posts each event to one URL. The hub drops ids that it has seen: a retry has the same `webhook-id`."""

    kind: ClassVar[str] = "webhook"

    def __init__(
        self,
        url: str,
        secrets: tuple[str, ...],
        *,
        resolve: Callable[[str], str],
        session: NewSession,
        clock: Clock,
        timeout: float = 10.0,
        usage: Usage = "any",
        oauth2: OAuth2Settings | None = None,
        tls: ClientTls | None = None,
    ) -> None:
        """`secrets` are references: the one in use, and while it is being changed the next one too. `tls`: whom we trust, who we are."""
        self._url = url
        self._secrets = secrets
        self._resolve = resolve
        self._session = session
        self._clock = clock
        self._timeout = timeout
        self._usage = usage
        self._oauth2 = oauth2
        self._tls = tls
        self._tokens = AccessTokens(resolve=resolve, session=session, clock=clock)

    async def deliver(self, event: OutgoingEvent) -> str:
        """As `Sink.deliver`; the answer is the status."""
        usage = check_usage(self._usage, event)
        timestamp = int(self._clock().timestamp())
        try:
            signed = signatures(map(self._resolve, self._secrets), event.event_id, timestamp, event.body)
        except (ValueError, SecretError) as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": event.event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signed,
            USAGE_HEADER: usage,
            CORRELATION_HEADER: event.correlation_id,
            **mark_headers(event),
        }

        tls = await asyncio.to_thread(client_tls, self._tls, self._resolve) if self._tls is not None else None

        async def send(token: str) -> Answer:
            sent = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
            return await exchange(self._session(), self._url, event.body, sent, timeout=self._timeout, tls=tls)

        answer = await (send("") if self._oauth2 is None else self._tokens.with_token(self._oauth2, send))
        return judge(answer, self._clock)

    async def close(self) -> None:
        """The session belongs to whoever made it."""
