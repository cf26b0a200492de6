"""Written bytes to a partner: what travels is fixed and stored before the first attempt, so that every attempt sends the very same."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.errors import Cause, PermanentError
from gateway.pipeline.context import Context
from gateway.pipeline.delivered import finish_delivery, mark_sent
from gateway.pipeline.lateness import begin_clock
from gateway.pipeline.outcome import Done, Hold, Outcome, Retry
from gateway.pipeline.receipts import ONCE_MORE_AFTER
from gateway.pipeline.rules import place_at, way_to
from gateway.states import DeliveryState
from gateway.store import jobs, lookup
from gateway.store.evidence import protects, receipted
from gateway.store.jobs import ClaimedJob, NewJob
from gateway.store.moves import try_move
from gateway.store.payload_writer import on_disk
from gateway.store.schema import Acknowledgment, Delivery, TransactionSet
from gateway.store.statement import Statement
from gateway.transports.base import Handover, Outgoing, Prepared, ReceiptError

__all__ = ["ToPartner"]

_delivery = Delivery.table()
_fix = update(_delivery).where(_delivery.c.id == bindparam("of"))
_set = Statement(select(TransactionSet.table().c.set_id).where(TransactionSet.table().c.transmission_id == bindparam("of")).limit(1))
_kind = Statement(select(Acknowledgment.table().c.kind).where(Acknowledgment.table().c.transmission_id == bindparam("of")).limit(1))
_WORDS: Final = {
    DeliveryState.AWAITING_MDN: "The partner's server has it; its MDN is still to come.",
    DeliveryState.RECEIPTED: "The partner's MDN is verified; its MIC is ours.",
}
_AT_ONCE: Final = timedelta(minutes=1)  #: what left so soon after it was written did not wait
_LARGE: Final = 1 << 20  #: what is sealed from file to file
_DECIDED: Final = "The partner's server has it; an MDN that was quicker than this answer, or a person, has decided already."


class ToPartner:
    """Hands one transmission to one partner, or one asynchronous MDN to the partner that asked for it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def hand_over(self, job: ClaimedJob, delivery: lookup.Found) -> Outcome:
        """Once. Raises what the transport raises; a receipt that is not as it should be is stored as evidence first."""
        context = self._context
        to = way_to(context, job, delivery)
        kind = to.rpartition(":")[2]
        partner, transport = context.workspace.partners.get(delivery["partner_id"] or ""), context.transports.get(kind)
        if partner is None or transport is None or getattr(partner.transports, kind, None) is None:
            return Hold(Cause.NO_TRANSPORT, "the profile has no such transport")
        prepared = await self._prepared(job, delivery, to)
        context.on_step("deliver.send")
        begun = context.now()
        try:
            async with place_at(context, job, to):
                handover = await transport.send(prepared, partner)
        except ReceiptError as fault:
            await self._keep_receipt(job, delivery, fault)
            if fault.once_more and delivery["receipt_sha256"] is None:
                return Retry(fault.cause, fault.detail, after=ONCE_MORE_AFTER)
            return Hold(fault.cause, fault.detail)
        context.on_step("deliver.sent")
        await self._taken_over(job, delivery, handover, begun)
        context.metrics.delivery(kind, "done")
        context.on_step("deliver.done")
        return Done(handover.detail)

    async def hand_over_receipt(self, job: ClaimedJob, delivery: lookup.Found) -> Outcome:
        """An asynchronous MDN, to the address that the message named."""
        context = self._context
        partner = context.workspace.partners.get(delivery["partner_id"] or "")
        if partner is None or context.receipts is None:
            return Hold(Cause.NO_TRANSPORT, "there is no AS2 to send the receipt with")
        body = await context.store.find(delivery["prepared_sha256"])
        context.on_step("deliver.send")
        begun = context.now()
        handover = await context.receipts.send(
            Prepared(body, delivery["prepared_headers"] or {}, reference=delivery["reference"]), delivery["name"], partner
        )
        context.on_step("deliver.sent")
        await self._taken_over(job, delivery, handover, begun)
        context.on_step("deliver.done")
        return Done(handover.detail)

    async def _prepared(self, job: ClaimedJob, delivery: lookup.Found, to: str) -> Prepared:
        """What travels: as stored by the first attempt there, or made and stored now."""
        context, kind = self._context, to.rpartition(":")[2]
        if delivery["prepared_sha256"] is not None and to == (delivery["via"] or delivery["destination"]):
            body = await context.store.find(delivery["prepared_sha256"])
            return Prepared(body, delivery["prepared_headers"] or {}, delivery["name"], delivery["reference"], delivery["mic"])
        context.on_step("deliver.prepare")
        outgoing = await context.store.read(lambda connection: self._outgoing(connection, delivery))
        pool = None if outgoing.payload.size <= _LARGE else context.large_openers  # the threads of all else are not for that
        prepared = await asyncio.get_running_loop().run_in_executor(pool, self._prepare, outgoing, delivery["partner_id"], kind)
        body = await context.store.keep(prepared.body)

        def fix(connection: Connection) -> None:
            context.store.payloads.insert(connection, body, context.now())
            values = {
                "prepared_sha256": body.sha256,
                "prepared_headers": dict(prepared.headers) or None,
                "name": prepared.name,
                "reference": prepared.reference,
                "mic": prepared.mic,
                "via": None if to == delivery["destination"] else to,
            }
            connection.execute(_fix.values(**values), {"of": job.thing_id})
            if prepared.covered is not None:
                context.store.payloads.insert(connection, prepared.covered, context.now())
            if prepared.protection is not None:
                protects(connection, job.thing_id, delivery["partner_id"], prepared.protection, context.now())

        await context.store.write(fix)
        context.on_step("deliver.prepared")
        return replace(prepared, body=body)

    def _prepare(self, outgoing: Outgoing, partner_id: str, kind: str) -> Prepared:
        """From the stored transmission to what travels. Runs in a thread."""
        context = self._context
        partner, transport = context.workspace.partners[partner_id], context.transports[kind]
        with on_disk():
            return transport.prepare(outgoing, partner, now=context.now())

    def _outgoing(self, connection: Connection, delivery: lookup.Found) -> Outgoing:
        """The bytes of a transmission as a transport takes them."""
        transmission = lookup.by_id(connection, delivery["transmission_id"])
        if transmission is None:
            raise PermanentError(Cause.INTERNAL_ERROR, "the transmission is not in the store")
        id_ = transmission["id"]
        return Outgoing(
            delivery_id=delivery["id"],
            payload=self._context.store.payloads.find(connection, transmission["payload_sha256"]),
            content_type=transmission["content_type"],
            set_id=_set.value(connection, of=id_) or _kind.value(connection, of=id_) or "",
            control_number=transmission["control_number"] or "",
            is_test=delivery["usage"] == "test",
            correlation_id=delivery["correlation_id"],
            file_name=transmission["file_name"],
        )

    async def _taken_over(self, job: ClaimedJob, delivery: lookup.Found, handover: Handover, begun: datetime) -> None:
        context = self._context
        receipt = await context.store.keep(handover.receipt) if handover.receipt else None
        later = handover.awaits_receipt
        state = DeliveryState.AWAITING_MDN if later else DeliveryState.RECEIPTED if handover.receipt else DeliveryState.DELIVERED

        def done(connection: Connection) -> None:
            now: datetime = context.now()
            if receipt is not None:
                context.store.payloads.insert(connection, receipt, now)
            values: dict[str, Any] = {"attempts": job.attempts + 1, "answer": handover.detail, "finished_at": None if later else now}
            values["sent_at"] = begun
            values["unclear"] = way_to(context, job, delivery) if later else None  # it is there, until its MDN says otherwise
            if receipt is not None:
                values |= {"receipt_sha256": receipt.sha256, "receipt_headers": dict(handover.receipt_headers)}
            if not try_move(connection, state, job.thing_id, cause=None, detail=None, **values):
                finish_delivery(context, connection, job, delivery, "delivery.answered", _DECIDED, handover.detail, now)
                return
            if delivery["sent_at"] is None and begun - delivery["created_at"] > _AT_ONCE:
                begin_clock(connection, str(delivery["transmission_id"]), begun)
            if handover.receipt_signer is not None:
                receipted(connection, job.thing_id, delivery["partner_id"], handover.receipt_signer, now)
            if later:
                due = now + timedelta(seconds=context.settings.timing.mdn_overdue)
                jobs.drop(connection, "mdn-due", job.thing_id)  # of the time before it went again
                jobs.enqueue(connection, now, NewJob("mdn-due", job.thing_id, due, params=job.params or None))
            else:
                mark_sent(context, connection, delivery, now)
            if receipt is not None:
                context.metrics.answered("transport", (now - begun).total_seconds())
            words = _WORDS.get(state, f"Delivered to {way_to(context, job, delivery)}.")
            finish_delivery(context, connection, job, delivery, f"delivery.{state.lower().replace('_', '-')}", words, handover.detail, now)

        await context.store.write(done)

    async def _keep_receipt(self, job: ClaimedJob, delivery: lookup.Found, fault: ReceiptError) -> None:
        context = self._context
        receipt = await context.store.keep(fault.receipt)

        def keep(connection: Connection) -> None:
            context.store.payloads.insert(connection, receipt, context.now())
            values = {"receipt_sha256": receipt.sha256, "receipt_headers": dict(fault.receipt_headers) or None}
            connection.execute(_fix.values(**values), {"of": job.thing_id})
            if fault.receipt_signer is not None:
                receipted(connection, job.thing_id, delivery["partner_id"], fault.receipt_signer, context.now())

        await context.store.write(keep)
