"""`POST /api/v1/partners/{id}/inbox`: a partner's EDI, or payloads of its own form, over plain HTTP, under that partner's key."""

import asyncio
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway.errors import Cause, Refusal
from gateway.log import about
from gateway.payload import StoredPayload
from gateway.pipeline.context import Context
from gateway.pipeline.receive import Incoming, Received, receive
from gateway.service.access import PRINCIPAL
from gateway.service.body import chunks, media_type, parse_json, read_body
from gateway.service.idempotency import KEY_HEADER, KEY_SCHEMA, REPEATED_HEADER, UnderWay, idempotency_key
from gateway.service.routes import Access, Body, Parameter, Route
from partners.model import Direction

__all__ = ["InboxSurface", "TakenOver", "taken_over"]

_JSON: Final = "application/json"
#: labels under which EDI comes; the content decides what it is
_EDI: Final = (
    "application/edi-x12",
    "application/edifact",
    "application/edi-consent",
    "application/octet-stream",
    "text/plain",
)
_TEXT: Final = ("application/xml", "text/xml", "text/csv")  #: labels of partners' own forms beside JSON


class TakenOver(BaseModel):
    """The bytes are stored and will be worked on; nothing is said yet of what is in them."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    transmission_id: str = Field(description="Under this id the bytes can be looked up.")
    correlation_id: str
    sha256: str = Field(description="Digest of the bytes as they arrived.")


def taken_over(received: Received) -> dict[str, Any]:
    """The answer for bytes that are safe."""
    taken = TakenOver(transmission_id=received.transmission_id, correlation_id=received.transmission_id, sha256=received.sha256)
    return taken.model_dump(by_alias=True)


class InboxSurface:
    """The partners' side of the API."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._under_way = UnderWay()

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        causes = (
            Cause.MALFORMED_JSON,
            Cause.BODY_EMPTY,
            Cause.BODY_TOO_LARGE,
            Cause.UNSUPPORTED_MEDIA_TYPE,
            Cause.IDEMPOTENCY_KEY_REUSED,
            Cause.IDEMPOTENCY_KEY_IN_USE,
            Cause.MALFORMED_REQUEST,
            Cause.STORE_UNAVAILABLE,
            Cause.SHUTTING_DOWN,
        )
        return (
            Route(
                "POST",
                "/api/v1/partners/{partner_id}/inbox",
                self.take,
                "inbox",
                "Send an interchange, or documents in the partner's own form",
                Access.PARTNER,
                {202: Body("Stored.", TakenOver)},
                Body("An X12 or EDIFACT interchange, or JSON, XML, CSV or fixed width as agreed.", media_types=(*_EDI, _JSON, *_TEXT)),
                (
                    Parameter("partner_id", "path", "The partner, as its profile is named."),
                    Parameter(KEY_HEADER, "header", "New per payload; a repetition has one effect.", KEY_SCHEMA),
                ),
                causes,
                "inbox:write",
            ),
        )

    async def take(self, request: web.Request) -> web.Response:
        """Store first, answer second."""
        label = media_type(request)
        if label not in {"", _JSON, *_EDI, *_TEXT} and not label.endswith(("+json", "+xml")):
            raise Refusal(Cause.UNSUPPORTED_MEDIA_TYPE, f"taken are {', '.join((_JSON, *_TEXT, *_EDI))}")
        key, partner = idempotency_key(request), request[PRINCIPAL].id
        with self._under_way.hold(partner, key):
            payload = await self._payload(request, label, partner)
            incoming = Incoming(transport="http", partner_id=partner, payload=payload, content_type=label, idempotency_key=key)
            received = await receive(self._context, incoming)
        about(received.transmission_id)
        return web.json_response(taken_over(received), status=202, headers={REPEATED_HEADER: "true"} if received.repeated else {})

    async def _payload(self, request: web.Request, label: str, partner: str) -> bytes | StoredPayload:
        """The body: into the store as it comes, but JSON, of which what is none is refused while the sender still listens."""
        limit = self._context.settings.limits.body_bytes
        if not label.endswith("json"):
            payload = await self._context.store.keep_stream(chunks(request, limit), size=request.content_length)
            if not payload.size:
                raise Refusal(Cause.BODY_EMPTY)
            return payload
        body = await read_body(request, limit)
        try:
            await asyncio.to_thread(parse_json, body)
        except Refusal:
            if self._takes_json(partner):
                raise
            raise Refusal(
                Cause.UNSUPPORTED_MEDIA_TYPE, f"no agreement of this partner takes JSON; EDI comes as {', '.join(_EDI)}"
            ) from None
        return body

    def _takes_json(self, partner: str) -> bool:
        """Whether it says JSON of what it sends at all; another label is what it has to mend, not the body."""
        agreements = self._context.workspace.partners[partner].agreements
        return any(one.direction is Direction.INBOUND and one.standard == "json" for one in agreements)
