"""Asynchronous MDNs: read, matched to the delivery by Message-ID, judged by its MIC, stored as evidence."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from as2.errors import As2Error
from as2.headers import same_message_id
from as2.keys import partner_keys
from as2.mdn import Mdn, MdnUnreadableError, read_mdn
from as2.mic import Mic
from as2.send import Retry, Verdict, VerdictState, judge_mdn
from gateway.errors import CAUSES, Cause
from gateway.payload import StoredPayload
from gateway.pipeline.context import Context
from gateway.pipeline.delivered import mark_sent, note_of
from gateway.pipeline.outbox import requeue
from gateway.pipeline.own_keys import keys_for
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.protection import Purpose, use_of
from gateway.states import AcknowledgmentState, DeliveryState, Thing
from gateway.store import lookup
from gateway.store.events import EventNote, note
from gateway.store.evidence import receipted
from gateway.store.moves import start, try_move
from gateway.store.schema import Acknowledgment
from gateway.store.statement import add
from partners.model import Partner, Station

__all__ = ["ONCE_MORE_AFTER", "take_receipt"]

ONCE_MORE_AFTER: Final = 900.0  #: seconds until a message goes out again that the partner could not process by a fault of its own
_LONGEST_ID: Final = 255
_CAUSES: Final = {
    VerdictState.MIC_MISMATCH: Cause.MIC_MISMATCH,
    VerdictState.MDN_UNVERIFIED: Cause.MDN_UNVERIFIED,
    VerdictState.REFUSED: Cause.MDN_REFUSED,
}
_STATES: Final = {
    VerdictState.RECEIPTED: DeliveryState.RECEIPTED,
    VerdictState.MIC_MISMATCH: DeliveryState.MIC_MISMATCH,
    VerdictState.MDN_UNVERIFIED: DeliveryState.MDN_UNVERIFIED,
    VerdictState.REFUSED: DeliveryState.REFUSED,
}


async def take_receipt(
    context: Context, fields: Iterable[tuple[str, str]], body: StoredPayload, partner: Partner, station: Station
) -> bool:
    """Apply a receipt; False when nothing of ours waits for it, which is noted (A45). A second one changes nothing."""
    settings = partner.transports.as2
    assert settings is not None
    raw = tuple(fields)
    try:
        data = body.in_memory if body.in_memory is not None else await asyncio.to_thread(body.read)
        own = await keys_for(context, station)
        mdn = await asyncio.to_thread(read_mdn, raw, data, partner=settings, now=context.now(), own=own)
    except (MdnUnreadableError, As2Error):
        mdn = None
    kept = await context.store.keep(body)
    digest = kept.sha256
    context.on_step("receipt.read")

    def apply(connection: Connection) -> bool:
        now = context.now()
        context.store.payloads.insert(connection, kept, now)
        delivery = _delivery_of(connection, partner, mdn) if mdn is not None else None
        if delivery is None or mdn is None:
            _list(context, connection, partner, mdn, (digest, raw), now)
            return False
        verdict = judge_mdn(delivery["reference"], Mic.parse(delivery["mic"]), mdn, signed_wanted=settings.mdn.signed)
        if _apply(connection, delivery, verdict, digest, raw, context):
            for signer in use_of(Purpose.VERIFY, mdn.signed_by, partner_keys(settings).verifying(now)):
                receipted(connection, delivery["id"], partner.id, signer, now)
        return True

    applied = await context.store.write(apply)
    context.on_step("receipt.applied")
    return applied


def _list(
    context: Context,
    connection: Connection,
    partner: Partner,
    mdn: Mdn | None,
    came: tuple[str, tuple[tuple[str, str], ...]],
    now: datetime,
) -> None:
    """Onto the work list, once, however often it comes (A45). `came` is the digest of its bytes, and its head."""
    digest, raw = came
    named = mdn.original_message_id[:_LONGEST_ID] if mdn is not None else digest
    if lookup.where(connection, Thing.ACKNOWLEDGMENT, partner_id=partner.id, control_number=named, kind="MDN"):
        return
    id_ = context.new_id("ack")
    row = {
        "id": id_,
        "direction": "inbound",
        "kind": "MDN",
        "state": start(AcknowledgmentState.UNMATCHED),
        "partner_id": partner.id,
        "control_number": named,
        "correlation_id": id_,
        "cause": Cause.ACKNOWLEDGMENT_UNMATCHED.value,
        "detail": "it is about no message of ours" if mdn is not None else "it cannot be read",
        "report": {"sha256": digest, "headers": dict(raw)},
        "created_at": now,
    }
    add(connection, Acknowledgment.table(), row)
    unmatched = EventNote(
        action="receipt.unmatched",
        thing=Thing.ACKNOWLEDGMENT,
        thing_id=id_,
        correlation_id=id_,
        message="An MDN came that is about nothing we sent." if mdn is not None else "An MDN came that cannot be read.",
        partner_id=partner.id,
        cause=Cause.ACKNOWLEDGMENT_UNMATCHED,
        data={"sha256": digest},
    )
    note(connection, now, unmatched)


def _delivery_of(connection: Connection, partner: Partner, mdn: Mdn) -> lookup.Found | None:
    """The delivery that the receipt names; one pair of brackets around the id does not count (A06)."""
    bare = mdn.original_message_id.strip().removeprefix("<").removesuffix(">")
    references = [mdn.original_message_id, bare, f"<{bare}>"]
    rows = lookup.where(connection, Thing.DELIVERY, reference=references, partner_id=partner.id)
    return next((row for row in rows if row["mic"] and same_message_id(row["reference"], mdn.original_message_id)), None)


def _apply(
    connection: Connection, delivery: lookup.Found, verdict: Verdict, digest: str, raw: tuple[tuple[str, str], ...], context: Context
) -> bool:
    """False for a second one, which changes nothing: the first stays the evidence."""
    now = context.now()
    if verdict.retry is Retry.ONCE and delivery["receipt_sha256"] is None and _once_more(connection, delivery, verdict, digest, raw, now):
        return True
    state, cause = _STATES[verdict.state], _CAUSES.get(verdict.state)
    moved = try_move(
        connection,
        state,
        delivery["id"],
        receipt_sha256=digest,
        receipt_headers=dict(raw),
        answer=verdict.modifier,
        cause=cause.value if cause else None,
        detail=f"{verdict.reason}: {verdict.modifier}"[:1000] if state is DeliveryState.REFUSED and verdict.modifier else verdict.reason,
        finished_at=now,
    )
    if not moved:
        note(
            connection, now, note_of(delivery, "receipt.repeated", "A second MDN came for it; it changes nothing.", data={"sha256": digest})
        )
        return False
    words = CAUSES[cause].cause if cause else "The partner's MDN is verified; its MIC is ours."
    happened = note_of(delivery, f"delivery.{state.lower().replace('_', '-')}", words, cause=cause, data={"modifier": verdict.modifier})
    note(connection, now, happened)
    if delivery["sent_at"] is not None:
        context.metrics.answered("transport", (now - delivery["sent_at"]).total_seconds())
    if state is DeliveryState.RECEIPTED:
        mark_sent(context, connection, delivery, now)
    return True


def _once_more(
    connection: Connection, delivery: lookup.Found, verdict: Verdict, digest: str, raw: tuple[tuple[str, str], ...], now: datetime
) -> bool:
    """The partner failed by a fault of its own: the same message again, later, and only once."""
    values = {"receipt_sha256": digest, "receipt_headers": dict(raw), "answer": verdict.modifier, "cause": Cause.MDN_REFUSED.value}
    if not try_move(connection, DeliveryState.QUEUED, delivery["id"], **values):
        return False
    again = now + timedelta(seconds=ONCE_MORE_AFTER)
    requeue(connection, delivery, ACKNOWLEDGMENT, again, attempts=delivery["attempts"])
    words = "The partner could not process it, by a fault of its own; the same message goes again."
    data = {"modifier": verdict.modifier, "again": again.isoformat(timespec="seconds")}
    note(connection, now, note_of(delivery, "delivery.put-off", words, cause=Cause.MDN_REFUSED, data=data))
    return True
