"""What follows a rejection, where the agreement declares it (`on_rejected: cancel`): the hub is told to take back what it began (R37).

The event carries the rejected document under a type of its own, `….cancelled.v1`, and an id of its own; its `causationid` names the event
that brought the document. The gateway cancels nothing by itself: which pick orders or bookings came of an order only the hub knows.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from canonical.envelope import Verb
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import queue_to_hub, sinks_for
from gateway.states import DocumentState, Thing
from gateway.store import keys, lookup
from gateway.store.events import note, of_document
from gateway.store.moves import start
from gateway.store.schema import Document
from gateway.store.statement import add

__all__ = ["compensate"]

_RECEIVED: Final = f".{Verb.RECEIVED}."
_CANCELLED: Final = f".{Verb.CANCELLED}."


def compensate(context: Context, connection: Connection, row: lookup.Found, now: datetime) -> str | None:
    """Queue the event for a rejected document of a partner. Gives the id of its row; None where nothing is declared or was ever told."""
    partner = context.workspace.partners.get(row["partner_id"] or "")
    agreed = next((one for one in partner.agreements if one.id == row["agreement_id"]), None) if partner else None
    told = lookup.where(connection, Thing.DELIVERY, 1, document_id=row["id"])
    if agreed is None or agreed.on_rejected != "cancel" or row["direction"] != "inbound" or _RECEIVED not in row["event_type"] or not told:
        return None
    copy_id = context.new_id("doc")
    copy = row | {
        "id": copy_id,
        "event_id": copy_id,
        "event_type": row["event_type"].replace(_RECEIVED, _CANCELLED),
        "original_id": row["id"],
        "causation_id": row["event_id"],
        "state": start(DocumentState.MAPPED),
        "cause": None,
        "detail": None,
        "newer_id": None,
        "created_at": now,
    }
    add(connection, Document.table(), copy)
    keys.refer(connection, {copy_id: keys.numbers_of(connection, row["id"])})
    queue_to_hub(context, connection, copy, sinks_for(context, row["partner_id"], row["agreement_id"], row["usage"]), now)
    note(connection, now, of_document(copy, "document.compensated", "It was rejected: the hub is told to take back what it began."))
    return copy_id
