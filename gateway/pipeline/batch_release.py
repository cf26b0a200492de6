"""The step of `batch` jobs: what waits together becomes interchanges, each in one transaction; what is faulty is held alone."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from canonical.registry import parse
from gateway.errors import CAUSES, Cause
from gateway.pipeline.active import Active
from gateway.pipeline.awaited import expect, owe_answer
from gateway.pipeline.batching import delivery_key, is_full, set_moment, settings_of
from gateway.pipeline.context import Context
from gateway.pipeline.findings import sentences
from gateway.pipeline.leaving import Leaving
from gateway.pipeline.numbered import Numbers
from gateway.pipeline.outbox import OutgoingBytes, queue_to_partner, transport_for
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.step import StoreStep
from gateway.pipeline.together import Together, together
from gateway.pipeline.urgency import INBOUND
from gateway.pipeline.write_set import Encoding, encode
from gateway.plural import counted
from gateway.settings import resolve
from gateway.states import DocumentState, Thing
from gateway.store import batches, jobs, lookup
from gateway.store.batches import Batch, Member
from gateway.store.events import EventNote, note, of_document
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import move, try_move
from gateway.store.schema import TransactionSet, Transmission
from gateway.store.statement import add
from partners.batching import BatchSettings
from partners.model import Partner

__all__ = ["BatchRelease"]

_LIKE_NONE: Final = BatchSettings()  #: of a batch that is agreed no more: what waits in it leaves


@dataclass(frozen=True, slots=True)
class _Load:
    """What one interchange is to hold, in one moment of the store."""

    batch: Batch
    members: tuple[Member, ...]
    rows: dict[str, lookup.Found]


@dataclass(frozen=True, slots=True)
class _Made:
    """What the thread made of it: an interchange of those that are good, and why the others are held."""

    good: tuple[Member, ...]
    encodings: tuple[Encoding, ...]
    held: tuple[tuple[Member, Hold, list[dict[str, Any]]], ...]
    whole: Together | None


class BatchRelease(StoreStep):
    """Sends a batch whose moment has come, or an interchange of it that is full. Doing it twice has one effect: what left waits no more."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """One interchange after the other, until nothing that was to leave is left."""
        context = self._context
        batch = await context.store.read(lambda connection: batches.find(connection, job.thing_id))
        partner = context.workspace.partners.get(batch.partner_id) if batch is not None else None
        if batch is None or partner is None or batch.stopped_at is not None:
            await context.store.write(lambda connection: self._rest(connection, job, partner))
            return Done("nothing leaves")
        if not partner.status.takes(batch.usage):
            return Hold(Cause.PARTNER_SUSPENDED, "the profile's status does not let this through")
        settings = settings_of(partner, batch.name) or _LIKE_NONE
        last = await context.store.read(lambda connection: self._until(connection, batch, settings))
        left = 0
        while last and (load := await context.store.read(lambda c: self._load(c, job.thing_id, settings, last))).members:
            context.on_step("batch.encode")
            made = await asyncio.to_thread(_make, context.active, load, partner, settings, context.now(), self._secret)
            transport = transport_for(context, partner, made.encodings[0].agreement.transport) if made.encodings else ""
            if transport is None:
                return Hold(Cause.NO_TRANSPORT, "the profile has no transport that sends")
            context.on_step("batch.commit")
            commit = partial(self._commit, load=load, made=made, partner=partner, transport=transport, last=last)
            if await context.store.write(commit):
                left += 1
                if not _everything(batch, settings, context.now()):
                    break
        await context.store.write(lambda connection: self._rest(connection, job, partner))
        context.on_step("batch.committed")
        context.signals.work.set()
        return Done(counted(left, "interchange"))

    def _secret(self, reference: str) -> str:
        return resolve(reference, self._context.root)

    def _until(self, connection: Connection, batch: Batch, settings: BatchSettings) -> int:
        """Up to which place it leaves; 0: it is not its time, and it is not full."""
        waiting = batches.weigh(connection, batch.id)
        leaves = _everything(batch, settings, self._context.now()) or is_full(settings, waiting)
        return waiting.last if leaves else 0

    def _load(self, connection: Connection, batch_id: str, settings: BatchSettings, last: int) -> _Load:
        batch = batches.find(connection, batch_id)
        assert batch is not None
        members: list[Member] = []
        size = 0
        for member in batches.members(connection, batch_id, last, settings.max_sets):
            size += member.size
            if members and settings.max_bytes is not None and size > settings.max_bytes:
                break
            members.append(member)
        ids = [member.document_id for member in members]
        rows = lookup.where(connection, Thing.DOCUMENT, limit=len(ids), id=ids) if ids else []
        return _Load(batch, tuple(members), {row["id"]: row for row in rows})

    def _commit(self, connection: Connection, load: _Load, made: _Made, partner: Partner, transport: str, last: int) -> bool:
        """Numbers, bytes, states, what we wait for, outbox: all or nothing. False: it changed meanwhile, and is looked at again."""
        now = self._context.now()
        batch = batches.lock(connection, load.batch.id)
        if batch is None or batch.stopped_at is not None:
            return True
        there = {member.seq for member in batches.members(connection, batch.id, load.members[-1].seq, len(load.members))}
        ready = batches.ready(connection, batch.id, load.members[-1].seq)
        if there != {member.seq for member in load.members} or not {member.seq for member in made.good} <= ready:
            return False
        for member, hold, findings in made.held:
            self._hold(connection, load.rows[member.document_id], hold, findings, now)
        batches.forget(connection, [member.document_id for member in load.members])
        if made.whole is not None:
            self._write(connection, load, made, made.whole, partner, transport, now)
        batches.wake(connection, {f"outbound:{member.partition_key}" for member in load.members}, now)
        batches.released(connection, batch, last, now)
        return True

    def _write(
        self, connection: Connection, load: _Load, made: _Made, whole: Together, partner: Partner, transport: str, now: datetime
    ) -> None:
        context, first = self._context, made.encodings[0]
        agreement, usage = first.agreement, load.batch.usage
        numbering = first.numbering(usage)
        x12, documents = agreement.standard == "x12", len(made.good)
        sets: list[str] = []
        if numbering.counts_sets:
            begin = numbering.take(connection, "set", documents)
            sets = [numbering.set_number(begin + n) for n in range(documents)]
        interchange = numbering.take(connection, "interchange")
        group = numbering.take(connection, "group", len(whole.groups)) if x12 else 0
        payload = context.store.payloads.keep(whole.bytes(interchange, group, numbering.digits, sets))
        context.store.payloads.insert(connection, payload, now)
        transmission_id, numbers = context.new_id("trn"), Numbers(interchange, group)
        leaving = Leaving(transmission_id, agreement, numbers, payload.sha256, transmission_id, now)
        add(connection, Transmission.table(), leaving.transmission(transport, usage))
        rows, notes = [], []
        for n, (member, encoding, place) in enumerate(zip(made.good, made.encodings, whole.places, strict=True)):
            document, set_id = load.rows[member.document_id], context.new_id("set")
            at = {
                "functional_id": whole.groups[place.group].functional_id,
                "group_control_number": str(group + place.group) if x12 else "",
                "control_number": sets[place.set] if sets else place.control_number,
                "set_index": place.set + 1,
            }
            rows.append(leaving.transaction_set(set_id, encoding.agreement, document["correlation_id"], **at))
            written = {"transmission_id": transmission_id, "transaction_set_id": set_id, "body": member.body, "map": encoding.map}
            move(connection, DocumentState.WRITTEN, member.document_id, **written, revision=context.active.number)
            written_row = document | {"transmission_id": transmission_id}
            of_one = next(iter(encoding.interchange.groups)) if encoding.interchange is not None else None
            owe_answer(context, connection, encoding.agreement, written_row, of_one, now)
            words = f"{encoding.agreement.set_id} written with {counted(documents - 1, 'other')}, control number {interchange}."
            data = {"controlNumber": str(interchange), "set": encoding.agreement.set_id, "place": n + 1, "batch": load.batch.id}
            notes.append(of_document(written_row, "document.written", words, data=data))
        add(connection, TransactionSet.table(), *rows)
        self._expect(connection, made, whole, numbers, transmission_id, now)
        key = delivery_key(partner, transmission_id)
        priority = min(member.priority for member in made.good)
        outgoing = OutgoingBytes(transmission_id, None, key, usage, transmission_id, priority)
        queue_to_partner(context, connection, outgoing, partner.id, transport, now)
        told = EventNote(
            action="batch.released",
            thing=Thing.TRANSMISSION,
            thing_id=transmission_id,
            correlation_id=transmission_id,
            message=f"The batch {load.batch.name} left: {counted(documents, 'set')} in {counted(len(whole.groups), 'group')}.",
            partner_id=partner.id,
            transmission_id=transmission_id,
            data={"batch": load.batch.id, "controlNumber": str(interchange), "documents": documents, "held": len(made.held)},
        )
        note(connection, now, *notes, told)

    def _expect(self, connection: Connection, made: _Made, whole: Together, numbers: Numbers, transmission_id: str, now: datetime) -> None:
        """A 997 or 999 for each group, as its agreement says; what answers the interchange, once."""
        agreed = {place.group: encoding.agreement for place, encoding in zip(whole.places, made.encodings, strict=True)}
        for n, group in enumerate(whole.groups if agreed[0].standard == "x12" else whole.groups[:1]):
            agreement = agreed[n]
            if n:
                agreement = replace(agreement, write=agreement.write.model_copy(update={"ack_requested": False}))
            of_group = Numbers(numbers.interchange, numbers.group + n)
            expect(self._context, connection, agreement, transmission_id, of_group, group.functional_id, transmission_id, now)

    def _hold(self, connection: Connection, row: lookup.Found, hold: Hold, findings: list[dict[str, Any]], now: datetime) -> None:
        """One that cannot leave does not keep the others."""
        values = {"cause": hold.cause.value, "detail": hold.detail, **({"findings": findings} if findings else {})}
        if try_move(connection, DocumentState.HELD, row["id"], **values):
            data = {"detail": hold.detail, **({"sentences": why} if (why := sentences(findings)) else {})}
            note(connection, now, of_document(row, "document.held", CAUSES[hold.cause].cause, cause=hold.cause, data=data))
            self._context.metrics.held(hold.cause)

    def _rest(self, connection: Connection, job: ClaimedJob, partner: Partner | None) -> None:
        """The job is done; what waits still, or came meanwhile, gets its moment."""
        now = self._context.now()
        jobs.finish(connection, job)
        batch = batches.lock(connection, job.thing_id)
        if batch is None or partner is None or batch.stopped_at is not None:
            return
        batches.due(connection, batch.id, None, INBOUND, now)
        settings = settings_of(partner, batch.name)
        if settings is not None:
            set_moment(connection, settings, partner, batch.id, INBOUND, now)
        elif batches.weigh(connection, batch.id).documents:
            batches.due(connection, batch.id, now, INBOUND, now)

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """It cannot be written as a whole: it is stopped, and a person starts it again."""
        now = self._context.now()
        batches.stop(connection, job.thing_id, "gateway", f"{CAUSES[hold.cause].title}: {hold.detail}", now)
        batch = batches.find(connection, job.thing_id)
        stopped = EventNote(
            action="batch.stopped",
            thing="batch",
            thing_id=job.thing_id,
            correlation_id=job.thing_id,
            message=CAUSES[hold.cause].cause,
            partner_id=batch.partner_id if batch else None,
            cause=hold.cause,
            data={"detail": hold.detail},
        )
        note(connection, now, stopped)


def _everything(batch: Batch, settings: BatchSettings, now: datetime) -> bool:
    """Whether all that waits leaves: its moment has come, or it is agreed no more; else only what fills an interchange."""
    return settings is _LIKE_NONE or (batch.due_at is not None and batch.due_at <= now)


def _make(active: Active, load: _Load, partner: Partner, settings: BatchSettings, now: datetime, secret: Callable[[str], str]) -> _Made:
    """Encode each as today's profile and map have it. Runs in a thread."""
    good: list[tuple[Member, Encoding]] = []
    held: list[tuple[Member, Hold, list[dict[str, Any]]]] = []
    agreements = {agreement.id: agreement for agreement in partner.agreements}
    for member in load.members:
        row, agreement = load.rows[member.document_id], agreements.get(member.agreement_id)
        if row["state"] != DocumentState.BATCHED:  # a person took it out
            continue
        if agreement is None:
            held.append((member, Hold(Cause.NO_AGREEMENT, "its agreement is gone"), []))
            continue
        document = parse(json.loads(member.body), row["document_type"])
        encoding = encode(active, document, agreement, partner, usage=str(row["usage"]), now=now, secret=secret)
        if encoding.hold is not None or encoding.interchange is None:
            held.append((member, encoding.hold or Hold(Cause.NO_AGREEMENT, "its agreement has no interchange any more"), encoding.findings))
        else:
            good.append((member, encoding))
    members, encodings = tuple(m for m, _ in good), tuple(e for _, e in good)
    keys = [member.partition_key for member in members]
    return _Made(members, encodings, tuple(held), together(encodings, keys, settings.group_sets) if good else None)
