"""`GET /api/v1/partners/{id}/transmissions/{transmission_id}`: what became of what a partner sent, for that partner."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.access import PRINCIPAL
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["TransmissionStatus", "TransmissionsSurface"]


class _Status(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="ignore")

    id: str
    state: str
    state_meaning: str
    cause: str | None = Field(default=None, description="Why it is held; a code of the problems.")
    why: str | None = None
    next_action: str | None = None
    owner: str | None = Field(default=None, description="Who has to act.")


class SetStatus(_Status):
    """One transaction set, or one document of the partner's own form."""

    set_id: str | None = None
    control_number: str | None = None


class TransmissionStatus(_Status):
    """What was sent at once, and each set in it."""

    sets: list[SetStatus] = Field(default_factory=list)


class TransmissionsSurface:
    """Looking up what one has sent."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        return (
            Route(
                "GET",
                "/api/v1/partners/{partner_id}/transmissions/{transmission_id}",
                self.look_up,
                "transmission",
                "What became of what was sent",
                Access.PARTNER,
                {200: Body("As it stands now.", TransmissionStatus)},
                parameters=(
                    Parameter("partner_id", "path", "The partner, as its profile is named."),
                    Parameter("transmission_id", "path", "As the inbox answered."),
                ),
                causes=(Cause.NOT_FOUND, Cause.STORE_UNAVAILABLE),
                scope="status:read",
            ),
        )

    async def look_up(self, request: web.Request) -> web.Response:
        """One transmission, if this partner sent it."""
        id_ = request.match_info["transmission_id"]
        shown: dict[str, Any] = await operations.show(self._context, id_) if id_.startswith("trn_") else {}
        if shown.get("direction") != "inbound" or shown.get("partnerId") != request[PRINCIPAL].id:
            raise Refusal(Cause.NOT_FOUND, "nothing that this partner sent has this id")
        status = TransmissionStatus.model_validate({**shown, "sets": shown["related"].get("transactionSets", [])})
        return web.json_response(status.model_dump(by_alias=True, exclude_none=True))
