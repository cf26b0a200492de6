"""Named consumers of the feed: each says how far it is, so that it need not keep that itself, and everyone sees who is behind."""

from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.log import logger
from gateway.pipeline.context import Context
from gateway.store import consumers as kept
from gateway.store import lookup
from gateway.store.schema.base import utc_text

__all__ = ["CONSUMER_NAME", "advance", "consumers", "consumers_view", "forget_consumer", "place_of", "set_position"]

CONSUMER_NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_MOST: Final = 100  #: each has a place in the metrics


async def advance(context: Context, name: str, position: int, *, by: str) -> dict[str, Any]:
    """A consumer is done with everything up to a number. It only goes forward: an older word changes nothing. Raises Refusal."""
    now = context.now()

    def work(connection: Connection) -> dict[str, Any]:
        before = _known(connection, name)
        if position > lookup.last_feed_number(connection):
            raise Refusal(Cause.CONFLICT, "the feed has no such number yet")
        if before is None or position > before:
            kept.put(connection, name, position, by=by, now=now)
        return {"consumer": name, "position": max(position, before or 0)}

    return await context.store.write(work)


async def set_position(context: Context, name: str, place: int | datetime, reason: str, *, by: str) -> dict[str, Any]:
    """Put a consumer behind a number, or before what came from a moment on: back to read again, or forward. Raises Refusal."""
    if not reason.strip():
        raise Refusal(Cause.MALFORMED_REQUEST, "a reason is needed")
    now = context.now()

    def work(connection: Connection) -> tuple[int, int]:
        before, last = _known(connection, name) or 0, lookup.last_feed_number(connection)
        position = lookup.feed_place(connection, place) if isinstance(place, datetime) else place
        if position > last:
            raise Refusal(Cause.CONFLICT, f"the feed ends with number {last}")
        kept.put(connection, name, position, by=by, now=now)
        return before, position

    before, position = await context.store.write(work)
    logger().info("consumer-set", consumer=name, before=before, position=position, by=by, reason=reason)
    return {"consumer": name, "before": before, "position": position}


async def forget_consumer(context: Context, name: str, reason: str, *, by: str) -> dict[str, Any]:
    """One that does not read any more; it is behind no longer. Raises Refusal where there is none."""
    if not await context.store.write(partial(kept.forget, name=name)):
        raise Refusal(Cause.NOT_FOUND, "no consumer of the feed has this name")
    logger().info("consumer-forgotten", consumer=name, by=by, reason=reason)
    return {"consumer": name, "forgotten": True}


async def consumers(context: Context) -> dict[str, Any]:
    """Every consumer: where it is, how many numbers behind, and since when the next entry waits for it."""
    return {"consumers": await context.store.read(partial(consumers_view, now=context.now()))}


def consumers_view(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """As `consumers`, for who has a connection."""
    return [
        {
            "consumer": row["name"],
            "position": row["position"],
            "behind": max(0, row["last"] - row["position"]),
            "lagSeconds": 0.0 if row["since"] is None else max(0.0, (now - row["since"]).total_seconds()),
            "at": utc_text(row["at"]),
            "by": row["by"],
        }
        for row in kept.listed(connection)
    ]


async def place_of(context: Context, name: str) -> int:
    """The number behind which a consumer goes on; 0 for one that never said anything."""
    return await context.store.read(lambda connection: kept.position_of(connection, name)) or 0


def _known(connection: Connection, name: str) -> int | None:
    """Where it is; None for a new one, for which there must be room."""
    before = kept.position_of(connection, name)
    if before is None and len(kept.listed(connection)) >= _MOST:
        raise Refusal(Cause.CONFLICT, f"there are {_MOST} consumers already; forget one: `gateway feed forget NAME`")
    return before
