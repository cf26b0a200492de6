"""Commit 3 of the inbound walk: documents, acknowledgment, outbox, states and events of one payload, all or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from canonical.application_advice import ApplicationAdvice
from canonical.base import Document
from canonical.envelope import partition_key
from gateway.errors import CAUSES, Cause
from gateway.pipeline.acknowledge import write_answer
from gateway.pipeline.active import Active
from gateway.pipeline.advice import apply_advice
from gateway.pipeline.answers import apply_reports
from gateway.pipeline.arrival import arrived, hub_takes
from gateway.pipeline.business_use import BusinessUse
from gateway.pipeline.context import Context
from gateway.pipeline.crossref import REJUDGED, give_way, rejudge_later, see_inbound
from gateway.pipeline.findings import sentences
from gateway.pipeline.map_set import event_id_of_content, says_other
from gateway.pipeline.outcome import Hold
from gateway.pipeline.owed import Answered, hand_on, owe, settle
from gateway.pipeline.reading import ReadDocument, ReadSet, Unit
from gateway.pipeline.repeats import Repeat, Repeats
from gateway.plural import counted
from gateway.states import DocumentState, Thing, TransactionSetState, TransmissionState
from gateway.store import keys, lookup
from gateway.store.events import EventNote, note, of_document
from gateway.store.moves import move, start
from gateway.store.replays import Mark
from gateway.store.schema import Document as DocumentRow
from gateway.store.schema import TransactionSet
from gateway.store.statement import add

__all__ = ["InboundCommit"]

_set = TransactionSet.table()


class InboundCommit:
    """Writes what was read of one transmission. `again` is a replay: nothing is acknowledged twice, finished sets stay."""

    def __init__(
        self,
        context: Context,
        active: Active,
        connection: Connection,
        transmission: lookup.Found,
        *,
        again: bool,
        released: bool,
        mark: Mark | None = None,
        only: frozenset[int] = frozenset(),
    ) -> None:
        self._context = context
        self._active = active
        self._connection = connection
        self._transmission = transmission
        self._again = again
        self._released = released
        self._mark = mark  #: of the replay that wants it
        self._only = only  #: the sets that are worked on again; all where none is named
        self._now: datetime = context.now()
        self._notes: list[EventNote] = []
        self._sets: list[dict[str, Any]] = []
        self._there: dict[int, lookup.Found] = {}
        self._business = BusinessUse(context, active, connection, self._now, again=again, released=released)
        self._repeats = Repeats(context, connection, self._id, self._now, self._note, released=released)

    def write(self, units: Sequence[Unit]) -> None:
        """Write everything and bring the transmission to its state."""
        if self._again or self._released:
            rows = lookup.where(self._connection, Thing.TRANSACTION_SET, limit=100_000, transmission_id=self._id)
            self._there = {row["set_index"]: row for row in rows}
        outcomes = [self._unit(unit) for unit in units]
        holds = [outcome for outcome in outcomes if isinstance(outcome, Hold)]
        is_duplicate = all(isinstance(outcome, Repeat) for outcome in outcomes)
        for unit, outcome in zip(units, outcomes, strict=True):
            if isinstance(outcome, Repeat) and not is_duplicate:
                data = {"controlNumber": unit.envelope.control_number if unit.envelope else "", "original": outcome.original}
                self._note("transmission.repeats", "One interchange of it came before: it is left out.", unit.partner_id, data=data)
        add(self._connection, TransactionSet.table(), *self._sets)
        self._finish(units[0], holds[0] if holds else None, duplicate=is_duplicate, outcomes=outcomes)
        note(self._connection, self._now, *self._notes)

    @property
    def _id(self) -> str:
        return str(self._transmission["id"])

    def _unit(self, unit: Unit) -> Hold | Repeat | None:
        """One interchange: why it is held, the transmission that it repeats, or None when it was worked on."""
        if unit.hold is not None:
            return unit.hold
        if unit.is_kept_only:
            self._note("transmission.kept", "Marked as information by its sender: kept, not worked on.", unit.partner_id)
            return None
        judged = self._repeats.judge(unit, self._notes, let_through=self._was_let_through(unit))
        if not isinstance(judged, Unit):
            return judged
        unit = judged
        apply_reports(self._context, self._connection, unit, self._id, self._now, self._notes)
        for read_set in unit.sets:
            self._set(unit, read_set)
        if unit.answer is not None and not self._is_answered(unit):
            self._notes += write_answer(self._context, self._connection, unit, unit.answer, self._id, self._now)
        return None

    def _was_let_through(self, unit: Unit) -> bool:
        """A replay of what a person released before asks nobody again."""
        return bool(unit.sets) and all(read_set.index in self._there for read_set in unit.sets)

    def _is_answered(self, unit: Unit) -> bool:
        """A replay never acknowledges what was acknowledged."""
        if not (self._again or self._released):
            return False
        rows = lookup.where(self._connection, Thing.ACKNOWLEDGMENT, answers_transmission_id=self._id, direction="outbound")
        number = unit.envelope.control_number if unit.envelope else ""
        return any(row["control_number"] == number for row in rows)

    # -- sets and documents

    def _set(self, unit: Unit, read_set: ReadSet) -> None:
        if self._released and read_set.cause is Cause.SUSPENDED_WITH_OTHERS:  # a person takes it without its neighbours
            read_set = replace(read_set, state=TransactionSetState.MAPPED, cause=None, detail=None)
        before = self._there.get(read_set.index)
        if self._only and read_set.index not in self._only:
            return
        if before is not None and before["state"] in {TransactionSetState.REJECTED, TransactionSetState.APPLIED}:
            return
        set_id = str(before["id"]) if before is not None else self._context.new_id("set")
        document_id = None
        correlation = self._id
        told = len(self._notes)  # the set's event stands before its document's
        if read_set.document is not None and read_set.state is TransactionSetState.MAPPED:
            document_id, correlation = self._document(unit, read_set, read_set.document, set_id)
        if before is None:
            self._sets.append(self._set_row(unit, read_set, set_id, correlation))
        elif before["state"] == TransactionSetState.HELD and read_set.state is not TransactionSetState.HELD:
            move(self._connection, read_set.state, set_id, cause=None, detail=None, findings=read_set.findings, correlation_id=correlation)
        elif before["state"] == TransactionSetState.HELD:  # still, but perhaps for another reason
            reason = {"cause": read_set.cause.value if read_set.cause else None, "detail": read_set.detail, "findings": read_set.findings}
            self._connection.execute(update(_set).where(_set.c.id == set_id).values(**reason))
        if read_set.number and document_id is None:
            keys.refer(self._connection, {set_id: {"document": {read_set.number}}})
        words = {
            TransactionSetState.MAPPED: f"{read_set.set_id} accepted and decoded.",
            TransactionSetState.REJECTED: f"{read_set.set_id} rejected: {counted(_errors(read_set), 'error')}.",
            TransactionSetState.APPLIED: f"{read_set.set_id} read.",
        }.get(read_set.state, CAUSES[read_set.cause].cause if read_set.cause else "")
        self._notes.insert(
            told,
            EventNote(
                action=f"transaction-set.{read_set.state.lower()}",
                thing=Thing.TRANSACTION_SET,
                thing_id=set_id,
                correlation_id=correlation,
                message=words,
                partner_id=unit.partner_id,
                transmission_id=self._id,
                document_id=document_id,
                cause=read_set.cause,
                data={
                    "set": read_set.set_id,
                    "controlNumber": read_set.control_number,
                    "findings": len(read_set.findings),
                    **({"sentences": told_why} if (told_why := sentences(read_set.findings)) else {}),
                },
            ),
        )
        if read_set.cause is not None:
            self._context.metrics.held(read_set.cause)

    def _set_row(self, unit: Unit, read_set: ReadSet, set_id: str, correlation: str) -> dict[str, Any]:
        return {
            "id": set_id,
            "transmission_id": self._id,
            "direction": "inbound",
            "state": start(read_set.state),
            "partner_id": unit.partner_id,
            "agreement_id": read_set.agreement.id if read_set.agreement else None,
            "standard": unit.standard,
            "release": read_set.release,
            "set_id": read_set.set_id,
            "functional_id": read_set.functional_id,
            "group_control_number": read_set.group_control_number,
            "control_number": read_set.control_number,
            "set_index": read_set.index,
            "sha256": read_set.sha256,
            "correlation_id": correlation,
            "findings": read_set.findings or None,
            "cause": read_set.cause.value if read_set.cause else None,
            "detail": read_set.detail,
            "created_at": self._now,
        }

    def _document(self, unit: Unit, read_set: ReadSet, read: ReadDocument, set_id: str) -> tuple[str | None, str]:
        """The document's row, its place in the feed, its deliveries. Gives its id (None: it is there already) and its correlation."""
        assert unit.partner_id is not None
        earlier = self._same_event(set_id, read)
        if earlier is not None and self._mark is not None and says_other(earlier["body"], read.body):  # by a new cross reference
            read = replace(read, event_id=event_id_of_content(read.event_id, read.body))
            earlier = self._same_event(set_id, read)
        if earlier is not None:
            if self._again and earlier["state"] == DocumentState.HELD and earlier["cause"] in REJUDGED:
                rejudge_later(self._connection, earlier["id"], self._now)
            return None, earlier["correlation_id"]
        read = read.whole()
        document, agreement = read.document, read_set.agreement
        document_id = self._context.new_id("doc")
        state, hold, correlation, echo = self._business.standing(unit, read_set, read, document_id)
        supersedes = self._superseded(set_id) if self._again else None
        if supersedes is not None:
            give_way(self._connection, supersedes, document_id)
            hand_on(self._connection, correlation, supersedes["id"], document_id)
        row = self._document_row(unit, read_set, read, set_id) | {
            "id": document_id,
            "state": start(state),
            "correlation_id": correlation,
            "causation_id": supersedes["event_id"] if supersedes else set_id,
            "original_id": supersedes["id"] if supersedes else echo,
            **(self._mark.columns if self._mark and supersedes else {}),
            "cause": hold.cause.value if hold else None,
            "detail": hold.detail if hold else None,
        }
        words = _document_words(document.document_type, state, hold, unit, self._active)
        if echo is not None:
            words = f"It is our own {document.document_type}, come back as we sent it: an echo, which the hub does not get."
        if state is DocumentState.MAPPED:
            arrival = arrived(self._context, self._connection, document, agreement, row)
            state, hold, words = arrival.state, arrival.hold, arrival.words or words
            row |= {"state": start(state), "newer_id": arrival.newer_id}
            row |= {"cause": hold.cause.value, "detail": hold.detail} if hold else {}
        add(self._connection, DocumentRow.table(), row)
        numbers = {"purchaseOrder": set(document.purchase_orders), "document": {document.business_number}}
        of_set = {set_id: {"document": {read_set.number}}} if read_set.number else {}
        keys.refer(self._connection, {document_id: numbers, **of_set})
        self._answers(read_set, document, row, hold, is_first=supersedes is None)
        see_inbound(self._connection, self._active, unit.partner_id, read, document_id, hold, self._now)
        if state is DocumentState.MAPPED:
            hub_takes(self._context, self._connection, row, self._now)
        action = f"document.{'echo' if echo is not None else state.lower()}"
        said = CAUSES[hold.cause].cause if hold is not None else words
        self._notes.append(of_document(row, action, said, cause=hold.cause if hold else None, data=_document_data(row, read, echo, hold)))
        if hold is not None:
            self._context.metrics.held(hold.cause)
        return document_id, correlation

    def _document_row(self, unit: Unit, read_set: ReadSet, read: ReadDocument, set_id: str) -> dict[str, Any]:
        """What a document is by itself, whatever stands around it."""
        assert unit.partner_id is not None
        document = read.document
        return {
            "direction": "inbound",
            "document_type": document.document_type,
            "partner_id": unit.partner_id,
            "agreement_id": read_set.agreement.id if read_set.agreement else None,
            "transmission_id": self._id,
            "transaction_set_id": set_id,
            "usage": unit.usage,
            "business_key": document.business_number,
            "event_id": read.event_id,
            "event_type": read.event_type,
            "partition_key": partition_key(unit.partner_id, document.ordering_number),
            "body": read.body,
            "map": read.map,
            "findings": read.findings or None,
            "revision": self._active.number,
            "created_at": self._now,
        }

    def _answers(self, read_set: ReadSet, document: Document, row: dict[str, Any], hold: Hold | None, *, is_first: bool) -> None:
        """What it is owed, and what was owed that it is."""
        agreement = read_set.agreement
        if agreement is None or row["state"] == DocumentState.DUPLICATE or (hold is not None and hold.cause is Cause.BUSINESS_DUPLICATE):
            return
        if is_first:
            owe(self._context, self._connection, agreement, row, self._transmission["created_at"], read_set.respond_by)
        if isinstance(document, ApplicationAdvice):
            apply_advice(self._context, self._connection, document, row, read_set.set_id, self._now)
        else:
            came = Answered(row["id"], read_set.set_id, row["correlation_id"], "inbound", self._id)
            settle(self._context, self._connection, came, self._now)

    def _same_event(self, set_id: str, read: ReadDocument) -> lookup.Found | None:
        """A replay with the same bytes and map makes the same event: it is there already."""
        if not self._there:
            return None
        rows = lookup.where(self._connection, Thing.DOCUMENT, transaction_set_id=set_id, event_id=read.event_id)
        return rows[0] if rows else None

    def _superseded(self, set_id: str) -> lookup.Found | None:
        rows = lookup.where(self._connection, Thing.DOCUMENT, transaction_set_id=set_id)
        return rows[-1] if rows else None

    # -- the transmission

    def _finish(self, unit: Unit, hold: Hold | None, *, duplicate: bool, outcomes: Sequence[Hold | Repeat | None]) -> None:
        values: dict[str, Any] = {
            "partner_id": unit.partner_id or self._transmission["partner_id"],
            "standard": unit.standard,
            "usage": unit.usage,
            "findings": list(unit.findings) or None,
            "finished_at": self._now,
        }
        if unit.envelope is not None:
            values |= {
                "sender": unit.envelope.sender,
                "receiver": unit.envelope.receiver,
                "control_number": unit.envelope.control_number,
            }
        if hold is not None:
            move(self._connection, TransmissionState.HELD, self._id, **values, cause=hold.cause.value, detail=hold.detail)
            self._note("transmission.held", CAUSES[hold.cause].cause, values["partner_id"], cause=hold.cause, data={"detail": hold.detail})
            self._context.metrics.held(hold.cause)
        elif duplicate:
            repeats = [outcome for outcome in outcomes if isinstance(outcome, Repeat)]
            data = {"original": repeats[0].original}
            if all(repeat.refused for repeat in repeats):
                refused = Cause.DUPLICATE_REFUSED
                move(self._connection, TransmissionState.REJECTED, self._id, **values, original_id=data["original"], cause=refused.value)
                self._note("transmission.rejected", CAUSES[refused].cause, values["partner_id"], cause=refused, data=data)
                return
            move(self._connection, TransmissionState.DUPLICATE, self._id, **values, original_id=data["original"])
            words = "The same came again: the first answer is given again, nothing else is done."
            self._note("transmission.duplicate", words, values["partner_id"], data=data)
        else:
            lookup.complete(self._connection, self._id, values)

    def _note(
        self, action: str, words: str, partner_id: str | None, *, cause: Cause | None = None, data: dict[str, Any] | None = None
    ) -> None:
        self._notes.append(
            EventNote(
                action=action,
                thing=Thing.TRANSMISSION,
                thing_id=self._id,
                correlation_id=self._transmission["correlation_id"],
                message=words,
                partner_id=partner_id,
                transmission_id=self._id,
                cause=cause,
                data=data,
            )
        )


def _errors(read_set: ReadSet) -> int:
    return sum(finding["severity"] == "error" for finding in read_set.findings)


def _document_data(row: dict[str, Any], read: ReadDocument, echo: str | None, hold: Hold | None) -> dict[str, Any]:
    """What is told of a document beside the words."""
    data = {"number": read.document.business_number, "eventId": read.event_id, "map": read.map["id"]}
    if row.get("newer_id"):
        data["newer"] = row["newer_id"]
    elif echo is not None:
        data["original"] = echo
    if hold is not None and (why := sentences(read.findings)):
        data["sentences"] = why
    return data


def _document_words(document_type: str, state: DocumentState, hold: Hold | None, unit: Unit, active: Active) -> str:
    if hold is not None:
        return CAUSES[hold.cause].cause
    if state is DocumentState.DUPLICATE:
        return f"This {document_type} is the same as one before; it is not delivered again."
    if unit.usage != active.workspace.own.environment:
        return f"{document_type} made of test traffic: kept, and not delivered to a live sink."
    return f"{document_type} made; its deliveries to the hub are queued."
