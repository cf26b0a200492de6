"""Sending a file to a partner as it is: stored first, then a delivery like any other, with its retries, receipts and events."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.payload import StoredPayload
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import OutgoingBytes, queue_to_partner, transport_for
from gateway.states import Thing, TransmissionState
from gateway.store import keys, lookup
from gateway.store.events import EventNote, note
from gateway.store.moves import start
from gateway.store.schema import Transmission
from gateway.store.statement import add
from partners.model import Partner, Status
from sftp.names import fault_in_name

__all__ = ["DEFAULT_TYPE", "send_file"]

DEFAULT_TYPE: Final = "application/octet-stream"


async def send_file(
    context: Context,
    partner_id: str,
    blocks: AsyncIterator[bytes],
    *,
    transport: str | None = None,
    name: str = "",
    content_type: str = "",
    size: int | None = None,
    idempotency_key: str = "",
    client: str = "operator",
) -> dict[str, Any]:
    """Queue bytes for a partner, by `transport` or the one that the profile prefers; what comes back is durable.

    `name` is the file's at the partner's, and the same as another's only when `overwrite` is agreed. The same key with the same file
    gives the same delivery. Raises Refusal: unknown or closed partner, no such way, a bad name or media type, an empty file, a key used for
    another file, or the store.
    """
    partner = context.workspace.partners.get(partner_id)
    if partner is None:
        raise Refusal(Cause.NOT_FOUND, "no partner has this id")
    way = _way(context, partner, transport)
    if name and (fault := fault_in_name(name.encode())) is not None:
        raise Refusal(Cause.MALFORMED_REQUEST, fault)
    if not (content_type.isascii() and content_type.isprintable()):  # it becomes a header field, there and at our own address
        raise Refusal(Cause.MALFORMED_REQUEST, "a media type is printable ASCII")
    payload = await context.store.keep_stream(blocks, size=size)
    if not payload.size:
        raise Refusal(Cause.BODY_EMPTY)
    told = json.dumps([partner_id, way, name, content_type, payload.sha256])
    digest = hashlib.sha256(told.encode()).hexdigest()
    now = context.now()
    context.on_step("send.store")

    def work(connection: Connection) -> dict[str, Any]:
        known = keys.find(connection, client, idempotency_key) if idempotency_key else None
        if known is not None:
            if known.body_sha256 != digest:
                raise Refusal(Cause.IDEMPOTENCY_KEY_REUSED)
            return _answer(connection, known.document_id, payload, repeated=True)
        delivery_id = _queue(context, connection, partner, way, payload, (name, content_type or DEFAULT_TYPE, client), now)
        if idempotency_key:
            keys.remember(connection, client, idempotency_key, digest, delivery_id, now)
        return _answer(connection, delivery_id, payload, repeated=False)

    answer = await context.store.write(work)
    context.on_step("send.stored")
    context.signals.work.set()
    return answer


def _way(context: Context, partner: Partner, wanted: str | None) -> str:
    if not partner.status.takes(_usage(context, partner)):
        raise Refusal(Cause.CONFLICT, f"the profile is {partner.status}: nothing is sent")
    way = transport_for(context, partner, wanted)
    if way is None:
        there = ", ".join(partner.transports.sending) or "none"
        said = "the profile has no such way out" if wanted else "the profile has no way out, or none is preferred"
        raise Refusal(Cause.CONFLICT, f"{said}; there is: {there}")
    return way


def _usage(context: Context, partner: Partner) -> str:
    """Who is not live yet gets test traffic only."""
    return context.workspace.own.environment if partner.status is Status.LIVE else "test"


def _queue(
    context: Context, connection: Connection, partner: Partner, way: str, payload: StoredPayload, said: tuple[str, str, str], now: datetime
) -> str:
    """The transmission with its bytes, and the delivery. Gives the delivery's id."""
    name, content_type, client = said
    id_ = context.new_id("trn")
    usage = _usage(context, partner)
    context.store.payloads.insert(connection, payload, now)
    row = {
        "id": id_,
        "direction": "outbound",
        "state": start(TransmissionState.WRITTEN),
        "transport": way,
        "partner_id": partner.id,
        "payload_sha256": payload.sha256,
        "content_type": content_type,
        "file_name": name or f"{id_}.bin",
        "usage": usage,
        "correlation_id": id_,
        "created_at": now,
        "finished_at": now,
    }
    add(connection, Transmission.table(), row)
    queued = EventNote(
        action="transmission.written",
        thing=Thing.TRANSMISSION,
        thing_id=id_,
        correlation_id=id_,
        message=f"A file of {payload.size} bytes is to go to the partner by {way}, as it is.",
        partner_id=partner.id,
        transmission_id=id_,
        actor=client,
        data={"sha256": payload.sha256, "bytes": payload.size},
    )
    note(connection, now, queued)
    return queue_to_partner(context, connection, OutgoingBytes(id_, None, id_, usage, id_), partner.id, way, now)


def _answer(connection: Connection, delivery_id: str, payload: StoredPayload, *, repeated: bool) -> dict[str, Any]:
    delivery = lookup.by_id(connection, delivery_id)
    assert delivery is not None
    return {
        "deliveryId": delivery_id,
        "transmissionId": delivery["transmission_id"],
        "partnerId": delivery["partner_id"],
        "transport": delivery["destination"].rpartition(":")[2],
        "state": delivery["state"],
        "bytes": payload.size,
        "sha256": payload.sha256,
        "repeated": repeated,
    }
