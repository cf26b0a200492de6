"""What the hub submits: one address per document type, each submission under an Idempotency-Key."""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from canonical.base import Document
from canonical.registry import DOCUMENTS
from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.log import about
from gateway.pipeline.context import Context
from gateway.plural import with_article
from gateway.service.access import PRINCIPAL
from gateway.service.body import media_type, parse_json, read_body
from gateway.service.idempotency import KEY_HEADER, KEY_SCHEMA, REPEATED_HEADER, UnderWay, idempotency_key
from gateway.service.query import USAGE, usage_of
from gateway.service.routes import Access, Body, Handler, Parameter, Route

__all__ = ["SUBMISSIONS", "HubSurface", "Submitted", "plural"]

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plural(document_type: str) -> str:
    """The address of a kind of document: `ship-notices`, `shipment-statuses`."""
    word = _WORD.sub("-", document_type).lower()
    return f"{word}es" if word.endswith("s") else f"{word}s"


#: address -> the document that is posted there
SUBMISSIONS: Final[Mapping[str, type[Document]]] = {plural(name): model for name, model in DOCUMENTS.items()}


class Submitted(BaseModel):
    """A document that is taken over. The same for every repetition of the request, so it says nothing that moves on."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="ignore")

    document_id: str = Field(description="Under this id the document can be looked up.")
    document_type: str
    correlation_id: str = Field(description="The business exchange that it belongs to, from the order on.")


class HubSurface:
    """`POST /api/v1/ship-notices`, and its like for each document."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._under_way = UnderWay()

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        parameters = (
            Parameter(KEY_HEADER, "header", "New per document; a repetition has one effect.", KEY_SCHEMA, required=True),
            Parameter(
                "partner", "query", "For whom, by the name of its folder, where no order of this gateway and no id of the receiver says it."
            ),
            Parameter(
                "usage",
                "query",
                "`test`: as test traffic, also to test orders; the gateway's environment when absent.",
                USAGE,
            ),
        )
        causes = (
            Cause.IDEMPOTENCY_KEY_MISSING,
            Cause.IDEMPOTENCY_KEY_REUSED,
            Cause.IDEMPOTENCY_KEY_IN_USE,
            Cause.MALFORMED_REQUEST,
            Cause.MALFORMED_JSON,
            Cause.BODY_EMPTY,
            Cause.BODY_TOO_LARGE,
            Cause.UNSUPPORTED_MEDIA_TYPE,
            Cause.NOT_FOUND,
            Cause.DOCUMENT_INVALID,
            Cause.RECEIVER_UNKNOWN,
            Cause.USAGE_NOT_ACCEPTED,
            Cause.STORE_UNAVAILABLE,
            Cause.SHUTTING_DOWN,
        )
        return tuple(
            Route(
                "POST",
                f"/api/v1/{address}",
                self._submit(model),
                f"submit{model.__name__}",
                f"Send {with_article(model.__name__)} to a partner",
                Access.HUB,
                {202: Body("Stored; it leaves when its checks hold, else it is held. Location is where that is told.", Submitted)},
                Body("The canonical document.", model),
                parameters,
                causes,
                "documents:write",
            )
            for address, model in SUBMISSIONS.items()
        )

    def _submit(self, model: type[Document]) -> Handler:
        async def submit(request: web.Request) -> web.Response:
            key = idempotency_key(request)
            if not key:
                raise Refusal(Cause.IDEMPOTENCY_KEY_MISSING)
            if media_type(request) not in {"", "application/json"}:
                raise Refusal(Cause.UNSUPPORTED_MEDIA_TYPE, "a canonical document is application/json")
            client = request[PRINCIPAL].id
            with self._under_way.hold(client, key):
                body = parse_json(await read_body(request, self._context.settings.limits.document_bytes))
                partner, usage = request.query.get("partner"), usage_of(request)
                answer = await operations.submit(self._context, model.__name__, body, key, partner=partner, usage=usage, client=client)
            about(answer["correlationId"])
            headers = {"Location": f"/api/v1/documents/{answer['documentId']}"} | ({REPEATED_HEADER: "true"} if answer["repeated"] else {})
            submitted = Submitted.model_validate(answer).model_dump(by_alias=True)
            return web.json_response(submitted, status=202, headers=headers)

        return submit
