"""Reads a request's body within a limit that holds while it streams."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from gateway.errors import Cause, Refusal
from gateway.json_text import parse_json
from gateway.service.limits import UPLOAD

__all__ = ["chunks", "media_type", "parse_json", "read_body"]

_IDLE: Final = 120.0  #: without a byte of the body, whoever sends it is gone


async def chunks(request: web.Request, limit: int, *, in_memory: bool = False) -> AsyncIterator[bytes]:
    """The body's bytes as they come. Raises `Refusal`: too large (without reading on), encoded, too slow, too much in all, or broken."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal(Cause.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is not taken; send the bytes as they are")
    if (request.content_length or 0) > limit:
        raise Refusal(Cause.BODY_TOO_LARGE, f"the limit is {limit} bytes")
    upload, size = request[UPLOAD], 0
    while chunk := await _next(request):
        size += len(chunk)
        if size > limit:
            raise Refusal(Cause.BODY_TOO_LARGE, f"the limit is {limit} bytes")
        upload.take(len(chunk), in_memory=in_memory)
        yield chunk


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body in memory. Raises `Refusal` as `chunks`, and when it is empty."""
    body = bytearray()
    async for chunk in chunks(request, limit, in_memory=True):
        body += chunk
    if not body:
        raise Refusal(Cause.BODY_EMPTY)
    return bytes(body)


async def _next(request: web.Request) -> bytes:
    try:
        return await asyncio.wait_for(request.content.readany(), _IDLE)
    except (TimeoutError, ConnectionError, web.RequestPayloadError):
        raise Refusal(Cause.MALFORMED_REQUEST, "the body did not come to its end") from None


def media_type(request: web.Request) -> str:
    """The media type without parameters, in lower case; "" when none is given."""
    return request.content_type.lower() if "Content-Type" in request.headers else ""
