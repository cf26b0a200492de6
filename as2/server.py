"""The edge towards partners that send: an aiohttp request becomes headers and a limited body, an MDN becomes a response.

Who owns the route, the store and the order "store first, answer second" is `gateway.service.as2_endpoint`.
The server must be made with `auto_decompress=False`, for the bytes as they came are evidence, and best behind `as2.unfold`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import web

from as2.errors import As2Error, MalformedRequest, TooLarge
from as2.headers import As2Headers

__all__ = ["body_blocks", "empty_response", "fault_response", "mdn_response", "read_body", "read_head"]

IDLE_READ: Final = 120.0
_CHUNK: Final = 1 << 16
_RETRY_AFTER: Final = "60"


def read_head(request: web.BaseRequest) -> As2Headers:
    """The head of an AS2 message. Raises `MalformedRequest`."""
    return As2Headers.parse(request.raw_headers)


async def read_body(request: web.BaseRequest, limit: int, *, idle: float = IDLE_READ) -> bytes:
    """The whole body in memory. Raises as `body_blocks`."""
    return b"".join([block async for block in body_blocks(request, limit, idle=idle)])


async def body_blocks(request: web.BaseRequest, limit: int, *, idle: float = IDLE_READ) -> AsyncIterator[bytes]:
    """The body as it comes. Raises `TooLarge` as soon as it is known to be (A50), and `MalformedRequest` when it stops coming."""
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge("the body is announced as larger than agreed")
    read = 0
    try:
        while block := await asyncio.wait_for(request.content.read(_CHUNK), idle):
            read += len(block)
            if read > limit:
                raise TooLarge("the body is larger than agreed")
            yield block
    except TimeoutError as fault:
        raise MalformedRequest("the body did not come to its end in time") from fault
    except (ConnectionError, web.RequestPayloadError) as fault:
        raise MalformedRequest("the body broke off, or its chunks are not as they should be") from fault


def mdn_response(headers: Mapping[str, str], body: bytes) -> web.Response:
    """A synchronous MDN: 200, whatever its disposition says (A14)."""
    return web.Response(status=200, headers=dict(headers), body=body)


def empty_response(status: int = 200) -> web.Response:
    """No MDN was asked for, or it comes later."""
    return web.Response(status=status)


def fault_response(fault: As2Error) -> web.Response:
    """For the classes that have a status instead of a disposition: 400, 413, 503. The text is fixed words."""
    headers = {"Retry-After": _RETRY_AFTER} if fault.retryable else {}
    if fault.http_status == TooLarge.http_status:
        headers["Connection"] = "close"  # the rest of the body is not read
    return web.Response(status=fault.http_status, headers=headers, text=fault.detail + "\n")
