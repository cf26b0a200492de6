"""`POST /as2`: messages and asynchronous receipts of AS2 partners. Stored first, answered second."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from as2.errors import As2Error
from as2.headers import As2Headers, MdnMode
from as2.server import read_head
from gateway.errors import Cause, Refusal
from gateway.log import logger
from gateway.pipeline.as2_inbound import As2Answer, As2Inbound
from gateway.pipeline.context import Context
from gateway.service.access import Door
from gateway.service.auth import Principal, Role
from gateway.service.body import chunks
from gateway.service.routes import Access, Body, Parameter, Route
from partners.identify import Unidentified, by_as2

__all__ = ["As2Surface"]

_FIELD: Final = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}
_PATH: Final = "/as2"
_PATIENCE: Final = 5.0  #: with the body of a stranger


class As2Surface:
    """The AS2 address. Who it is say the AS2 names, and then the signature."""

    def __init__(self, context: Context, door: Door) -> None:
        self._context = context
        self._door = door
        self._inbound = As2Inbound(context)

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface; GET is none of them (A15)."""
        names = tuple(
            Parameter(name, "header", description, _FIELD, required=True)
            for name, description in (
                ("AS2-From", "The sender's AS2 name."),
                ("AS2-To", "The receiver's AS2 name."),
                ("Message-ID", "New per message; a repetition gets the same receipt."),
            )
        )
        # no media types here: where no receipt is asked for at once, there is no body
        receipt = Body("Taken over; the receipt where it is asked for at once: multipart/report or multipart/signed.", media_types=())
        causes = (Cause.MALFORMED_REQUEST, Cause.BODY_TOO_LARGE, Cause.STORE_UNAVAILABLE, Cause.SHUTTING_DOWN)
        message = Body("An AS2 message (RFC 4130).", media_types=("application/pkcs7-mime", "multipart/signed", "application/edi-x12"))
        return (
            Route("POST", _PATH, self.take, "as2", "Receive an AS2 message", Access.AS2, {200: receipt}, message, names, causes),
            Route("HEAD", _PATH, self.head, "as2Head", "Whether the address is there", Access.AS2, {200: Body("It is.", media_types=())}),
        )

    async def head(self, _request: web.Request) -> web.Response:
        """Length 0, so that a client that asks how much has arrived sends everything (A15)."""
        return web.Response(headers={"Content-Length": "0"})

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One message: known names, limited body, stored, opened, answered."""
        try:
            headers = read_head(request)
            found = by_as2(self._context.workspace, headers.as2_from, headers.as2_to)
            if isinstance(found, Unidentified):
                return await self._stranger(request, headers, found.reason)
            partner, station = found
            await self._door.limits.claimed(Principal(Role.PARTNER, partner.id), request)
            settings = partner.transports.as2
            assert settings is not None  # by_as2 finds only those who have AS2
            if settings.require_client_certificate:
                self._door.require_certificate(request, partner.id)
            limit = min(settings.max_bytes, self._context.settings.limits.body_bytes)
            body = await self._context.store.keep_stream(chunks(request, limit), size=request.content_length)
        except As2Error as fault:
            raise Refusal(Cause.MALFORMED_REQUEST, fault.detail) from None
        answer = await self._inbound.take(headers, body, partner, station)
        logger().info("as2-answered", partner_id=partner.id, with_receipt=bool(answer.body))
        later = headers.mdn.mode is MdnMode.ASYNC and not answer.body
        return _response(answer, settings.tolerance.async_status if later else answer.status)

    async def _stranger(self, request: web.Request, headers: As2Headers, reason: str) -> web.StreamResponse:
        """Refused with what a stranger is owed (A46); of the body only so much is read that a small message gets its answer."""
        await self._door.limits.stranger(request)
        left = self._context.settings.limits.stranger_bytes
        with suppress(TimeoutError, ConnectionError, web.RequestPayloadError):
            async with asyncio.timeout(_PATIENCE):
                while left > 0 and (chunk := await request.content.read(left)):
                    left -= len(chunk)
        self._context.metrics.refused(Cause.UNKNOWN_PARTNER)
        answer = await self._inbound.refuse_stranger(headers, reason=reason)
        return _response(answer, answer.status)


def _response(answer: As2Answer, status: int) -> web.Response:
    return web.Response(status=status, headers=dict(answer.headers), body=answer.body or None)
