"""A document once more to one sink of the hub: its delivery there queued anew, or a first one where there was none."""

from datetime import datetime

from sqlalchemy import Connection

from gateway.pipeline.context import Context
from gateway.pipeline.outbox import queue_to_sink, requeue
from gateway.states import DeliveryState, DocumentState, Thing
from gateway.store import lookup
from gateway.store.moves import try_move
from gateway.store.replays import Mark

__all__ = ["to_sink"]


def to_sink(context: Context, connection: Connection, document: lookup.Found, sink: str, mark: Mark, priority: int, now: datetime) -> bool:
    """Queue it, with the mark of its replay; False where it waits already, or a person decided that it shall not go there."""
    before = lookup.where(connection, Thing.DELIVERY, document_id=document["id"], destination=f"sink:{sink}")
    if before:
        values = {"attempts": 0, "cause": None, "detail": None, "finished_at": None, **mark.columns}
        if before[-1]["state"] == DeliveryState.QUEUED or not try_move(connection, DeliveryState.QUEUED, before[-1]["id"], **values):
            return False
        requeue(connection, before[-1], priority, now)
    else:
        queue_to_sink(context, connection, document, sink, now, mark=mark, priority=priority)
    try_move(connection, DocumentState.MAPPED, document["id"])
    return True
