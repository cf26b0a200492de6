"""A person looked at an answer or an alarm and takes it off the work list, with a comment. What comes late still settles it."""

from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.alarms import alarm_view
from gateway.operations.interventions import reject
from gateway.pipeline.context import Context
from gateway.store import alarms

__all__ = ["review"]

_REVIEWED = ("ack_", "dlv_")


async def review(context: Context, id_: str, comment: str, *, by: str = "operator") -> dict[str, Any]:
    """An acknowledgment, the delivery whose MDN is the matter, or an alarm. Raises Refusal where it is none of these or not open."""
    if id_.startswith(_REVIEWED):
        return await reject(context, id_, comment, by=by)
    if not comment.strip():
        raise Refusal(Cause.MALFORMED_REQUEST, "a comment is needed")

    def decide(connection: Connection) -> dict[str, Any]:
        row = alarms.by_id(connection, id_)
        if row is None:
            raise Refusal(Cause.NOT_FOUND, "no acknowledgment, delivery or alarm has this id")
        if row["resolved_at"] is not None:
            raise Refusal(Cause.CONFLICT, "it is resolved already")
        alarms.review(connection, row, comment, by, context.now())
        return alarm_view(context, alarms.by_id(connection, id_) or row)

    return await context.store.write(decide)
