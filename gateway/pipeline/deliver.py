"""One row of the outbox to its destination: a document to a sink of the hub, or written bytes to a partner.

What travels to a partner is fixed and stored before the first attempt, so that every attempt sends the same bytes under the same
Message-ID, and a receiver that saw the first drops the second.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.errors import CAUSES, Cause, PermanentError
from gateway.pipeline.context import Context
from gateway.pipeline.envelope import event_of
from gateway.pipeline.outcome import Done, Hold, Outcome, Retry
from gateway.sinks.base import OutgoingEvent
from gateway.states import DeliveryState, DocumentState, State, Thing
from gateway.store import breakers, jobs, lookup
from gateway.store.events import EventNote, note
from gateway.store.jobs import ClaimedJob, NewJob
from gateway.store.moves import move, try_move
from gateway.store.schema import Delivery, FeedEntry
from gateway.store.schema import Document as DocumentRow
from gateway.transports.base import Handover, Outgoing, Prepared

__all__ = ["Deliver"]

_delivery, _document, _feed = Delivery.table(), DocumentRow.table(), FeedEntry.table()
_number = select(_feed.c.seq).where(_feed.c.document_id == bindparam("of")).order_by(_feed.c.seq.desc()).limit(1)
_others = select(_delivery.c.id).where(
    _delivery.c.document_id == bindparam("of"), _delivery.c.state.not_in([DeliveryState.DELIVERED, DeliveryState.CANCELLED])
)
_carried = select(_document.c.id).where(_document.c.transmission_id == bindparam("of"), _document.c.direction == "outbound")
_attempted = update(_delivery).where(_delivery.c.id == bindparam("of"), _delivery.c.state == DeliveryState.QUEUED.value)

#: causes that are ends of their own (as2.md 3), not the general HELD
_ENDS: Final[dict[Cause, DeliveryState]] = {
    Cause.MIC_MISMATCH: DeliveryState.MIC_MISMATCH,
    Cause.MDN_UNVERIFIED: DeliveryState.MDN_UNVERIFIED,
    Cause.MDN_REFUSED: DeliveryState.REFUSED,
    Cause.MDN_OVERDUE: DeliveryState.OVERDUE,
}
#: failures of the destination itself, which open its circuit
_OUTAGES: Final = frozenset({Cause.DESTINATION_UNREACHABLE, Cause.DESTINATION_BUSY})


class Deliver:
    """The step of `deliver` jobs."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """Hand over once. What is no longer QUEUED needs nothing."""
        context = self._context
        delivery, document, number = await context.store.read(lambda connection: _load(connection, job.thing_id))
        if delivery is None or delivery["state"] != DeliveryState.QUEUED:
            await context.store.write(lambda connection: jobs.finish(connection, job))
            return Done("nothing to deliver")
        if delivery["kind"] == "sink":
            assert document is not None
            return await self._to_sink(job, delivery, document, number)
        return await self._to_partner(job, delivery)

    async def _to_sink(self, job: ClaimedJob, delivery: lookup.Found, document: lookup.Found, number: int) -> Outcome:
        context = self._context
        name = delivery["destination"].removeprefix("sink:")
        sink = context.sinks.get(name)
        own = context.workspace.own
        if sink is None:
            return Hold(Cause.NO_TRANSPORT, "gateway.yaml has no such sink")
        if delivery["usage"] != own.environment:  # whatever queued it: test traffic stops here at the latest
            return Hold(Cause.USAGE_NOT_ACCEPTED, "the sink is of another environment")
        body = event_of(own, document, number).to_json()
        event = OutgoingEvent(
            event_id=document["event_id"],
            type=document["event_type"],
            partition_key=document["partition_key"],
            correlation_id=document["correlation_id"],
            is_test=document["usage"] == "test",
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        )
        context.on_step("deliver.send")
        answer = await sink.deliver(event)
        context.on_step("deliver.sent")

        def done(connection: Connection) -> None:
            now = context.now()
            move(connection, DeliveryState.DELIVERED, job.thing_id, attempts=job.attempts + 1, answer=answer, finished_at=now, cause=None)
            if connection.execute(_others, {"of": document["id"]}).first() is None:
                try_move(connection, DocumentState.DELIVERED, document["id"])
            self._finish(connection, job, delivery, "delivery.delivered", f"Delivered to {delivery['destination']}.", now, answer)

        await context.store.write(done)
        context.metrics.delivery(sink.kind, "done")
        context.on_step("deliver.done")
        return Done(answer)

    async def _to_partner(self, job: ClaimedJob, delivery: lookup.Found) -> Outcome:
        context = self._context
        kind = delivery["destination"].rpartition(":")[2]
        partner, transport = context.workspace.partners.get(delivery["partner_id"] or ""), context.transports.get(kind)
        if partner is None or transport is None or getattr(partner.transports, kind, None) is None:
            return Hold(Cause.NO_TRANSPORT, "the profile has no such transport")
        prepared = await self._prepared(job, delivery, kind)
        context.on_step("deliver.send")
        handover = await transport.send(prepared, partner)
        context.on_step("deliver.sent")
        receipt = await context.store.keep(handover.receipt) if handover.receipt else None

        def done(connection: Connection) -> None:
            now = context.now()
            if receipt is not None:
                context.store.payloads.insert(connection, receipt, handover.receipt, now)
            self._taken_over(connection, job, delivery, handover, receipt, now)

        await context.store.write(done)
        context.metrics.delivery(kind, "done")
        context.on_step("deliver.done")
        return Done(handover.detail)

    async def _prepared(self, job: ClaimedJob, delivery: lookup.Found, kind: str) -> Prepared:
        """What travels: as stored by the first attempt, or made and stored now."""
        context = self._context
        if delivery["prepared_sha256"] is not None:
            body = await context.store.load(delivery["prepared_sha256"])
            return Prepared(body, delivery["prepared_headers"] or {}, delivery["name"], delivery["reference"], delivery["mic"])
        partner, transport = context.workspace.partners[delivery["partner_id"]], context.transports[kind]
        outgoing = await context.store.read(lambda connection: _outgoing(context, connection, delivery))
        context.on_step("deliver.prepare")
        prepared = await asyncio.to_thread(transport.prepare, outgoing, partner, now=context.now())
        digest = await context.store.keep(prepared.body)

        def fix(connection: Connection) -> None:
            context.store.payloads.insert(connection, digest, prepared.body, context.now())
            values = {
                "prepared_sha256": digest,
                "prepared_headers": dict(prepared.headers) or None,
                "name": prepared.name,
                "reference": prepared.reference,
                "mic": prepared.mic,
            }
            connection.execute(_attempted.values(**values), {"of": job.thing_id})

        await context.store.write(fix)
        context.on_step("deliver.prepared")
        return prepared

    def _taken_over(
        self, connection: Connection, job: ClaimedJob, delivery: lookup.Found, handover: Handover, receipt: str | None, now: datetime
    ) -> None:
        state = (
            DeliveryState.AWAITING_MDN
            if handover.awaits_receipt
            else DeliveryState.RECEIPTED
            if handover.receipt
            else DeliveryState.DELIVERED
        )
        move(
            connection,
            state,
            job.thing_id,
            attempts=job.attempts + 1,
            answer=handover.detail,
            receipt_sha256=receipt,
            receipt_headers=dict(handover.receipt_headers) or None,
            finished_at=None if handover.awaits_receipt else now,
            cause=None,
        )
        words = {
            DeliveryState.AWAITING_MDN: "The partner's server has it; its MDN is still to come.",
            DeliveryState.RECEIPTED: "The partner's MDN is verified; its MIC is ours.",
        }.get(state, f"Delivered to {delivery['destination']}.")
        if handover.awaits_receipt:
            due = now + timedelta(seconds=self._context.settings.timing.mdn_overdue)
            jobs.enqueue(connection, now, NewJob("mdn-due", job.thing_id, due))
        else:
            mark_sent(connection, delivery)
        self._finish(connection, job, delivery, f"delivery.{state.lower().replace('_', '-')}", words, now, handover.detail)

    def _finish(
        self, connection: Connection, job: ClaimedJob, delivery: lookup.Found, action: str, words: str, now: datetime, answer: str
    ) -> None:
        done = note_of(
            delivery, action, words, data={"destination": delivery["destination"], "attempt": job.attempts + 1, "answer": answer}
        )
        note(connection, now, done)
        breakers.answered(connection, delivery["destination"], now)
        jobs.finish(connection, job)

    def schedule(self, job: ClaimedJob) -> Sequence[float]:
        """Partners and the hub have schedules of their own (settings 2.5, 2.6)."""
        timing = self._context.settings.timing
        return timing.retries if (job.destination or "").startswith("sink:") else timing.partner_retries

    def put_off(self, connection: Connection, job: ClaimedJob, retry: Retry, attempt: int, again: datetime) -> None:
        """Count the attempt, and the outage of the destination."""
        now, timing = self._context.now(), self._context.settings.timing
        delivery = lookup.by_id(connection, job.thing_id)
        assert delivery is not None
        connection.execute(
            _attempted.values(attempts=attempt, cause=retry.cause.value, detail=retry.detail, answer=retry.detail), {"of": job.thing_id}
        )
        data = {"destination": delivery["destination"], "attempt": attempt, "again": again.isoformat(timespec="seconds")}
        again_note = note_of(delivery, "delivery.put-off", f"{CAUSES[retry.cause].title}; tried again later.", cause=retry.cause, data=data)
        note(connection, now, again_note)
        if retry.cause in _OUTAGES:
            breakers.failed(
                connection, delivery["destination"], retry.cause, now, after=timing.breaker_failures, pause=timing.breaker_pause
            )
        self._context.metrics.delivery(delivery["destination"].partition(":")[0], "retry")

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """The end that the cause says."""
        delivery = lookup.by_id(connection, job.thing_id)
        assert delivery is not None
        end: State = _ENDS.get(hold.cause, DeliveryState.HELD)
        if try_move(connection, end, job.thing_id, cause=hold.cause.value, detail=hold.detail, attempts=job.attempts + 1):
            data = {"destination": delivery["destination"], "attempt": job.attempts + 1}
            held = note_of(delivery, "delivery.held", CAUSES[hold.cause].cause, cause=hold.cause, data=data)
            note(connection, self._context.now(), held)
        self._context.metrics.delivery(delivery["destination"].partition(":")[0], "hold")


def mark_sent(connection: Connection, delivery: lookup.Found) -> None:
    """The documents that the bytes carry have left."""
    if delivery["transmission_id"]:
        for row in connection.execute(_carried, {"of": delivery["transmission_id"]}).all():
            try_move(connection, DocumentState.SENT, row.id)


def note_of(
    delivery: lookup.Found, action: str, words: str, *, cause: Cause | None = None, data: dict[str, Any] | None = None
) -> EventNote:
    """An event about a delivery."""
    return EventNote(
        action=action,
        thing=Thing.DELIVERY,
        thing_id=delivery["id"],
        correlation_id=delivery["correlation_id"],
        message=words,
        partner_id=delivery["partner_id"],
        transmission_id=delivery["transmission_id"],
        document_id=delivery["document_id"],
        cause=cause,
        data=data,
    )


def _load(connection: Connection, delivery_id: str) -> tuple[lookup.Found | None, lookup.Found | None, int]:
    delivery = lookup.by_id(connection, delivery_id)
    if delivery is None or delivery["kind"] != "sink":
        return delivery, None, 0
    document = lookup.by_id(connection, delivery["document_id"])
    return delivery, document, int(connection.execute(_number, {"of": delivery["document_id"]}).scalar_one())


def _outgoing(context: Context, connection: Connection, delivery: lookup.Found) -> Outgoing:
    """The bytes of a transmission as a transport takes them."""
    transmission = lookup.by_id(connection, delivery["transmission_id"])
    if transmission is None:
        raise PermanentError(Cause.INTERNAL_ERROR, "the transmission is not in the store")
    sets = lookup.where(connection, Thing.TRANSACTION_SET, limit=1, transmission_id=transmission["id"])
    return Outgoing(
        delivery_id=delivery["id"],
        payload=context.store.payloads.load(connection, transmission["payload_sha256"]),
        content_type=transmission["content_type"],
        set_id=sets[0]["set_id"] if sets else "",
        control_number=transmission["control_number"] or "",
        is_test=delivery["usage"] == "test",
        correlation_id=delivery["correlation_id"],
    )
