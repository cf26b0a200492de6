"""Doing work again on purpose, in three named ways, so that nobody is surprised by what the other side sees.

`restart`    from the stored bytes or document, with today's profile, guide and map; no acknowledgment is sent again.
`retry`      the same bytes under the same id once more to where they did not arrive.
`duplicate`  the same content as something new: new ids and numbers, so that the receiver takes it a second time.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.interventions import decide, resend
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import queue_to_hub, sinks_for
from gateway.pipeline.urgency import INBOUND, priority_of
from gateway.states import DocumentState, Thing, TransmissionState
from gateway.store import keys, lookup
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import move, start, try_move
from gateway.store.schema import Document
from gateway.store.statement import add

__all__ = ["MODES", "replay"]

MODES = ("restart", "retry", "duplicate")


async def replay(context: Context, id_: str, reason: str, mode: str, *, by: str = "operator") -> dict[str, Any]:
    """Replay a transmission, a set, a document or a delivery. Raises Refusal: unknown mode, or not possible for it."""
    match mode:
        case "retry":
            return await resend(context, id_, reason, by=by)
        case "restart":
            return await _restart(context, id_, reason, by)
        case "duplicate":
            return await _duplicate(context, id_, reason, by)
        case _:
            raise Refusal(Cause.MALFORMED_REQUEST, f"mode is one of {', '.join(MODES)}")


async def _restart(context: Context, id_: str, reason: str, by: str) -> dict[str, Any]:
    def again(connection: Connection, thing: Thing, row: lookup.Found, now: datetime) -> None:
        if row.get("direction") == "outbound":
            if thing is not Thing.DOCUMENT:
                raise Refusal(Cause.CONFLICT, "what is written stays as it is: retry sends it again, duplicate writes it anew")
            move(connection, DocumentState.SUBMITTED, id_, cause=None, detail=None)
            lane = f"outbound:{row['partition_key']}"
            enqueue(connection, now, NewJob("outbound", id_, now, priority_of(row["document_type"]), lane))
            return
        transmission_id = id_ if thing is Thing.TRANSMISSION else row.get("transmission_id")
        transmission = lookup.by_id(connection, transmission_id) if transmission_id else None
        if transmission is None or transmission["direction"] != "inbound" or thing in {Thing.DELIVERY, Thing.ACKNOWLEDGMENT}:
            raise Refusal(Cause.CONFLICT, "only what a partner sent can be restarted from its bytes")
        if transmission["payload_sha256"] is None:
            raise Refusal(Cause.CONFLICT, "the message was never opened; the partner has to send it again")
        if transmission["state"] in {TransmissionState.REJECTED, TransmissionState.DUPLICATE}:
            raise Refusal(Cause.CONFLICT, f"it is {transmission['state']}: that is its end; the partner can send it anew")
        try_move(connection, TransmissionState.OPENED, transmission["id"], cause=None, detail=None, finished_at=None)
        enqueue(connection, now, NewJob("inbound", transmission["id"], now, INBOUND, params={"again": True}))

    return await decide(
        context, id_, reason, by, "replayed", "A person had it processed again from the start", again, data={"mode": "restart"}
    )


async def _duplicate(context: Context, id_: str, reason: str, by: str) -> dict[str, Any]:
    copy_id = context.new_id("doc")

    def copy(connection: Connection, thing: Thing, row: lookup.Found, now: datetime) -> None:
        if thing is not Thing.DOCUMENT:
            raise Refusal(Cause.CONFLICT, "a duplicate is made of a document")
        inbound = row["direction"] == "inbound"
        anew = {"id": copy_id, "event_id": copy_id, "original_id": id_, "causation_id": row["event_id"], "created_at": now}
        anew |= {"state": start(DocumentState.MAPPED if inbound else DocumentState.SUBMITTED), "cause": None, "detail": None}
        if not inbound:
            anew |= {"transmission_id": None, "transaction_set_id": None}
        duplicate = row | anew
        add(connection, Document.table(), duplicate)
        numbers = keys.numbers_of(connection, id_)
        keys.refer(connection, copy_id, numbers)
        if inbound:
            queue_to_hub(context, connection, duplicate, sinks_for(context, row["partner_id"], row["agreement_id"], row["usage"]), now)
        else:
            lane = f"outbound:{row['partition_key']}"
            job = NewJob("outbound", copy_id, now, priority_of(row["document_type"]), lane, params={"released": True})
            enqueue(connection, now, job)

    data = {"mode": "duplicate", "copy": copy_id}
    answer = await decide(context, id_, reason, by, "replayed", "A person had it sent as something new", copy, data=data)
    return {**answer, "copyId": copy_id}
