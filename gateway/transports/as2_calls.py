"""How partners' AS2 servers are called, with messages and with receipts: trust, our certificate and credentials as the profile has them."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from yarl import URL

from as2.client import Answer, PostError, post
from as2.keys import CertificateError, client_certificate, pins
from as2.settings import As2Settings
from gateway import trace
from gateway.clock import Clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.payload import StoredPayload
from gateway.posting import NewSession, basic
from gateway.settings import SecretError
from gateway.tls import TlsError, client_context
from partners.model import Own, Partner, Station

__all__ = ["As2Calls"]

_MOST: Final = 256  #: trusts that are kept; partners have one each


class As2Calls:
    """`own` gives our stations as the revision in force has them."""

    def __init__(
        self,
        *,
        own: Callable[[], Own],
        resolve: Callable[[str], str],
        session: NewSession,
        clock: Clock,
        public_session: NewSession | None = None,
    ) -> None:
        """`public_session` connects to no private address; without it every session is as good as the other."""
        self._own = own
        self._resolve = resolve
        self._session = session
        self._public_session = public_session or session
        self._clock = clock
        self._contexts: dict[object, ssl.SSLContext] = {}  # a context is also what connections are kept open under

    def station_of(self, partner: Partner) -> Station:
        """Our address towards this partner: of its agreements' stations the first that speaks AS2, else the first of all."""
        own = self._own()
        named = {agreement.station for agreement in partner.agreements}
        speaking = [station for station in own.stations if station.as2 is not None]
        if not speaking:
            raise PermanentError(Cause.NO_TRANSPORT, "none of our stations has an AS2 name")
        return next((station for station in speaking if station.id in named), speaking[0])

    async def post(
        self, partner: Partner, settings: As2Settings, url: str, headers: Mapping[str, str], body: StoredPayload, *, receipt: bool = False
    ) -> Answer:
        """POST once; a receipt follows no redirect, and goes to a private address only where the profile allows that (A33).

        Raises `TransientError` when there is no answer, and `PermanentError`.
        """
        session = self._public_session if receipt and not settings.tolerance.mdn_private_address else self._session
        try:
            credentials, context = await asyncio.to_thread(self._means, partner, settings, url)
        except (SecretError, CertificateError, TlsError, ValueError, OSError) as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, "a secret, a pinned certificate or our own cannot be used") from fault
        try:
            return await post(
                session(),
                url,
                {**trace.headers(), **headers, **credentials},
                body.in_memory or body,
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                context=context if context is not None else True,
                redirects=not receipt,
            )
        except PostError as fault:
            if fault.retryable:
                raise TransientError(Cause.DESTINATION_UNREACHABLE, fault.detail, unclear=fault.unclear) from fault
            raise PermanentError(Cause.NO_TRANSPORT, fault.detail) from fault

    def _means(self, partner: Partner, settings: As2Settings, url: str) -> tuple[dict[str, str], ssl.SSLContext | None]:
        """The header with our credentials, and the trust. In a thread: secrets are read from files and keyrings, and keys take time.

        Credentials are for the partner's own address, and for no other place that receipts may go to (A19).
        """
        user = settings.basic_auth if settings.url is not None and URL(url).origin() == URL(settings.url).origin() else None
        credentials = {"Authorization": basic(user.user, self._resolve(user.password))} if user is not None else {}
        return credentials, self._context(partner, settings) if url.startswith("https:") else None

    def _context(self, partner: Partner, settings: As2Settings) -> ssl.SSLContext | None:
        """Whom the connection trusts and what it shows; None where that is the system's authorities and nothing."""
        now, station = self._clock(), self.station_of(partner)
        trusted = pins(settings.certs.tls, now)
        ours = client_certificate(station.as2.tls if station.as2 is not None else None, self._resolve, now)
        if not trusted and ours is None:
            return None
        key = (trusted, ours)
        if key not in self._contexts:
            if len(self._contexts) >= _MOST:
                self._contexts.clear()
            self._contexts[key] = client_context(pinned=trusted, certificate=ours)
        return self._contexts[key]
