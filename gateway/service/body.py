"""Reads a request's body within a limit that holds while it streams."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from gateway.errors import Cause, Refusal
from gateway.service.limits import UPLOAD

__all__ = ["chunks", "media_type", "parse_json", "read_body"]

#: nesting of a JSON text; the parser of the standard library recurses
_DEEPEST: Final = 64
_IDLE: Final = 120.0  #: without a byte of the body, whoever sends it is gone
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


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


def parse_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259): UTF-8, no doubled names, no NaN, whole characters, limited depth. Raises `Refusal`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Refusal(Cause.MALFORMED_JSON, f"byte {fault.start} is no UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        raise Refusal(Cause.MALFORMED_JSON, f"line {fault.lineno}, column {fault.colno}") from None
    except RecursionError:
        raise Refusal(Cause.MALFORMED_JSON, f"nested deeper than {_DEEPEST} levels") from None
    except ValueError as fault:  # our hooks' words, or a number with more digits than Python takes
        raise Refusal(Cause.MALFORMED_JSON, str(fault) if isinstance(fault, _UnwantedError) else "a number is too long") from None
    if _deeper(value, _DEEPEST):
        raise Refusal(Cause.MALFORMED_JSON, f"nested deeper than {_DEEPEST} levels")
    if _SURROGATE.search(text) and not _can_be_written(value):
        raise Refusal(Cause.MALFORMED_JSON, "half of a surrogate pair is no character")
    return value


def _can_be_written(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class _UnwantedError(ValueError):
    """What JSON texts may hold by the letter, but no two readers agree on."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise _UnwantedError("an object has the same name twice")
    return names


def _no_constant(_name: str) -> Any:
    raise _UnwantedError("NaN and Infinity are no JSON numbers")


def _deeper(value: Any, levels: int) -> bool:
    """Whether a value is nested deeper than so many levels; walks level by level, so that it cannot itself run too deep."""
    level = [value]
    for _ in range(levels):
        level = [child for item in level if isinstance(item, dict | list) for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return True
