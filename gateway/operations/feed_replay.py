"""The feed once more to one sink, from a number or a moment on (R29): the same events in their order, marked as a replay."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.errors import Cause, Refusal
from gateway.operations.replay import Asked, limit_of, replay_these
from gateway.operations.replay_actions import Action
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import sinks_for
from gateway.store import lookup
from gateway.store.schema import Delivery
from gateway.store.schema.base import utc_text

__all__ = ["Place", "feed_replay"]

Place = int | datetime  #: in the feed: the number of an entry, or a moment

_delivery = Delivery.table()


async def feed_replay(
    context: Context, sink: str, first: Place, last: Place | None, reason: str, *, limit: int | None = None, by: str, confirm: bool
) -> dict[str, Any]:
    """Queue what the feed has from `first` to `last`, both included, to a sink; without `confirm`, only say what would happen.

    What is over the limit is `left`, and `next` is the number to go on from. Raises Refusal.
    """
    if sink not in context.sinks:
        raise Refusal(Cause.NOT_FOUND, f"gateway.yaml has no such sink; there are: {', '.join(sorted(context.sinks)) or 'none'}")
    place = {name: utc_text(at) if isinstance(at, datetime) else at for name, at in (("from", first), ("to", last)) if at is not None}
    asked = Asked(Action.FEED, limit=limit, sink=sink, place=place)
    most = limit_of(context, asked)

    def find(connection: Connection) -> tuple[int, int, list[lookup.Found]]:
        after = lookup.feed_place(connection, first) if isinstance(first, datetime) else first - 1
        until = lookup.last_feed_number(connection)
        if isinstance(last, datetime):
            until = lookup.feed_place(connection, last)
        elif last is not None:
            until = last
        rows = lookup.feed_documents(connection, after, until, _usage(context, sink))
        return after + 1, until, [row for row in rows if _is_for(context, connection, sink, row)]

    begins, ends, rows = await context.store.read(find)
    ids = [row["id"] for row in rows[:most]]
    answer = await replay_these(context, asked, len(rows), ids, reason, by=by, confirm=confirm)
    following = {"next": rows[most]["seq"]} if len(rows) > most else {}
    return answer | {"sink": sink, "from": begins, "to": ends, **following}


def _usage(context: Context, sink: str) -> str:
    """A sink takes one usage: that of its settings, else that of the environment."""
    said = context.settings.sinks[sink].usage if sink in context.settings.sinks else "any"
    return context.workspace.own.environment if said == "any" else said


def _is_for(context: Context, connection: Connection, sink: str, row: lookup.Found) -> bool:
    """Whether an event is for this sink today, or went there before."""
    if sink in sinks_for(context, row["partner_id"], row["agreement_id"], row["usage"]):
        return True
    went = select(_delivery.c.id).where(_delivery.c.document_id == row["id"], _delivery.c.destination == f"sink:{sink}")
    return connection.execute(went.limit(1)).first() is not None
