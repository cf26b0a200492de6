"""The step of `rejudge` jobs: a held document looked at again, because somebody has said what its unknown values are.

All of it is one transaction of the writer, after any change of cross references that made it necessary: nothing is missed between
two looks, and the state that the document leaves can be left only once.
"""

import json
from typing import Any

from sqlalchemy import Connection, update

from canonical.registry import parse
from gateway.errors import CAUSES, Cause
from gateway.pipeline.arrival import let_go
from gateway.pipeline.checks import checked
from gateway.pipeline.context import Context
from gateway.pipeline.crossref import REJUDGED, body_of, hold_of, inward, see
from gateway.pipeline.findings import of_crossref, sentences
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.step import StoreStep
from gateway.pipeline.urgency import priority_of
from gateway.states import DocumentState
from gateway.store import jobs, lookup, unknown
from gateway.store.events import note, of_document
from gateway.store.jobs import ClaimedJob, NewJob, enqueue
from gateway.store.moves import move
from gateway.store.schema import Document
from partners.model import Partner

__all__ = ["Rejudge"]

_document = Document.table()


class Rejudge(StoreStep):
    """Lets what waited go on: to the hub, or once more through the outbound step."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """Work on one document; what is held no longer, or for another reason, needs nothing."""
        context = self._context
        context.on_step("rejudge.commit")

        def work(connection: Connection) -> str:
            row = lookup.by_id(connection, job.thing_id)
            told = "nothing to do"
            if row is not None and row["state"] == DocumentState.HELD and row["cause"] in REJUDGED:
                told = self._outbound(connection, row) if row["direction"] == "outbound" else self._inbound(connection, row)
            elif row is not None:
                unknown.stop_waiting(connection, row["id"])
            jobs.finish(connection, job)
            return told

        told = await context.store.write(work)
        context.on_step("rejudge.committed")
        context.signals.work.set()
        context.signals.feed_grew()
        return Done(told)

    def _outbound(self, connection: Connection, row: lookup.Found) -> str:
        """The outbound step looks at everything anew."""
        now = self._context.now()
        move(connection, DocumentState.SUBMITTED, row["id"], cause=None, detail=None)
        lane = f"outbound:{row['partition_key']}"
        enqueue(connection, now, NewJob("outbound", row["id"], now, priority_of(row["document_type"]), lane))
        note(connection, now, of_document(row, "document.rejudged", "What it waited for was said; it is looked at again."))
        return "submitted again"

    def _inbound(self, connection: Connection, row: lookup.Found) -> str:
        context, now = self._context, self._context.now()
        partner: Partner | None = context.workspace.partners.get(row["partner_id"] or "")
        if partner is None:
            return "its profile is gone"
        translated = inward(connection, partner, parse(json.loads(row["body"]), row["document_type"]), now)
        faults, wrong = checked(translated.document, partner)
        kept = [finding for finding in row["findings"] or [] if finding.get("source") not in {"check", "crossref"}]
        findings = [*kept, *faults, *of_crossref(translated.findings)]
        waits = hold_of(translated)
        hold = waits if waits is not None and (wrong is None or waits.cause is Cause.VALUE_UNKNOWN) else wrong
        see(connection, partner, row["id"], translated, now, waits=hold is not None and hold.cause is Cause.VALUE_UNKNOWN)
        known = {"body": body_of(translated.document), "findings": findings or None}
        if hold is not None:
            self._still_held(connection, row, hold, known)
            return "still held"
        move(connection, DocumentState.MAPPED, row["id"], cause=None, detail=None, **known)
        let_go(context, connection, {**row, **known}, now)
        note(connection, now, of_document(row, "document.mapped", "What it waited for was said; its deliveries to the hub are queued."))
        return "mapped"

    def _still_held(self, connection: Connection, row: lookup.Found, hold: Hold, known: dict[str, Any]) -> None:
        """For the same reason, or for another one that was hidden behind it."""
        values = {**known, "cause": hold.cause.value, "detail": hold.detail}
        connection.execute(update(_document).where(_document.c.id == row["id"]).values(**values))
        if (row["cause"], row["detail"]) != (hold.cause.value, hold.detail):
            told = {"detail": hold.detail, "sentences": sentences(known["findings"] or ())}
            note(connection, self._context.now(), of_document(row, "document.held", CAUSES[hold.cause].cause, cause=hold.cause, data=told))

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """It is held already."""
