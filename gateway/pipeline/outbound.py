"""The step of `outbound` jobs: a document of the hub to numbered bytes on their way to the partner, or held with the reason."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from canonical.base import Document
from canonical.envelope import partition_key
from canonical.registry import parse
from gateway.errors import CAUSES, Cause
from gateway.log import about
from gateway.pipeline.active import Active
from gateway.pipeline.addressee import addressee
from gateway.pipeline.awaited import expect, owe_answer
from gateway.pipeline.batching import BEHIND, Entry, delivery_key, put_in_batch, wait_behind
from gateway.pipeline.checks import checked
from gateway.pipeline.context import Context
from gateway.pipeline.correlation import correlation_of
from gateway.pipeline.crossref import body_of, hold_of, rejudge_later, see
from gateway.pipeline.facts import Facts
from gateway.pipeline.findings import of_crossref, sentences
from gateway.pipeline.leaving import Leaving
from gateway.pipeline.outbox import OutgoingBytes, queue_to_partner, transport_for
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.step import StoreStep
from gateway.pipeline.urgency import priority_of
from gateway.pipeline.write_set import Encoding, encode
from gateway.settings import resolve
from gateway.states import DocumentState
from gateway.store import crossref, jobs, keys, lookup
from gateway.store.events import note, of_document
from gateway.store.jobs import ClaimedJob
from gateway.store.keys import Business
from gateway.store.moves import move, try_move
from gateway.store.schema import Document as DocumentRow
from gateway.store.schema import TransactionSet, Transmission
from gateway.store.statement import add
from partners.identify import Reason, Unidentified, agreement_for_document
from partners.model import Agreement, Direction, Partner

__all__ = ["Outbound"]


@dataclass(frozen=True, slots=True)
class _Task:
    """What the store says of a document that is to leave."""

    row: lookup.Found
    document: Document  #: as the hub says it
    partner_id: str | None
    correlation_id: str


@dataclass(frozen=True, slots=True)
class _Work:
    """What the thread made of it."""

    facts: Facts
    encoding: Encoding | None
    findings: list[dict[str, Any]]
    hold: Hold | None


class Outbound(StoreStep):
    """Checks, encodes and validates in a thread; numbers, bytes and state in one transaction, so that a crash burns no number."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """Work on one document; what is no longer SUBMITTED needs nothing."""
        context, active = self._context, self._context.active
        task = await context.store.read(lambda connection: self._load(connection, job.thing_id))
        about(task.correlation_id)
        if task.row["state"] != DocumentState.SUBMITTED:
            await context.store.write(lambda connection: jobs.finish(connection, job))
            return Done("nothing to write")
        partner = active.workspace.partners.get(task.partner_id or "")
        if partner is None:
            return Hold(Cause.RECEIVER_UNKNOWN, "no order, or orders of several partners, have its purchase order number")
        usage = str(task.row["usage"])
        kind, body = task.document.document_type, task.document.to_json()
        agreement = agreement_for_document(active.workspace, partner.id, kind, Direction.OUTBOUND, usage=usage, body=body)
        if isinstance(agreement, Unidentified):
            inactive = agreement.reason is Reason.PARTNER_INACTIVE
            return Hold(Cause.PARTNER_SUSPENDED if inactive else Cause.NO_AGREEMENT, agreement.reason.value)
        outcome = None
        while outcome is None:  # again, where what it rests on changed under it
            outcome = await self._attempt(job, task, agreement, partner)
        context.on_step("outbound.committed")
        return outcome

    async def _attempt(self, job: ClaimedJob, task: _Task, agreement: Agreement, partner: Partner) -> Outcome | None:
        """One attempt; None when a fact that it rests on was no longer so when it was to be committed."""
        context, active, released = self._context, self._context.active, bool(job.params.get("released"))
        facts = await context.store.read(lambda connection: Facts.look(context, connection, task.row, task.document, partner))
        context.on_step("outbound.encode")
        work = await asyncio.to_thread(
            _work,
            active,
            task,
            facts,
            agreement,
            partner,
            released=released,
            now=context.now(),
            secret=lambda reference: resolve(reference, context.root),
        )
        context.on_step("outbound.commit")
        if work.hold is not None and work.hold.cause is Cause.VALUE_UNKNOWN:
            return await context.store.write(lambda connection: self._wait(connection, job, partner, work))
        if work.hold is not None:
            return await self._hold_with_findings(job, partner, work)
        transport = transport_for(context, partner, agreement.transport)
        if transport is None:
            return Hold(Cause.NO_TRANSPORT, "the profile has no transport that sends")

        def commit(connection: Connection) -> Outcome | None:
            if not facts.still_so(context, connection, task.row):
                return None
            outcome = self._commit(connection, job, task, work, agreement, transport, released=released)
            if isinstance(outcome, Done) and outcome.detail != BEHIND:
                facts.left(context, connection, task.row, partner)
            return outcome

        return await context.store.write(commit)

    def _load(self, connection: Connection, document_id: str) -> _Task:
        own = self._context.workspace.own
        row = lookup.by_id(connection, document_id)
        assert row is not None
        document = parse(json.loads(row["body"]), row["document_type"])
        partner_id = row["partner_id"]
        if partner_id is None:  # its order may have come meanwhile
            partner_id = addressee(self._context.workspace, connection, document, row["usage"])
        correlation = correlation_of(connection, own.org, document, row["usage"], partner_id)
        return _Task(row, document, partner_id, correlation or str(row["correlation_id"]))

    def _wait(self, connection: Connection, job: ClaimedJob, partner: Partner, work: _Work) -> Outcome:
        """Held until somebody says what its values are; in one transaction, so that no answer comes between."""
        assert work.hold is not None
        now, id_ = self._context.now(), job.thing_id
        self._keep_findings(connection, id_, work)
        self.hold(connection, job, work.hold)
        see(connection, partner, id_, work.facts.translated, now, waits=True)
        if crossref.version(connection) != work.facts.references:
            rejudge_later(connection, id_, now)
        jobs.finish(connection, job)
        self._context.metrics.held(work.hold.cause)
        return Done("held")

    def _commit(
        self,
        connection: Connection,
        job: ClaimedJob,
        task: _Task,
        work: _Work,
        agreement: Agreement,
        transport: str,
        *,
        released: bool,
    ) -> Outcome:
        """Numbers, bytes, state, what we wait for, outbox: all or nothing."""
        context, now, row = self._context, self._context.now(), task.row
        assert work.encoding is not None
        partition = partition_key(agreement.partner_id, task.document.ordering_number)
        if (behind := wait_behind(connection, job, row, agreement, partition, now)) is not None:
            return behind
        duplicate = self._business(connection, task, agreement, released=released)
        if duplicate is not None:
            return duplicate
        if agreement.batch is not None and work.encoding.interchange is not None:
            entry = Entry(row, agreement, partition, task.correlation_id, work.encoding, body_of(work.facts.document), work.findings)
            return put_in_batch(context, connection, job, entry, now)
        return self._write(connection, job, task, work, agreement, transport, partition)

    def _write(
        self, connection: Connection, job: ClaimedJob, task: _Task, work: _Work, agreement: Agreement, transport: str, partition: str
    ) -> Outcome:
        """Everything that a set on its way leaves in the store."""
        context, now, row, encoding = self._context, self._context.now(), task.row, work.encoding
        assert encoding is not None
        usage = str(row["usage"])
        numbers = encoding.take_numbers(connection, usage)
        payload = context.store.payloads.keep(encoding.bytes(numbers))
        context.store.payloads.insert(connection, payload, now)
        transmission_id, set_id, correlation = context.new_id("trn"), context.new_id("set"), task.correlation_id
        leaving = Leaving(transmission_id, agreement, numbers, payload.sha256, correlation, now)
        group = next(iter(encoding.interchange.groups)) if encoding.interchange else None
        functional_id = group.functional_id if group else ""
        place = {
            "functional_id": functional_id,
            "group_control_number": str(numbers.group) if group else "",
            "control_number": numbers.set or (next(iter(group.sets)).control_number if group else ""),
        }
        add(connection, Transmission.table(), leaving.transmission(transport, usage))
        add(connection, TransactionSet.table(), leaving.transaction_set(set_id, agreement, correlation, **place))
        move(
            connection,
            DocumentState.WRITTEN,
            row["id"],
            partner_id=agreement.partner_id,
            agreement_id=agreement.id,
            transmission_id=transmission_id,
            transaction_set_id=set_id,
            correlation_id=correlation,
            partition_key=partition,
            body=body_of(work.facts.document),
            map=encoding.map,
            findings=work.findings or None,
            revision=context.active.number,
            cause=None,
            detail=None,
        )
        expect(context, connection, agreement, transmission_id, numbers, functional_id, correlation, now)
        written = row | {"partner_id": agreement.partner_id, "transmission_id": transmission_id, "correlation_id": correlation}
        owe_answer(context, connection, agreement, written, group, now)
        key, priority = delivery_key(context.workspace.partners[agreement.partner_id], partition), priority_of(row["document_type"])
        outgoing = OutgoingBytes(transmission_id, row["id"], key, usage, correlation, priority)
        queue_to_partner(context, connection, outgoing, agreement.partner_id, transport, now)
        number = leaving.control_number
        words = f"{agreement.set_id} written and validated, control number {number or 'none'}; it goes to the partner by {transport}."
        data = {"controlNumber": number, "set": agreement.set_id, "map": encoding.map.get("id")}
        note(connection, now, of_document(written, "document.written", words, data=data))
        jobs.finish(connection, job)
        return Done(number)

    def _business(self, connection: Connection, task: _Task, agreement: Agreement, *, released: bool) -> Hold | None:
        """The same business number twice to one partner would be charged: held, unless a person wants it."""
        own, row = self._context.workspace.own, task.row
        kind, number, usage = task.document.document_type, task.document.business_number, str(row["usage"])
        partner = agreement.partner_id
        taken, generation = keys.used(connection, own.org, kind, number, usage, partner=partner, direction="outbound")
        content = hashlib.sha256(str(row["body"]).encode()).hexdigest()
        if not taken:
            value = Business(partner, generation, row["id"], row["id"], content, task.correlation_id)
            keys.take_business(connection, own.org, kind, number, usage, value)
            return None
        if released or taken[0].document_id == row["id"] or agreement.duplicates.business_key != "hold":
            return None
        if getattr(task.document, "purpose", "original") != "original":
            return None
        likeness = "the same content" if taken[0].content_sha256 == content else "other content"
        return Hold(Cause.ALREADY_SENT, f"{likeness} as {taken[0].document_id}")

    async def _hold_with_findings(self, job: ClaimedJob, partner: Partner, work: _Work) -> Outcome:
        """Keep what was found, for the person who will look; the worker then holds."""

        def keep(connection: Connection) -> None:
            self._keep_findings(connection, job.thing_id, work)
            see(connection, partner, job.thing_id, work.facts.translated, self._context.now(), waits=False)

        await self._context.store.write(keep)
        assert work.hold is not None
        return work.hold

    @staticmethod
    def _keep_findings(connection: Connection, id_: str, work: _Work) -> None:
        table = DocumentRow.table()
        connection.execute(update(table).where(table.c.id == id_).values(findings=work.findings or None))

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """Nothing wrong leaves; a person decides."""
        task = self._load(connection, job.thing_id)
        if try_move(connection, DocumentState.HELD, job.thing_id, cause=hold.cause.value, detail=hold.detail):
            data = {"detail": hold.detail, **({"sentences": why} if (why := sentences(task.row["findings"] or ())) else {})}
            row = task.row | {"correlation_id": task.correlation_id, "partner_id": task.partner_id, "transmission_id": None}
            held = of_document(row, "document.held", CAUSES[hold.cause].cause, cause=hold.cause, data=data)
            note(connection, self._context.now(), held)


def _work(
    active: Active,
    task: _Task,
    facts: Facts,
    agreement: Agreement,
    partner: Partner,
    *,
    released: bool,
    now: datetime,
    secret: Callable[[str], str],
) -> _Work:
    document = facts.document
    faults, wrong = checked(document, partner, facts.around)
    findings = [*of_crossref(facts.translated.findings), *faults]
    hold = hold_of(facts.translated) or wrong
    if hold is not None and not released:
        return _Work(facts, None, findings, hold)
    encoding = encode(active, document, agreement, partner, usage=str(task.row["usage"]), now=now, secret=secret)
    return _Work(facts, encoding, [*findings, *encoding.findings], encoding.hold)
