"""What the hub reads in order, when it pulls: the same events that sinks push, numbered."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.envelope import event_of
from gateway.store import lookup

__all__ = ["feed"]


async def feed(
    context: Context,
    *,
    after: int | None = None,
    since: datetime | None = None,
    limit: int = 100,
    wait: float = 0,
    usage: str | None = None,
) -> dict[str, Any]:
    """Events behind number `after`, without it from the moment `since` on, oldest first, and the number to ask with next time.

    `usage` is the environment's own unless said: a live hub sees test traffic only when it asks for it. With `wait`, an empty
    feed is answered when something comes, or after so many seconds.
    """
    if since is not None and after is None:  # who goes on has said where
        after = await context.store.read(partial(lookup.feed_place, moment=since))
    after = after or 0
    if after < 0 or not 1 <= limit <= context.settings.limits.page:
        raise Refusal(Cause.MALFORMED_REQUEST, f"after is 0 or more, limit 1 to {context.settings.limits.page}")
    wanted = usage or context.workspace.own.environment
    until = asyncio.get_running_loop().time() + min(wait, context.settings.timing.long_poll)
    while True:
        rows = await context.store.read(partial(lookup.feed, after=after, limit=limit))
        after = rows[-1]["seq"] if rows else after
        events = [event_of(context.workspace.own, row, row["seq"]).to_json() for row in rows if row["usage"] == wanted]
        left = until - asyncio.get_running_loop().time()
        if events or (not rows and left <= 0):
            return {"events": events, "next": after}
        if not rows:
            await context.signals.feed(left)
