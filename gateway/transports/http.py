"""A partner's HTTP endpoint: the payload is the body of a POST, the delivery's id its Idempotency-Key: a retry is not a repetition."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.posting import NewSession, basic, post
from gateway.settings import SecretError
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

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:  # noqa: ARG002 - the protocol's signature
        """Everything but the credentials, which are never stored."""
        _settings_of(partner)
        headers = {
            "Content-Type": outgoing.content_type,
            "Idempotency-Key": outgoing.delivery_id,
            "Gateway-Usage": "test" if outgoing.is_test else "live",
        }
        return Prepared(body=outgoing.payload, headers=headers, reference=outgoing.delivery_id)

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        """POST once."""
        settings = _settings_of(partner)
        headers = dict(prepared.headers)
        try:
            if settings.bearer is not None:
                headers["Authorization"] = f"Bearer {self._resolve(settings.bearer)}"
            elif settings.basic_auth is not None:
                headers["Authorization"] = basic(settings.basic_auth.user, self._resolve(settings.basic_auth.password))
        except SecretError as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        session = self._session()
        answer = await post(session, settings.url, prepared.body.read(), headers, timeout=settings.timeout, clock=self._clock)
        return Handover(detail=answer, reference=prepared.reference)


def _settings_of(partner: Partner) -> HttpSettings:
    if partner.transports.http is None:
        raise PermanentError(Cause.NO_TRANSPORT, "the profile names no HTTP endpoint")
    return partner.transports.http
