"""One POST to a destination that answers with a status only: a partner's API, or a webhook of the hub. The status decides what follows.

+------------------------------------+-----------------------------------------------+
| 2xx                                | taken over                                    |
| 408, 425, 429, 5xx                 | transient; Retry-After is honoured            |
| no connection, or it broke off     | transient                                     |
| 401, 403, 407                      | permanent: the credentials are refused        |
| any other: 410 and 4xx, redirects  | permanent: it will not take this              |
+------------------------------------+-----------------------------------------------+
"""

import base64
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from yarl import URL

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError, TransientError

__all__ = ["NewSession", "basic", "post"]

#: gives the session that all clients of this process share; whoever made it closes it
NewSession = Callable[[], aiohttp.ClientSession]

_BUSY: Final = frozenset({408, 425, 429})
_CREDENTIALS: Final = frozenset({401, 403, 407})
_ANSWER_READ: Final = 64 * 1024  #: enough to use the connection again; more is not worth it
_LONGEST_WAIT: Final = 86400.0


def basic(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def post(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,  # noqa: ASYNC109 - a limit for the whole exchange, which aiohttp keeps per socket too
    clock: Clock,
) -> str:
    """Send, and say in fixed words what was answered. Raises `TransientError` or `PermanentError`; follows no redirect."""
    try:
        async with session.post(
            URL(url), data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=timeout), allow_redirects=False
        ) as response:
            await response.content.read(_ANSWER_READ)
            _judge(response.status, response.headers.get("Retry-After"), clock)
            return f"HTTP {response.status}"
    except (aiohttp.InvalidURL, ValueError) as fault:
        raise PermanentError(Cause.DELIVERY_REFUSED, "the address cannot be used") from fault
    except TimeoutError as fault:
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "no answer in time") from fault
    except (aiohttp.ClientError, ssl.SSLError, OSError) as fault:
        raise TransientError(Cause.DESTINATION_UNREACHABLE, f"no connection, or it broke off ({type(fault).__name__})") from fault


def _judge(status: int, retry_after: str | None, clock: Clock) -> None:
    if 200 <= status < 300:
        return
    if status in _BUSY or status >= 500:
        raise TransientError(Cause.DESTINATION_BUSY, f"HTTP {status}", after=_seconds(retry_after, clock()))
    if status in _CREDENTIALS:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, f"HTTP {status}")
    raise PermanentError(Cause.DELIVERY_REFUSED, f"HTTP {status}")


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
