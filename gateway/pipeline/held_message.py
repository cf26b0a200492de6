"""A message of the hub that cannot be taken: its bytes are kept as a held transmission with the cause, and a person may try it again."""

import hashlib
from typing import Final

from sqlalchemy import Connection, bindparam, select

from gateway.errors import CAUSES, PermanentError, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.hub_message import HubMessage, read_message
from gateway.pipeline.outcome import Done, Outcome
from gateway.pipeline.submission import take_submission
from gateway.states import Thing, TransmissionState
from gateway.store import jobs, keys, lookup
from gateway.store.events import EventNote, note
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import start
from gateway.store.schema import HeldMessage, Transmission
from gateway.store.statement import Statement, add

__all__ = ["hold_message", "is_from_hub", "take_again"]

_headers = HeldMessage.table()
_attributes = Statement(select(_headers.c.attributes).where(_headers.c.transmission_id == bindparam("of")))
_FROM_HUB: Final = "source:"  #: before the source's name, where other transmissions name their transport


def is_from_hub(transmission: lookup.Found) -> bool:
    """Whether a transmission is a message of the hub that could not be taken."""
    return str(transmission.get("transport", "")).startswith(_FROM_HUB)


async def hold_message(context: Context, source: str, message: HubMessage, refusal: Refusal) -> str:
    """Keep it for a person. The same message again is the same record. Gives its id; durable when it returns."""
    now = context.now()
    payload = await context.store.keep(message.body)
    client, key = f"held:{source}", hashlib.sha256(f"{message.key or message.place} {payload.sha256}".encode()).hexdigest()
    transmission_id = context.new_id("trn")
    findings = [{"source": "document", "severity": "error", **fault} for fault in refusal.faults]

    def work(connection: Connection) -> str:
        known = keys.find(connection, client, key)
        if known is not None:
            return known.document_id
        keys.remember(connection, client, key, payload.sha256, transmission_id, now)
        context.store.payloads.insert(connection, payload, now)
        add(
            connection,
            Transmission.table(),
            {
                "id": transmission_id,
                "direction": "inbound",
                "state": start(TransmissionState.HELD),
                "transport": f"{_FROM_HUB}{source}",
                "partner_id": None,
                "payload_sha256": payload.sha256,
                "content_type": "application/json",
                "file_name": message.place,
                "message_id": message.key or None,
                "correlation_id": transmission_id,
                "findings": findings or None,
                "cause": refusal.cause.value,
                "detail": refusal.detail,
                "created_at": now,
                "finished_at": now,
            },
        )
        add(connection, _headers, {"transmission_id": transmission_id, "attributes": dict(message.attributes)})
        held = EventNote(
            action="transmission.held",
            thing=Thing.TRANSMISSION,
            thing_id=transmission_id,
            correlation_id=transmission_id,
            message=f"A message of the hub was not taken: {CAUSES[refusal.cause].cause}",
            transmission_id=transmission_id,
            cause=refusal.cause,
            data={"source": source, "place": message.place, "detail": refusal.detail, "bytes": payload.size},
            actor=f"source:{source}",
        )
        note(connection, now, held)
        return transmission_id

    held_id = await context.store.write(work)
    context.metrics.held(refusal.cause)
    return held_id


async def take_again(context: Context, job: ClaimedJob, transmission: lookup.Found) -> Outcome:
    """What a person let go on: the message once more, as it lay. Raises PermanentError where it still cannot be taken."""
    source = str(transmission["transport"]).removeprefix(_FROM_HUB)
    body = await context.store.load(transmission["payload_sha256"])
    headers = await context.store.read(lambda connection: _attributes.one(connection, of=transmission["id"]))
    settings = context.settings.sources.get(source)
    message = HubMessage(
        body=body,
        place=transmission["file_name"],
        key=transmission["message_id"] or "",
        attributes=headers["attributes"] if headers else {},
        document_type=settings.document_type if settings else None,
        partner=settings.partner if settings else None,
    )

    def finished(connection: Connection) -> None:
        lookup.complete(connection, transmission["id"], {"finished_at": context.now()})
        jobs.finish(connection, job)

    try:
        submission = read_message(
            message,
            client=f"source:{source}",
            limit=context.settings.limits.document_bytes,
        )
        answer = await take_submission(context, submission, also=finished)
    except Refusal as refusal:
        raise PermanentError(refusal.cause, refusal.detail) from refusal
    return Done(answer["documentId"])
