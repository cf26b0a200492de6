"""The step of `inbound` jobs: one payload of a partner, from bytes to documents, acknowledgment and outbox."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection

from gateway.errors import CAUSES
from gateway.pipeline.context import Context
from gateway.pipeline.inbound_commit import InboundCommit
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.read_payload import read_payload
from gateway.pipeline.reading import About
from gateway.states import Thing, TransmissionState
from gateway.store import jobs, lookup
from gateway.store.events import EventNote, note
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move

__all__ = ["Inbound"]


class Inbound:
    """Reads in a thread, writes in one transaction. Doing it twice has one effect: the transaction finishes the job."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """Work on one transmission. Raises PermanentError for bytes that cannot be read; the worker holds them."""
        context, active = self._context, self._context.active
        transmission, payload = await context.store.read(lambda connection: self._load(connection, job.thing_id))
        again, released = bool(job.params.get("again")), bool(job.params.get("released"))
        if payload is None or (transmission["finished_at"] is not None and not (again or released)):
            await context.store.write(lambda connection: jobs.finish(connection, job))
            return Done("nothing to read")
        about = About(
            transmission_id=job.thing_id,
            transport=transmission["transport"],
            partner_id=transmission["partner_id"],
            sha256=transmission["payload_sha256"],
            received_at=transmission["created_at"],
            message_id=transmission["message_id"],
        )
        context.on_step("inbound.read")
        units = await asyncio.to_thread(read_payload, active, payload, about, max_bytes=context.settings.limits.body_bytes)
        context.on_step("inbound.commit")

        def commit(connection: Connection) -> None:
            InboundCommit(context, active, connection, transmission, again=again, released=released).write(units)
            jobs.finish(connection, job)

        await context.store.write(commit)
        context.on_step("inbound.committed")
        context.signals.feed_grew()
        return Done(f"{sum(len(unit.sets) for unit in units)} sets")

    def _load(self, connection: Connection, transmission_id: str) -> tuple[lookup.Found, bytes | None]:
        row = lookup.by_id(connection, transmission_id)
        assert row is not None
        digest = row["payload_sha256"]
        return row, self._context.store.payloads.load(connection, digest) if digest is not None else None

    def schedule(self, job: ClaimedJob) -> Sequence[float]:  # noqa: ARG002 - one schedule for all
        """Only the store can fail for a while, and the worker knows what to do then."""
        return ()

    def put_off(self, *_: object) -> bool:
        """Nothing to note: the transmission stays as it is."""
        return True

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """The bytes are kept; a person looks at them."""
        context = self._context
        now = context.now()
        row = lookup.by_id(connection, job.thing_id)
        assert row is not None
        if not try_move(connection, TransmissionState.HELD, job.thing_id, cause=hold.cause.value, detail=hold.detail, finished_at=now):
            return
        held = EventNote(
            action="transmission.held",
            thing=Thing.TRANSMISSION,
            thing_id=job.thing_id,
            correlation_id=row["correlation_id"],
            message=CAUSES[hold.cause].cause,
            partner_id=row["partner_id"],
            transmission_id=job.thing_id,
            cause=hold.cause,
            data={"detail": hold.detail},
        )
        note(connection, now, held)
