"""The edge towards partners that receive: one POST of stored bytes, and what came back. It never decides what becomes of the message."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from as2.content import Source, as_source
from as2.settings import As2Settings

__all__ = [
    "Answer",
    "MdnUrlRefusedError",
    "PostError",
    "PostFault",
    "PublicResolver",
    "check_mdn_url",
    "outgoing",
    "pinned_context",
    "post",
]

MAX_ANSWER: Final = 4 << 20
_SAME_AGAIN: Final = frozenset({307, 308})
MAX_URL: Final = 2048
_CHUNK: Final = 1 << 16
_BLOCK: Final = 1 << 18  #: read and sent at once


class PostFault(StrEnum):
    """Where it failed before there was an answer."""

    ADDRESS = "address"
    CONNECT = "connect"
    TLS = "tls"
    TIME_OUT = "time-out"
    BROKEN_OFF = "broken-off"
    ANSWER_TOO_LARGE = "answer-too-large"


class PostError(Exception):
    """No answer, or none that could be read to its end. All but a wrong address may be tried again with the same bytes."""

    def __init__(self, fault: PostFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail  #: fixed words and the kind of the exception

    @property
    def retryable(self) -> bool:
        """True when the same bytes may be sent again by schedule."""
        return self.fault is not PostFault.ADDRESS

    @property
    def unclear(self) -> bool:
        """True when the partner may have the message all the same."""
        return self.fault in {PostFault.TIME_OUT, PostFault.BROKEN_OFF, PostFault.ANSWER_TOO_LARGE}


class MdnUrlRefusedError(Exception):
    """An asynchronous MDN is asked for at an address that the profile does not allow; no connection is made (A33)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the partner's server said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


async def post(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    body: bytes | Source,
    *,
    connect_timeout: float = 30,
    read_timeout: float = 120,
    context: ssl.SSLContext | bool = True,
    max_answer: int = MAX_ANSWER,
    redirects: bool = True,
) -> Answer:
    """Send these very bytes, never chunked (A12). Follows one 307 or 308, and that only to the same host (A16), or none (A33).

    Other redirects come back as answers. `read_timeout` is for every pause: of a server that takes the body, and of one that answers.
    Raises `PostError`. Trust is the system's or that of a `pinned_context`; there is no switch to trust everybody (A19).
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout, sock_read=read_timeout)
    target = URL(url)
    length = len(body) if isinstance(body, bytes) else body.size
    for last in (False, True):
        try:
            async with (
                asyncio.timeout(None) as watch,
                session.post(
                    target,
                    data=outgoing(body, watch, read_timeout),
                    headers={**headers, "Content-Length": str(length)},
                    timeout=timeout,
                    ssl=context,
                    allow_redirects=False,
                    skip_auto_headers=("Accept-Encoding",),  # the answer's bytes are evidence
                ) as response,
            ):
                answer = Answer(response.status, _fields(response), await _limited(response, max_answer))
                location = response.headers.get("Location")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as fault:
            raise PostError(PostFault.ADDRESS, "the address cannot be used") from fault
        except (aiohttp.ClientSSLError, ssl.SSLError) as fault:
            raise PostError(PostFault.TLS, f"TLS failed ({type(fault).__name__})") from fault
        except aiohttp.ConnectionTimeoutError as fault:
            raise PostError(PostFault.CONNECT, "no connection in time") from fault
        except TimeoutError as fault:  # before ClientOSError: some time-outs are both
            raise PostError(PostFault.TIME_OUT, "the partner's server took too long") from fault
        except aiohttp.ClientConnectorError as fault:
            raise PostError(PostFault.CONNECT, f"no connection ({type(fault.os_error).__name__})") from fault
        except (aiohttp.ClientError, OSError) as fault:
            raise PostError(PostFault.BROKEN_OFF, f"the connection broke off ({type(fault).__name__})") from fault
        if last or not redirects or answer.status not in _SAME_AGAIN or location is None:
            return answer
        moved = target.join(URL(location))
        if _place(moved) != _place(target):
            return answer
        target = moved
    raise AssertionError("the second pass returns or raises")


def outgoing(body: bytes | Source, watch: asyncio.Timeout, pause: float) -> bytes | AsyncIterator[bytes]:
    """A body as aiohttp takes it: small bytes as they are, all else block by block, read off the event loop.

    `watch` ends the exchange when the other side takes nothing for so many seconds; aiohttp itself waits for ever.
    """
    if isinstance(body, bytes) and len(body) <= _CHUNK:
        return body
    return _blocks(as_source(body), watch, pause)


async def _blocks(source: Source, watch: asyncio.Timeout, pause: float) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    blocks = source.blocks(_BLOCK)
    while (block := await loop.run_in_executor(None, next, blocks, None)) is not None:
        watch.reschedule(loop.time() + pause)
        yield block
    watch.reschedule(None)


def _place(url: URL) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, a default port being named or not."""
    return url.scheme, url.host, url.port


def _fields(response: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)


async def _limited(response: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise PostError(PostFault.ANSWER_TOO_LARGE, "the answer is larger than any receipt")
    return bytes(body)


def pinned_context(certificates: Sequence[str]) -> ssl.SSLContext:
    """TLS 1.2 or newer that trusts these PEM certificates and no others, authorities or the server's own (A19)."""
    context = ssl.create_default_context(cadata="\n".join(certificates))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


async def check_mdn_url(url: str, partner: As2Settings) -> None:
    """Raises `MdnUrlRefusedError` unless scheme, host and port stand in the profile and no private address is behind them (A33)."""
    try:
        wanted = URL(url)
    except ValueError:
        raise MdnUrlRefusedError("the address for the receipt is no http address") from None
    allowed = {_place(URL(known)) for known in (partner.url, *partner.mdn_urls) if known}
    if _place(wanted) not in allowed or wanted.user or wanted.password or len(url) > MAX_URL:
        raise MdnUrlRefusedError("the address for the receipt is not in the profile")
    if partner.tolerance.mdn_private_address:
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(wanted.host, wanted.port)
    except OSError:
        return  # the POST will say so, and be tried again
    if not all(_is_public(str(address[0])) for *_, address in found):
        raise MdnUrlRefusedError("the address for the receipt lies in a private network")


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


class PublicResolver(AbstractResolver):
    """Looks names up for a session, and gives no address of a private network: a name may mean another host than when it was checked."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver if resolver is not None else aiohttp.DefaultResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """As `AbstractResolver`; OSError when one of the addresses is private."""
        found = await self._resolver.resolve(host, port, family)
        if not all(_is_public(one["host"]) for one in found):
            raise OSError(None, "the name means an address of a private network")
        return found

    async def close(self) -> None:
        """Of the resolver behind it."""
        await self._resolver.close()
