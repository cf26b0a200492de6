"""Store first, answer second: bytes of a partner become a payload, a transmission and a job in one transaction.

Whoever brings them (HTTP inbox, SFTP, folder) may answer, archive or delete only after `receive` is back. AS2 has its own two
commits in `pipeline.as2_inbound`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.payload import StoredPayload
from gateway.pipeline.context import Context
from gateway.pipeline.peek import urgency_of_payload
from gateway.states import Thing, TransmissionState
from gateway.store import keys
from gateway.store.events import EventNote, note
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import start
from gateway.store.schema import Transmission
from gateway.store.statement import add
from gateway.trace import current

__all__ = ["Incoming", "Received", "receive"]

Also = Callable[[Connection, str], None]


@dataclass(frozen=True, slots=True)
class Incoming:
    """Bytes that arrived, and what the way they came says of them."""

    transport: str  #: "http", "sftp", "folder"
    partner_id: str | None  #: whose key, server or folder it was
    payload: bytes | StoredPayload
    content_type: str = ""
    file_name: str = ""  #: a label, never a path
    idempotency_key: str = ""  #: where the partner gave one: the same key is the same transmission


@dataclass(frozen=True, slots=True)
class Received:
    """The bytes are safe; under this id the partner and we can look for them."""

    transmission_id: str
    sha256: str
    repeated: bool = False  #: the key was used before, nothing new was stored


async def receive(context: Context, incoming: Incoming, *, also: Also | None = None) -> Received:
    """Store bytes with the job that will work on them; durable when it returns.

    `also` is told the transmission's id and joins the transaction: the ledger of a pickup. Raises Refusal: store, or a key reused.
    """
    now = context.now()
    context.on_step("receive.keep")
    payload = await context.store.keep(incoming.payload)
    digest = payload.sha256
    priority = urgency_of_payload(payload, context.workspace.partners.get(incoming.partner_id or ""))
    transmission_id = context.new_id("trn")
    client = f"partner:{incoming.partner_id}"

    def work(connection: Connection) -> Received:
        if incoming.idempotency_key:
            known = keys.find(connection, client, incoming.idempotency_key)
            if known is not None:
                if known.body_sha256 != digest:
                    raise Refusal(Cause.IDEMPOTENCY_KEY_REUSED)
                return Received(known.document_id, digest, repeated=True)
            keys.remember(connection, client, incoming.idempotency_key, digest, transmission_id, now)
        context.store.payloads.insert(connection, payload, now)
        add(
            connection,
            Transmission.table(),
            {
                "id": transmission_id,
                "direction": "inbound",
                "state": start(TransmissionState.OPENED),
                "transport": incoming.transport,
                "partner_id": incoming.partner_id,
                "payload_sha256": digest,
                "content_type": incoming.content_type,
                "file_name": incoming.file_name,
                "correlation_id": transmission_id,
                "created_at": now,
            },
        )
        arrived = EventNote(
            action="transmission.received",
            thing=Thing.TRANSMISSION,
            thing_id=transmission_id,
            correlation_id=transmission_id,
            message=f"Received {payload.size} bytes by {incoming.transport}; they are stored.",
            partner_id=incoming.partner_id,
            transmission_id=transmission_id,
            data={"sha256": digest, "bytes": payload.size},
        )
        note(connection, now, arrived)
        enqueue(
            connection,
            now,
            NewJob("inbound", transmission_id, now, priority, params={"partner": incoming.partner_id}, affinity=incoming.partner_id),
        )
        if also is not None:
            also(connection, transmission_id)
        return Received(transmission_id, digest)

    with context.tracing.span("receive", "internal", current(), transport=incoming.transport, transmission=transmission_id):
        received = await context.store.write(work)
    context.on_step("receive.stored")
    if not received.repeated:
        context.metrics.received(incoming.transport)
        context.signals.work.set()
    return received
