"""The way to a partner's AS2 endpoint, looked at step by step: name, connection, TLS, HTTP. No message is sent."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import SplitResult, urlsplit

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.tls import TlsError, client_context

__all__ = ["Probe", "ProbeStep", "probe"]

_SOON: Final = timedelta(days=30)
_PORTS: Final = {"https": 443, "http": 80}
_HTTP_NEXT: Final = {
    401: "Ask the partner for user and password; set basic_auth.",
    403: "Ask the partner to let our address through.",
    404: "Ask the partner for the path of its AS2 address.",
}
_FIREWALL: Final = "Ask the partner whether the port is right and open for our address; look at our own firewall."


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One thing that was tried."""

    name: str
    outcome: str  #: "done", "warning", "failed"
    detail: str
    next_action: str = ""


@dataclass
class Probe:
    """What was tried so far."""

    steps: list[ProbeStep] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing failed."""
        return all(step.outcome != "failed" for step in self.steps)

    @property
    def next_action(self) -> str:
        """What to do about that which failed, else about that which was warned of."""
        ordered = sorted((step for step in self.steps if step.next_action), key=lambda step: step.outcome != "failed")
        return ordered[0].next_action if ordered else ""

    def done(self, name: str, detail: str) -> None:
        """It works."""
        self.steps.append(ProbeStep(name, "done", detail))

    def warns(self, name: str, detail: str, next_action: str) -> None:
        """It works, and will not for ever."""
        self.steps.append(ProbeStep(name, "warning", detail, next_action))

    def fails(self, name: str, detail: str, next_action: str) -> "Probe":
        """It does not work, and nothing behind it can be looked at."""
        self.steps.append(ProbeStep(name, "failed", detail, next_action))
        return self


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    timeout: float


async def probe(
    url: str,
    *,
    now: datetime,
    timeout: float = 30,  # noqa: ASYNC109 - it is for each step
    pinned: Sequence[str] = (),
    client: tuple[str, str] | None = None,
    authorization: str = "",
) -> Probe:
    """Look at one endpoint. `pinned` are the server's certificates that are trusted, `client` is our own with its key, all in PEM.

    Stops at the first step that fails.
    """
    found, parts = Probe(), urlsplit(url)
    place = _Place(parts.hostname or "", parts.port or _PORTS[parts.scheme], timeout)
    if not await _name(found, place) or not await _connection(found, place):
        return found
    context: ssl.SSLContext | None = None
    if parts.scheme == "https":
        try:
            context = client_context(pinned=pinned, certificate=client)
        except TlsError as fault:
            return found.fails("tls", str(fault), "Correct the pinned certificate, or our own client certificate.")
        if not await _tls(found, place, context, pinned=bool(pinned), now=now):
            return found
    return await _http(found, parts, context, place.timeout, authorization, client=client is not None)


async def _name(found: Probe, place: _Place) -> bool:
    try:
        looked_up = await asyncio.wait_for(asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=1), place.timeout)
    except (OSError, TimeoutError, UnicodeError) as fault:
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        found.fails("name", f"{place.host}: {reason}", "Compare the host name with the partner; look at our own name server.")
        return False
    found.done("name", f"{place.host} is {', '.join(dict.fromkeys(str(entry[4][0]) for entry in looked_up))}")
    return True


async def _connection(found: Probe, place: _Place) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(place.host, place.port), place.timeout)
    except TimeoutError:
        found.fails("connect", f"port {place.port}: no answer within {place.timeout:g} seconds", _FIREWALL)
        return False
    except OSError as fault:
        found.fails("connect", f"port {place.port}: {fault.strerror or type(fault).__name__}", _FIREWALL)
        return False
    writer.close()
    found.done("connect", f"port {place.port} answers")
    return True


async def _tls(found: Probe, place: _Place, context: ssl.SSLContext, *, pinned: bool, now: datetime) -> bool:
    try:
        version, certificate = await _handshake(place, context)
    except ssl.SSLCertVerificationError as fault:
        shown = await _shown(place)
        detail = f"the server's certificate is refused: {fault.verify_message}{f'; it is {_words(shown)}' if shown else ''}"
        compare = "Compare the fingerprint with the partner over a second channel"
        next_action = f"{compare}; then import it as certs.tls." if pinned else f"{compare}; pin it as certs.tls, or ask for a valid one."
        found.fails("tls", detail, next_action)
        return False
    except ssl.SSLError as fault:
        found.fails(
            "tls", f"the handshake fails ({fault.reason or type(fault).__name__})", "Ask the partner for TLS 1.2 or newer on this port."
        )
        return False
    except (OSError, TimeoutError) as fault:
        found.fails("tls", f"the handshake broke off ({type(fault).__name__})", "Ask the partner whether this port speaks TLS.")
        return False
    trust = "pinned" if pinned else "from a known authority"
    found.done("tls", f"{version}, certificate {trust}: {_words(certificate)}")
    if certificate.not_valid_after_utc - now < _SOON:
        detail = f"the server's certificate ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
        found.warns("expiry", detail, "Ask the partner when it changes it" + (", and import the next one as certs.tls." if pinned else "."))
    return True


async def _handshake(place: _Place, context: ssl.SSLContext) -> tuple[str, x509.Certificate]:
    opening = asyncio.open_connection(place.host, place.port, ssl=context)
    _, writer = await asyncio.wait_for(opening, place.timeout)
    tls = writer.get_extra_info("ssl_object")
    writer.close()
    return tls.version(), x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))


async def _shown(place: _Place) -> x509.Certificate | None:
    """The certificate that was refused, for whoever compares it. Nothing is sent over this connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return (await _handshake(place, context))[1]
    except (OSError, TimeoutError, ValueError):
        return None


def _words(certificate: x509.Certificate) -> str:
    by = "itself" if certificate.issuer == certificate.subject else certificate.issuer.rfc4514_string()
    days = f"from {certificate.not_valid_before_utc:%Y-%m-%d} until {certificate.not_valid_after_utc:%Y-%m-%d}"
    return f"{certificate.subject.rfc4514_string()}, issued by {by}, {days}, {certificate.fingerprint(SHA256()).hex()}"


async def _http(
    found: Probe,
    url: SplitResult,
    context: ssl.SSLContext | None,
    timeout: float,  # noqa: ASYNC109 - it is for each step
    authorization: str,
    *,
    client: bool,
) -> Probe:
    """HEAD is legal on the address (A15); where a server does not know it, GET does no harm either."""
    headers = {"Authorization": authorization} if authorization else {}
    limit = aiohttp.ClientTimeout(total=timeout)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            status, fields = await _ask(session, "HEAD", url, context)
            if status in {405, 501}:
                status, fields = await _ask(session, "GET", url, context)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        ask = "Ask the partner whether this is its AS2 server."
        if url.scheme == "https" and not client:
            ask = "Ask the partner whether its server wants a client certificate of ours (tls: at our station)."
        return found.fails("http", f"no answer ({type(fault).__name__})", ask)
    if 300 <= status < 400:
        return found.fails("http", f"status {status}: it points elsewhere", "Ask the partner for the address that it means.")
    if status in _HTTP_NEXT:
        return found.fails("http", f"status {status}", _HTTP_NEXT[status])
    if status >= 500:
        return found.fails("http", f"status {status}", "Ask the partner whether its server is up.")
    told = ", ".join(f"{name}: {fields[name]}" for name in ("Server", "AS2-Version", "EDIINT-Features") if name in fields)
    found.done("http", f"status {status}" + (f", {told}" if told else ""))
    return found


async def _ask(
    session: aiohttp.ClientSession, method: str, url: SplitResult, context: ssl.SSLContext | None
) -> tuple[int, Mapping[str, str]]:
    async with session.request(method, url.geturl(), ssl=context or True, allow_redirects=False) as response:
        return response.status, response.headers
