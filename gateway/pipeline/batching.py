"""Documents that wait to leave together: how one goes in, when its batch is to leave, and what waits behind it.

Order is kept as it is without batches: nothing of the same business key that is no more urgent leaves before what waits in a batch, and
all that goes to a partner with batches is delivered one after the other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Done
from gateway.pipeline.urgency import INBOUND, priority_of
from gateway.pipeline.write_set import Encoding
from gateway.pipeline.writing import number_scope
from gateway.states import DocumentState, Thing
from gateway.store import batches, jobs, lookup
from gateway.store.batches import Batch, Waiting
from gateway.store.events import EventNote, note
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import move
from partners.batching import BatchSettings
from partners.model import Agreement, Partner, Workspace

__all__ = [
    "BEHIND",
    "Entry",
    "batch_name",
    "delivery_key",
    "is_full",
    "moment",
    "put_in_batch",
    "reschedule",
    "set_moment",
    "settings_of",
    "wait_behind",
]

BEHIND: Final = "waits behind a batch"
_LOOK_AGAIN: Final = timedelta(days=1)  #: where the batch has no moment: what leaves wakes those behind it


@dataclass(frozen=True, slots=True)
class Entry:
    """A document that is ready to leave with others."""

    row: lookup.Found
    agreement: Agreement
    partition_key: str
    correlation_id: str
    encoding: Encoding
    body: str  #: with the partner's names of what is ours
    findings: list[dict[str, Any]]


def batch_name(agreement: Agreement) -> str:
    """How people call the batch of an agreement."""
    assert agreement.batch is not None
    return agreement.batch.name or agreement.id


def settings_of(partner: Partner, name: str) -> BatchSettings | None:
    """What is agreed of a batch; None when nothing is any more."""
    return next((a.batch for a in partner.agreements if a.batch is not None and batch_name(a) == name), None)


def delivery_key(partner: Partner, partition: str) -> str:
    """What deliveries keep their order by: of a partner with batches, which hold many business numbers, all of them."""
    return f"{partner.id}|batches" if any(agreement.batch is not None for agreement in partner.agreements) else partition


def moment(settings: BatchSettings, partner: Partner, batch: Batch, waiting: Waiting) -> datetime | None:
    """When a batch is to leave: the first slot of its schedule since the oldest came, or when that has waited long enough.

    A slot that passed while nothing ran is in the past: it is made up for once.
    """
    if waiting.oldest is None:
        return None
    found = []
    if settings.schedule is not None:
        since = max(waiting.oldest, batch.last_slot or waiting.oldest)
        found.append(settings.schedule.slots(partner.zone).after(since))
    if settings.longest is not None:
        found.append(waiting.oldest + settings.longest)
    return min(found, default=None)


def is_full(settings: BatchSettings, waiting: Waiting) -> bool:
    """Whether an interchange holds no more, and it leaves for that."""
    full = waiting.documents >= settings.max_sets or (settings.max_bytes is not None and waiting.size >= settings.max_bytes)
    return full and settings.when_full == "leave"


def put_in_batch(context: Context, connection: Connection, job: ClaimedJob, entry: Entry, now: datetime) -> Done:
    """The document waits from now on; its batch gets its moment, or leaves at once when it is full."""
    agreement, row = entry.agreement, entry.row
    settings, partner = agreement.batch, context.workspace.partners[agreement.partner_id]
    assert settings is not None
    batch = _batch_of(agreement, str(row["usage"]))
    priority = priority_of(row["document_type"])
    member = {
        "document_id": row["id"],
        "partition_key": entry.partition_key,
        "agreement_id": agreement.id,
        "priority": priority,
        "size": len(entry.encoding.body),
        "body": entry.body,
    }
    batches.put_in(connection, batch, member, now)
    move(
        connection,
        DocumentState.BATCHED,
        row["id"],
        partner_id=agreement.partner_id,
        agreement_id=agreement.id,
        correlation_id=entry.correlation_id,
        partition_key=entry.partition_key,
        map=entry.encoding.map,
        findings=entry.findings or None,
        revision=context.active.number,
        cause=None,
        detail=None,
    )
    due = set_moment(connection, settings, partner, batch.id, priority, now)
    words = f"{agreement.set_id} checked; it waits for the batch {batch.name}"
    words += f", which leaves at {due.astimezone(partner.tzinfo):%Y-%m-%d %H:%M %Z}." if due is not None else "."
    data = {"batch": batch.id, **({"due": due.isoformat(timespec="seconds")} if due is not None else {})}
    note(connection, now, _event(row, entry, "document.batched", words, data))
    jobs.finish(connection, job)
    return Done(batch.id)


def set_moment(
    connection: Connection, settings: BatchSettings, partner: Partner, batch_id: str, priority: int, now: datetime
) -> datetime | None:
    """Say when a batch leaves, as things are now; nothing is said of one that is stopped, or empty. Gives the moment."""
    batch, waiting = batches.lock(connection, batch_id), batches.weigh(connection, batch_id)
    if batch is None or batch.stopped_at is not None or not waiting.documents:
        return None
    if batch.due_at is not None and batch.due_at <= now:  # it is leaving
        return batch.due_at
    due = moment(settings, partner, batch, waiting)
    if due != batch.due_at:
        batches.due(connection, batch_id, due, priority, now)
    if is_full(settings, waiting):
        batches.now_due(connection, batch_id, priority, now)
    return due


def reschedule(connection: Connection, workspace: Workspace, now: datetime) -> None:
    """New settings are in force: what waits has another moment, and what is to be batched no more leaves."""
    for batch, waiting in batches.listed(connection):
        partner = workspace.partners.get(batch.partner_id)
        if partner is None or not waiting.documents or batch.stopped_at is not None:
            continue
        settings = settings_of(partner, batch.name)
        if settings is None:
            batches.due(connection, batch.id, now, INBOUND, now)
        else:
            set_moment(connection, settings, partner, batch.id, INBOUND, now)


def wait_behind(
    connection: Connection, job: ClaimedJob, row: lookup.Found, agreement: Agreement, partition: str, now: datetime
) -> Done | None:
    """Put a document off that would overtake one of its business key in a batch; None where it may go on."""
    own = _batch_of(agreement, str(row["usage"])).id if agreement.batch is not None else ""
    before = batches.waits_before(connection, partition, priority_of(row["document_type"]), own)
    if before is None:
        return None
    batch_id, due = before
    jobs.put_off(connection, job, max(due or now + _LOOK_AGAIN, now + timedelta(seconds=1)), counts=False)
    data = {"batch": batch_id}
    event = EventNote(
        action="document.waits",
        thing=Thing.DOCUMENT,
        thing_id=row["id"],
        correlation_id=row["correlation_id"],
        message="One of the same business key waits in a batch; it leaves behind that.",
        partner_id=agreement.partner_id,
        document_id=row["id"],
        data=data,
    )
    note(connection, now, event)
    return Done(BEHIND)


def _batch_of(agreement: Agreement, usage: str) -> Batch:
    """Only what has the same header stands in one interchange: the addresses and the version are part of the id."""
    own, theirs = agreement.own_address, agreement.partner_address
    assert own is not None
    assert theirs is not None
    header = f"{number_scope(own.identity, theirs.identity)}|{agreement.standard}{agreement.interchange_version}"
    name = batch_name(agreement)
    return Batch(f"{agreement.partner_id}|{name}|{usage}|{header}", agreement.partner_id, name, usage)


def _event(row: lookup.Found, entry: Entry, action: str, words: str, data: dict[str, Any]) -> EventNote:
    return EventNote(
        action=action,
        thing=Thing.DOCUMENT,
        thing_id=row["id"],
        correlation_id=entry.correlation_id,
        message=words,
        partner_id=entry.agreement.partner_id,
        document_id=row["id"],
        data=data,
    )
