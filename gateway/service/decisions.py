"""`POST /api/v1/documents/{id}/accept` and `/reject`: what the hub says to a document of a partner, which drives the agreed answer."""

from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from gateway.errors import Cause, Refusal
from gateway.operations.hub_decision import decide_document
from gateway.pipeline.context import Context
from gateway.pipeline.hub_answer import HubSaid
from gateway.service.access import PRINCIPAL
from gateway.service.body import media_type, parse_json, read_body
from gateway.service.idempotency import KEY_HEADER, KEY_SCHEMA, REPEATED_HEADER, UnderWay, idempotency_key
from gateway.service.routes import Access, Body, Handler, Parameter, Route

__all__ = ["DecisionsSurface", "Told", "said_of"]

_CAUSES: Final = (
    Cause.IDEMPOTENCY_KEY_MISSING,
    Cause.IDEMPOTENCY_KEY_REUSED,
    Cause.IDEMPOTENCY_KEY_IN_USE,
    Cause.MALFORMED_REQUEST,
    Cause.MALFORMED_JSON,
    Cause.BODY_EMPTY,
    Cause.BODY_TOO_LARGE,
    Cause.UNSUPPORTED_MEDIA_TYPE,
    Cause.NOT_FOUND,
    Cause.CONFLICT,
    Cause.DOCUMENT_INVALID,
    Cause.STORE_UNAVAILABLE,
    Cause.SHUTTING_DOWN,
)


class Told(BaseModel):
    """A decision that is kept, and how the partner learns of it. The same for every repetition of the request."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="ignore")

    document_id: str
    decision: str = Field(description="accepted or rejected")
    decided_at: str
    answer: str = Field(description="OrderAcknowledgment (855, 865, ORDRSP), ApplicationAdvice (824, APERAK), or none: nothing is agreed.")
    answer_document_id: str | None = Field(default=None, description="Under this id the answer can be looked up.")
    told: str


class DecisionsSurface:
    """Two addresses below each document."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._under_way = UnderWay()

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        parameters = (
            Parameter("document_id", "path", "The `documentid` of its event."),
            Parameter(KEY_HEADER, "header", "New per decision; a repetition has one effect.", KEY_SCHEMA, required=True),
        )
        return tuple(
            Route(
                "POST",
                f"/api/v1/documents/{{document_id}}/{verb}",
                self._decide(accepts=accepts),
                f"{verb}Document",
                f"{verb.capitalize()} a document of a partner",
                Access.HUB,
                {200: Body("Kept; the answer that is agreed is on its way.", Told)},
                Body("Reasons, and what becomes of single lines; `{}` where there is nothing to add.", HubSaid),
                parameters,
                _CAUSES,
                "documents:write",
            )
            for verb, accepts in (("accept", True), ("reject", False))
        )

    def _decide(self, *, accepts: bool) -> Handler:
        async def decide(request: web.Request) -> web.Response:
            key = idempotency_key(request)
            if not key:
                raise Refusal(Cause.IDEMPOTENCY_KEY_MISSING)
            if media_type(request) not in {"", "application/json"}:
                raise Refusal(Cause.UNSUPPORTED_MEDIA_TYPE, "a decision is application/json")
            client, document_id = request[PRINCIPAL].id, request.match_info["document_id"]
            with self._under_way.hold(client, key):
                said = said_of(parse_json(await read_body(request, self._context.settings.limits.document_bytes)))
                answer = await decide_document(self._context, document_id, said, accepts=accepts, client=client, key=key)
            headers = {REPEATED_HEADER: "true"} if answer["repeated"] else {}
            return web.json_response(Told.model_validate(answer).model_dump(by_alias=True, exclude_none=True), headers=headers)

        return decide


def said_of(body: Any) -> HubSaid:
    """What the hub says. Raises Refusal with each fault's place; values are not repeated."""
    try:
        return HubSaid.model_validate(body)
    except ValidationError as fault:
        faults = [
            {"path": "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]), "message": error["msg"]}
            for error in fault.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise Refusal(Cause.DOCUMENT_INVALID, "the decision has faults", faults=faults) from None
