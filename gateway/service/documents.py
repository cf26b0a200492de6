"""`GET /api/v1/documents/{id}`: what became of a document, for the hub that submitted or received it."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["DocumentStatus", "DocumentsSurface"]


class DocumentStatus(BaseModel):
    """The three statuses of a document, and why it waits where it does."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="ignore")

    id: str
    document_type: str
    partner_id: str | None = None
    correlation_id: str
    state: str
    state_meaning: str
    validation: str
    delivery: str
    acknowledgment: str
    cause: str | None = Field(default=None, description="Why it is held; a code of the problems.")
    why: str | None = None
    detail: str | None = None
    next_action: str | None = None
    owner: str | None = None
    hub_decision: dict[str, Any] | None = Field(default=None, description="What the hub said to it, and how the partner is told.")
    findings: list[dict[str, Any]] = Field(default_factory=list, description="Each with its path in the document.")


class DocumentsSurface:
    """Looking a document up."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        return (
            Route(
                "GET",
                "/api/v1/documents/{document_id}",
                self.look_up,
                "document",
                "What became of a document",
                Access.HUB,
                {200: Body("As it stands now.", DocumentStatus)},
                parameters=(Parameter("document_id", "path", "As the submission named it, or the `documentid` of its event."),),
                scope="documents:read",
                causes=(Cause.NOT_FOUND, Cause.STORE_UNAVAILABLE),
            ),
        )

    async def look_up(self, request: web.Request) -> web.Response:
        """One document."""
        shown = await operations.show(self._context, request.match_info["document_id"])
        if shown["thing"] != "document":
            raise Refusal(Cause.NOT_FOUND, "no document has this id")
        status = DocumentStatus.model_validate(shown)
        return web.json_response(status.model_dump(by_alias=True, exclude_none=True))
