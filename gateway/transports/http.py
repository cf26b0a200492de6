"""A partner's HTTP endpoint: the payload is the body, the delivery's id its Idempotency-Key: a retry is not a repetition."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import ClassVar

from as2.keys import CertificateError, client_certificate, pins
from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.oauth_client import AccessTokens
from gateway.posting import Answer, NewSession, basic, exchange, judge
from gateway.settings import SecretError
from gateway.signatures import signatures
from gateway.tls import TlsError, client_context
from gateway.transports.base import Handover, Outgoing, Prepared
from partners.http_options import HttpSettings
from partners.model import Partner

__all__ = ["HttpTransport"]


class HttpTransport:
    """Sends only; what partners send comes to the inbox of the service."""

    kind: ClassVar[str] = "http"

    def __init__(self, *, resolve: Callable[[str], str], session: NewSession, clock: Clock) -> None:
        self._resolve = resolve
        self._session = session
        self._clock = clock
        self._tokens = AccessTokens(resolve=resolve, session=session, clock=clock)

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:  # noqa: ARG002 - the protocol's signature
        """Everything but the credentials, which are never stored."""
        headers = {
            **_settings_of(partner).headers,
            "Content-Type": outgoing.content_type,
            "Idempotency-Key": outgoing.delivery_id,
            "Gateway-Correlation-Id": outgoing.correlation_id,
            "Gateway-Usage": "test" if outgoing.is_test else "live",
        }
        return Prepared(body=outgoing.payload, headers=headers, reference=outgoing.delivery_id)

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        """Send once; with a token that has ended before its time, once more."""
        settings = _settings_of(partner)
        try:
            tls = await asyncio.to_thread(self._tls, settings)
            headers = {**prepared.headers, **await asyncio.to_thread(self._secret_headers, settings, prepared)}
        except (SecretError, CertificateError, TlsError) as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        except ValueError as fault:  # a secret that is no base64
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from None

        async def send(authorization: dict[str, str]) -> Answer:
            body = prepared.body.in_memory or prepared.body
            sent = {**headers, **authorization}
            return await exchange(self._session(), settings.url, body, sent, timeout=settings.timeout, method=settings.method, tls=tls)

        if settings.oauth2 is not None:
            answer = await self._tokens.with_token(settings.oauth2, lambda token: send({"Authorization": f"Bearer {token}"}), tls=tls)
        else:
            answer = await send({})
        return Handover(detail=judge(answer, self._clock), reference=prepared.reference)

    def _secret_headers(self, settings: HttpSettings, prepared: Prepared) -> dict[str, str]:
        """What is made anew for each attempt: credentials, and the signature with its time."""
        headers = {name: self._resolve(reference) for name, reference in settings.secret_headers.items()}
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise ValueError("a secret that goes into a header is printable ASCII")
        if settings.bearer is not None:
            headers["Authorization"] = f"Bearer {self._resolve(settings.bearer)}"
        elif settings.basic_auth is not None:
            headers["Authorization"] = basic(settings.basic_auth.user, self._resolve(settings.basic_auth.password))
        if settings.sign is not None:
            stamp = int(self._clock().timestamp())
            signed = signatures(map(self._resolve, settings.sign.secrets), prepared.reference, stamp, prepared.body)
            headers |= {"webhook-id": prepared.reference, "webhook-timestamp": str(stamp), "webhook-signature": signed}
        return headers

    def _tls(self, settings: HttpSettings) -> ssl.SSLContext:
        """The trust and the certificate of this partner, as of now. The same ones are the same context, and so share connections."""
        now = self._clock()
        return _context(pins(settings.pinned, now), client_certificate(settings.client_certificate, self._resolve, now))


@lru_cache(maxsize=64)
def _context(pinned: tuple[str, ...], certificate: tuple[str, str] | None) -> ssl.SSLContext:
    return client_context(pinned=pinned, certificate=certificate)


def _settings_of(partner: Partner) -> HttpSettings:
    if partner.transports.http is None:
        raise PermanentError(Cause.NO_TRANSPORT, "the profile names no HTTP endpoint")
    return partner.transports.http
