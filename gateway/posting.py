"""One request to a destination that answers with a status only: a partner's API, or a webhook of the hub. The status decides what follows.

+------------------------------------+-----------------------------------------------+
| 2xx                                | taken over                                    |
| 408, 425, 429, 503                 | transient; Retry-After is honoured            |
| any other 5xx                      | the same, and unclear: it may have come in    |
| no connection                      | transient                                     |
| it broke off, no answer in time    | transient, and unclear: it may have come in   |
| 401, 403, 407                      | permanent: the credentials are refused        |
| any other: 410 and 4xx, redirects  | permanent: it will not take this              |
+------------------------------------+-----------------------------------------------+
"""

import asyncio
import base64
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from yarl import URL

from as2.client import outgoing
from as2.content import Source
from gateway import trace
from gateway.clock import Clock
from gateway.errors import Cause, PermanentError, TransientError

__all__ = ["Answer", "NewSession", "basic", "exchange", "is_unclear", "judge"]

#: gives the session that all clients of this process share; whoever made it closes it
NewSession = Callable[[], aiohttp.ClientSession]

_BUSY: Final = frozenset({408, 425, 429})
_NOT_TAKEN: Final = _BUSY | {503}  #: the server says so itself; another 5xx may come from a gateway before it, or from its last step
_CREDENTIALS: Final = frozenset({401, 403, 407})
_ANSWER_READ: Final = 64 * 1024  #: enough to use the connection again; more is not worth it
_LONGEST_WAIT: Final = 86400.0
_SLOWEST: Final = 32 * 1024  #: bytes a second; a body that is taken more slowly is not taken


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; of the body no more than anyone needs."""

    status: int
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def exchange(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes | Source,
    headers: Mapping[str, str],
    *,
    timeout: float,  # noqa: ASYNC109 - a limit for every pause, which aiohttp keeps per socket
    method: str = "POST",
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send these bytes, never chunked, and give what was answered. Raises `TransientError` or `PermanentError`; follows no redirect.

    `timeout` is for every pause of the other side, and for the whole exchange beside the time that a large body takes.
    """
    size = len(body) if isinstance(body, bytes) else body.size
    limits = aiohttp.ClientTimeout(total=timeout + size / _SLOWEST, sock_connect=timeout, sock_read=timeout)
    try:
        async with (
            asyncio.timeout(None) as watch,
            session.request(
                method,
                URL(url),
                data=outgoing(body, watch, timeout),
                headers={**trace.headers(), **headers, "Content-Length": str(size)},
                timeout=limits,
                ssl=tls or True,
                allow_redirects=False,
            ) as response,
        ):
            return Answer(response.status, response.headers.get("Retry-After"), await _begin_of(response))
    except (aiohttp.ClientSSLError, ssl.SSLError) as fault:  # some are a ValueError too
        raise TransientError(Cause.DESTINATION_UNREACHABLE, f"TLS failed ({type(fault).__name__})") from fault
    except (aiohttp.InvalidURL, ValueError) as fault:
        raise PermanentError(Cause.DELIVERY_REFUSED, "the address cannot be used") from fault
    except aiohttp.ConnectionTimeoutError as fault:
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "no connection in time") from fault
    except TimeoutError as fault:
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "no answer in time", unclear=True) from fault
    except (aiohttp.ClientError, OSError) as fault:
        words, broke_off = f"no connection, or it broke off ({type(fault).__name__})", not isinstance(fault, aiohttp.ClientConnectorError)
        raise TransientError(Cause.DESTINATION_UNREACHABLE, words, unclear=broke_off) from fault


def judge(answer: Answer, clock: Clock) -> str:
    """What a status means, in fixed words. Raises `TransientError` or `PermanentError`."""
    status = answer.status
    if 200 <= status < 300:
        return f"HTTP {status}"
    if status in _BUSY or status >= 500:
        after = _seconds(answer.retry_after, clock())
        raise TransientError(Cause.DESTINATION_BUSY, f"HTTP {status}", after=after, unclear=is_unclear(status))
    if status in _CREDENTIALS:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, f"HTTP {status}")
    raise PermanentError(Cause.DELIVERY_REFUSED, f"HTTP {status}")


def is_unclear(status: int) -> bool:
    """Whether a status that is worth another attempt leaves open whether this one was taken over."""
    return status not in _NOT_TAKEN


async def _begin_of(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    while len(body) < _ANSWER_READ and (chunk := await response.content.read(_ANSWER_READ - len(body))):
        body += chunk
    return bytes(body)


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Retry-After in seconds or as a date (RFC 9110 10.2.3); None when there is none that makes sense."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)
