"""What became of documents, for the hub: found by a number or a state, one with its findings, and the story of its exchange."""

import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from canonical.registry import DOCUMENTS
from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.document_views import DocumentsPage, DocumentStatus, Timeline
from gateway.service.query import integer
from gateway.service.routes import Access, Body, Parameter, Route
from gateway.states import DocumentState

__all__ = ["DocumentsSurface"]

_ID: Final = Parameter("document_id", "path", "As the submission named it, or the `documentid` of its event.")
_CURSOR: Final = r"^doc_[0-9A-Za-z]{1,60}$"
_TEXT: Final = r"^[^\x00-\x1f\x7f]{1,200}$"
_SCOPE: Final = "documents:read"


class DocumentsSurface:
    """Looking documents up."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        page = self._context.settings.limits.page
        filters = (
            Parameter("number", "query", "A number that it has or names: of an order, shipment, invoice, load …", _text(_TEXT)),
            Parameter("documentType", "query", "Such as ShipNotice.", {"enum": sorted(DOCUMENTS)}),
            Parameter("state", "query", "Such as HELD: what waits for a person.", {"enum": sorted(DocumentState)}),
            Parameter("partner", "query", "By the name of its folder.", _text(_TEXT)),
            Parameter("correlation", "query", "The business exchange, as `correlationId` names it.", _text(_TEXT)),
            Parameter("limit", "query", "At most so many.", {"type": "integer", "minimum": 1, "maximum": page}),
            Parameter("after", "query", "The `next` of the page before.", _text(_CURSOR)),
        )
        return (
            Route(
                "GET",
                "/api/v1/documents",
                self.find,
                "documents",
                "Find documents, from partners and from the hub",
                Access.HUB,
                {200: Body("The newest first.", DocumentsPage)},
                parameters=filters,
                scope=_SCOPE,
                causes=(Cause.MALFORMED_REQUEST, Cause.STORE_UNAVAILABLE),
            ),
            Route(
                "GET",
                "/api/v1/documents/{document_id}",
                self.look_up,
                "document",
                "What became of a document",
                Access.HUB,
                {200: Body("As it stands now.", DocumentStatus)},
                parameters=(_ID,),
                scope=_SCOPE,
                causes=(Cause.NOT_FOUND, Cause.STORE_UNAVAILABLE),
            ),
            Route(
                "GET",
                "/api/v1/documents/{document_id}/timeline",
                self.timeline,
                "documentTimeline",
                "The story of its business exchange",
                Access.HUB,
                {200: Body("What happened until now.", Timeline)},
                parameters=(_ID,),
                scope=_SCOPE,
                causes=(Cause.NOT_FOUND, Cause.STORE_UNAVAILABLE),
            ),
        )

    async def find(self, request: web.Request) -> web.Response:
        """A page of documents."""
        query, page = request.query, self._context.settings.limits.page
        _one_of(query.get("documentType"), DOCUMENTS, "documentType is the name of a document, such as ShipNotice")
        _one_of(query.get("state"), tuple(DocumentState), f"state is one of {', '.join(DocumentState)}")
        found = await operations.find_documents(
            self._context,
            number=_fitting(query, "number", _TEXT),
            partner=_fitting(query, "partner", _TEXT),
            document_type=query.get("documentType"),
            state=query.get("state"),
            correlation=_fitting(query, "correlation", _TEXT),
            before=_fitting(query, "after", _CURSOR),
            limit=integer(request, "limit", min(50, page), lowest=1, highest=page),
        )
        return _answer(DocumentsPage.model_validate(found))

    async def look_up(self, request: web.Request) -> web.Response:
        """One document."""
        return _answer(DocumentStatus.model_validate(await operations.show(self._context, _id_of(request), with_origin=False)))

    async def timeline(self, request: web.Request) -> web.Response:
        """The events of the exchange, and its documents."""
        story = await operations.timeline(self._context, _id_of(request))
        documents = [one for one in story["documents"] if one["thing"] == "document"]
        return _answer(Timeline.model_validate({**story, "documents": documents}))


def _id_of(request: web.Request) -> str:
    """The id in the address. Raises `Refusal` for one of anything else: those are the administrators' to look at."""
    id_ = request.match_info["document_id"]
    if not id_.startswith("doc_"):
        raise Refusal(Cause.NOT_FOUND, "no document has this id")
    return id_


def _text(pattern: str) -> dict[str, str]:
    return {"type": "string", "pattern": pattern}


def _fitting(query: Mapping[str, str], name: str, pattern: str) -> str | None:
    """A parameter of the query. Raises `Refusal` for one that cannot be what it is to be."""
    value = query.get(name)
    if value is not None and not re.search(pattern, value):
        raise Refusal(Cause.MALFORMED_REQUEST, f"{name} does not look as it should: {pattern}")
    return value


def _one_of(value: str | None, known: Any, otherwise: str) -> None:
    if value is not None and value not in known:
        raise Refusal(Cause.MALFORMED_REQUEST, otherwise)


def _answer(view: DocumentsPage | DocumentStatus | Timeline) -> web.Response:
    return web.json_response(view.model_dump(by_alias=True, exclude_none=True))
