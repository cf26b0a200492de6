"""Bytes of an administrator, whatever their size: a file for a partner comes in as a stream, a payload goes out as one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from as2.content import Source
from gateway import operations
from gateway.errors import Cause
from gateway.pipeline.context import Context
from gateway.service.access import PRINCIPAL
from gateway.service.admin import PREFIX
from gateway.service.body import chunks
from gateway.service.idempotency import idempotency_key
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["FilesSurface", "Queued"]

_BLOCK: Final = 1 << 18
_OCTETS: Final = "application/octet-stream"


class Queued(BaseModel):
    """The file is stored and its delivery queued."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    delivery_id: str = Field(description="Under this id its way can be followed.")
    transmission_id: str
    partner_id: str
    transport: str
    state: str
    bytes: int
    sha256: str = Field(description="Digest of the bytes as they arrived.")
    repeated: bool = Field(description="The key was used before: it is the delivery of then.")


class FilesSurface:
    """`send_file` and `payload` over HTTP."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        send = Route(
            "POST",
            f"{PREFIX}/partners/{{partner}}/files",
            self.send,
            "sendFile",
            "Send a file to a partner as it is",
            Access.ADMIN,
            {202: Body("Stored; its delivery is queued.", Queued)},
            Body("The file.", media_types=(_OCTETS,)),
            (
                Parameter("partner", "path", "The partner, as its profile is named."),
                Parameter("transport", "query", "as2, sftp, http or folder; what the profile prefers when absent."),
                Parameter("name", "query", "The file's name at the partner's."),
                Parameter("content_type", "query", "Its media type there."),
                Parameter("Idempotency-Key", "header", "New per file; a repetition is the same delivery."),
            ),
            (
                Cause.NOT_FOUND,
                Cause.CONFLICT,
                Cause.BODY_EMPTY,
                Cause.BODY_TOO_LARGE,
                Cause.MALFORMED_REQUEST,
                Cause.IDEMPOTENCY_KEY_REUSED,
                Cause.STORE_UNAVAILABLE,
                Cause.SHUTTING_DOWN,
            ),
            "admin:write",
        )
        payload = Route(
            "GET",
            f"{PREFIX}/things/{{id}}/payload",
            self.payload,
            "payload",
            "The bytes of a transmission, or of what a delivery sent",
            Access.ADMIN,
            {200: Body("As they travelled.", media_types=(_OCTETS,))},
            parameters=(Parameter("id", "path", "The id of the thing."),),
            causes=(Cause.NOT_FOUND,),
            scope="admin:read",
        )
        evidence = Route(
            "GET",
            f"{PREFIX}/things/{{id}}/evidence",
            self.evidence,
            "evidence",
            "The evidence of an AS2 message, for openssl alone to verify",
            Access.ADMIN,
            {200: Body("A ZIP file.", media_types=("application/zip",))},
            parameters=(Parameter("id", "path", "The id of a transmission, delivery or document."),),
            causes=(Cause.NOT_FOUND,),
            scope="admin:read",
        )
        return send, payload, evidence

    async def send(self, request: web.Request) -> web.Response:
        """Into the store as it comes; queued when it is whole."""
        query = request.query
        answer = await operations.send_file(
            self._context,
            request.match_info["partner"],
            chunks(request, self._context.settings.limits.upload_bytes),
            transport=query.get("transport"),
            name=query.get("name", ""),
            content_type=query.get("content_type", ""),
            size=request.content_length,
            idempotency_key=idempotency_key(request),
            client=request[PRINCIPAL].id,
        )
        return web.json_response(Queued.model_validate(answer).model_dump(by_alias=True), status=202)

    async def payload(self, request: web.Request) -> web.StreamResponse:
        """The bytes; never rendered by a browser, whatever they claim to be."""
        payload, content_type = await operations.payload(self._context, request.match_info["id"])
        return await _sent(request, payload, {"Content-Type": _OCTETS, "X-Payload-Type": content_type})

    async def evidence(self, request: web.Request) -> web.StreamResponse:
        """The bundle, packed when it is asked for."""
        async with operations.evidence(self._context, request.match_info["id"]) as (name, packed):
            return await _sent(request, packed, {"Content-Type": "application/zip", "X-File-Name": name})


async def _sent(request: web.Request, content: Source, headers: dict[str, str]) -> web.StreamResponse:
    shared = {"Content-Length": str(content.size), "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    response = web.StreamResponse(headers=headers | shared)
    await response.prepare(request)
    async for block in _blocks(content):
        await response.write(block)
    await response.write_eof()
    return response


async def _blocks(payload: Source) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    blocks = payload.blocks(_BLOCK)
    while (block := await loop.run_in_executor(None, next, blocks, None)) is not None:
        yield block
