"""`GET /api/v1/feed`: the events in order, for hubs that pull."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, Field

from canonical.envelope import CloudEvent
from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.operations.consumers import place_of
from gateway.pipeline.context import Context
from gateway.service.feed_consumers import CONSUMER, consumer_named
from gateway.service.query import DAY, HIGHEST, USAGE, integer, moment, seconds, usage_of
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["FeedPage", "FeedSurface"]

_PLACE: Final = {"type": "integer", "minimum": 0, "maximum": HIGHEST}


class FeedPage(BaseModel):
    """Events in the order of the feed."""

    events: list[CloudEvent] = Field(description="Oldest first. A receiver drops what it has seen, by source and id.")
    next: int = Field(description="Ask with this number as `after` next time; keep it when your work on the page is durable.")


class FeedSurface:
    """The feed."""

    def __init__(self, context: Context, stopping: asyncio.Event) -> None:
        self._context = context
        self._stopping = stopping

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        page = self._context.settings.limits.page
        parameters = (
            Parameter("after", "query", "The `next` of the page before; 0 begins at the beginning.", _PLACE),
            Parameter(
                "from",
                "query",
                "Without `after`: from this moment on, to read again. Without a zone: UTC.",
                {"type": "string", "format": "date-time"},
            ),
            CONSUMER,
            Parameter("limit", "query", "At most so many events.", {"type": "integer", "minimum": 1, "maximum": page}),
            Parameter(
                "wait", "query", "Seconds to wait for an event, when there is none.", {"type": "number", "minimum": 0, "maximum": DAY}
            ),
            Parameter("usage", "query", "test or live; the gateway's own environment when absent.", USAGE),
        )
        return (
            Route(
                "GET",
                "/api/v1/feed",
                self.feed,
                "feed",
                "Events in order, for hubs that pull",
                Access.HUB,
                {200: Body("A page of events, perhaps empty.", FeedPage)},
                parameters=parameters,
                scope="feed:read",
                causes=(Cause.MALFORMED_REQUEST, Cause.CONFLICT, Cause.STORE_UNAVAILABLE, Cause.SHUTTING_DOWN),
            ),
        )

    async def feed(self, request: web.Request) -> web.Response:
        """One page."""
        page = self._context.settings.limits.page
        usage = usage_of(request)
        after, consumer = integer(request, "after", 0) if request.query.get("after") else None, request.query.get("consumer")
        if consumer is not None:
            if after is not None or request.query.get("from"):
                raise Refusal(Cause.CONFLICT, "consumer, after or from: one of them")
            after = await place_of(self._context, consumer_named(consumer))
        page_of_events = operations.feed(
            self._context,
            after=after,
            since=moment(request, "from"),
            limit=integer(request, "limit", min(100, page), lowest=1, highest=page),
            wait=seconds(request, "wait"),
            usage=usage,
        )
        return web.json_response(await self._unless_stopping(page_of_events))

    async def _unless_stopping(self, work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        """Someone who waits for events must not keep the gateway from ending."""
        answer, end = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise Refusal(Cause.SHUTTING_DOWN)
            return answer.result()
        finally:
            answer.cancel()
            end.cancel()
