"""`/api/v1/feed/consumers`: a consumer of the feed says how far it is, so that it need not keep that itself."""

import re
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from gateway.errors import Cause, Refusal
from gateway.operations.consumers import CONSUMER_NAME, advance, consumers
from gateway.pipeline.context import Context
from gateway.service.access import PRINCIPAL
from gateway.service.body import parse_json, read_body
from gateway.service.query import HIGHEST
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["CONSUMER", "ConsumersSurface", "consumer_named"]

_NAME: Final = re.compile(CONSUMER_NAME)
_SCHEMA: Final = {"type": "string", "pattern": CONSUMER_NAME}
_BODY: Final = 1024
CONSUMER: Final = Parameter("consumer", "query", "Instead of `after`: from where this consumer said last that it is.", _SCHEMA)


class Position(BaseModel):
    """How far a consumer is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    position: Annotated[int, Field(ge=0, le=HIGHEST)] = Field(description="The `next` of a page whose events are durable on your side.")


class Said(BaseModel):
    """Where it is now: never before where it was."""

    consumer: str
    position: int


class Consumer(BaseModel):
    """One consumer of the feed."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    consumer: str
    position: int
    behind: int = Field(description="Numbers between it and the end of the feed.")
    lag_seconds: float = Field(description="How long the next event has been waiting for it; 0 when it has read all.")
    at: str = Field(description="When it said so last.")


class Consumers(BaseModel):
    """Who reads the feed."""

    consumers: list[Consumer]


class ConsumersSurface:
    """The consumers' positions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        causes = (Cause.STORE_UNAVAILABLE, Cause.SHUTTING_DOWN)
        asked = (Cause.MALFORMED_REQUEST, Cause.MALFORMED_JSON, Cause.BODY_EMPTY, Cause.BODY_TOO_LARGE, Cause.UNSUPPORTED_MEDIA_TYPE)
        return (
            Route(
                "POST",
                "/api/v1/feed/consumers/{consumer}/position",
                self.advance,
                "feedPosition",
                "A consumer of the feed is done with everything up to a number",
                Access.HUB,
                {200: Body("Kept.", Said)},
                Body("How far it is.", Position),
                (Parameter("consumer", "path", "The name that the consumer gives itself.", _SCHEMA, required=True),),
                (*asked, Cause.CONFLICT, *causes),
                "feed:read",
            ),
            Route(
                "GET",
                "/api/v1/feed/consumers",
                self.consumers,
                "feedConsumers",
                "Who reads the feed, and how far behind",
                Access.HUB,
                {200: Body("Every consumer.", Consumers)},
                causes=causes,
                scope="feed:read",
            ),
        )

    async def advance(self, request: web.Request) -> web.Response:
        """Keep the position."""
        given = parse_json(await read_body(request, _BODY))
        try:
            position = Position.model_validate(given).position
        except ValidationError:
            raise Refusal(Cause.MALFORMED_REQUEST, "the body is an object with `position`, a number of the feed") from None
        name = consumer_named(request.match_info["consumer"])
        return web.json_response(await advance(self._context, name, position, by=request[PRINCIPAL].id))

    async def consumers(self, _request: web.Request) -> web.Response:
        """Every consumer."""
        found: dict[str, Any] = await consumers(self._context)
        listed = [Consumer.model_validate(one).model_dump(by_alias=True) for one in found["consumers"]]
        return web.json_response({"consumers": listed})


def consumer_named(text: str) -> str:
    """The name of a consumer. Raises `Refusal`."""
    if not _NAME.fullmatch(text):
        raise Refusal(Cause.MALFORMED_REQUEST, "a consumer's name has small letters, digits, dots, hyphens and underscores, 64 at most")
    return text
