"""The step of `inbound` jobs: one payload of a partner, from bytes to documents, acknowledgment and outbox."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from gateway.errors import CAUSES, Cause, PermanentError
from gateway.log import about
from gateway.payload import StoredPayload
from gateway.pipeline.active import Active
from gateway.pipeline.apart.frames import Task
from gateway.pipeline.apart.pool import LARGEST
from gateway.pipeline.context import Context
from gateway.pipeline.crossref import cross_referenced, meet_none, without_any
from gateway.pipeline.gate import Gate
from gateway.pipeline.held_message import is_from_hub, take_again
from gateway.pipeline.inbound_commit import InboundCommit
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.read_payload import read_payload
from gateway.pipeline.reading import About, Unit
from gateway.pipeline.step import StoreStep
from gateway.pipeline.turns import Turns
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.states import Thing, TransmissionState
from gateway.store import jobs, lookup
from gateway.store.events import note, of_thing
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move
from gateway.store.replays import Mark

__all__ = ["Inbound", "read_transmission"]

_SMALL: Final = 16 * 1024  #: bytes of a payload that is read in a few milliseconds


class Inbound(StoreStep):
    """Reads, then writes in one transaction. Doing it twice has one effect: the transaction finishes the job."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._turns = Turns()
        self._reading = Gate(1)
        self._under_way = 0

    async def run(self, job: ClaimedJob) -> Outcome:
        """Work on one transmission. Raises PermanentError for bytes that cannot be read; the worker holds them."""
        self._under_way += 1
        try:
            return await self._run(job)
        finally:
            self._under_way -= 1

    async def _run(self, job: ClaimedJob) -> Outcome:
        context, active = self._context, self._context.active
        again, released = bool(job.params.get("again")), bool(job.params.get("released"))
        only = frozenset(job.params.get("sets") or ())
        accepted = job.params.get("from") == "map"
        if (again or released) and is_from_hub(
            row := await context.store.read(lambda connection: lookup.by_id(connection, job.thing_id) or {})
        ):
            return await take_again(context, job, row)
        async with self._turns.taken(f"{job.params.get('partner', '')} {job.priority}") as turn:
            context.on_step("inbound.read")
            about(job.thing_id)
            found = await context.store.look(partial(_find, context, job.thing_id, anew=again or released))
            transmission, units = found.row, await self._units(job.priority, active, found, accepted=accepted)
            if not units:
                await context.store.write(lambda connection: jobs.finish(connection, job))
                return Done("nothing to read")

            about(transmission["correlation_id"])  # of a replay that of the first time

            def commit(connection: Connection) -> None:
                writing = InboundCommit(
                    context, active, connection, transmission, again=again, released=released, mark=Mark.of(job.params), only=only
                )
                writing.write(units)
                jobs.finish(connection, job)

            await turn.come()
            context.on_step("inbound.commit")
            committed = context.store.submit(commit)
        await committed
        context.on_step("inbound.committed")
        context.signals.feed_grew()
        return Done(f"{sum(len(unit.sets) for unit in units)} sets")

    async def _units(self, priority: int, active: Active, found: "_Transmission", *, accepted: bool) -> tuple[Unit, ...]:
        """What is in a payload; nothing when it was worked on already.

        A small one is read here: threads that compute would only keep each other, and all else, waiting.

        One at a time, the most urgent first, so that the event loop gets its turn between two of them.
        """
        context, payload = self._context, found.payload
        if payload is None:
            return ()
        if (units := await self._units_apart(active, found.row, payload, accepted=accepted)) is not None:
            if meet_none(active, units, found.without):
                return units
            reading = partial(cross_referenced, context, active, units, found.without)
        else:
            reading = partial(_read, context, active, found, payload, accepted=accepted)
        if payload.size > _SMALL or context.store.database.is_shared:
            pool = None if priority <= ACKNOWLEDGMENT else context.unhurried
            return await asyncio.get_running_loop().run_in_executor(pool, reading)
        async with self._reading.at(priority):
            return reading()

    async def _units_apart(
        self, active: Active, transmission: lookup.Found, payload: StoredPayload, *, accepted: bool
    ) -> tuple[Unit, ...] | None:
        """What another process reads, before cross references; None: it is to be read here. One that comes alone always is."""
        apart, limits = self._context.apart, self._context.settings.limits
        if apart is None:
            return None
        apart.count(self._under_way)
        if not apart.are_ready or self._under_way == 1 or payload.size > min(LARGEST, limits.read_bytes):
            return None
        held = payload.in_memory
        data = held if held is not None else await asyncio.to_thread(payload.read)
        about = _about(transmission, accepted=accepted)
        return await apart.read(active, Task(data, about, self._context.now(), limits.read_bytes, limits.sets))

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """The bytes are kept; a person looks at them."""
        context = self._context
        now = context.now()
        row = lookup.by_id(connection, job.thing_id)
        assert row is not None
        if not try_move(connection, TransmissionState.HELD, job.thing_id, cause=hold.cause.value, detail=hold.detail, finished_at=now):
            return
        words, data = CAUSES[hold.cause].cause, {"detail": hold.detail}
        held = of_thing(Thing.TRANSMISSION, row, "transmission.held", words, cause=hold.cause, data=data)
        note(connection, now, held)


def read_transmission(
    context: Context, active: Active, transmission_id: str, *, anew: bool, accepted: bool
) -> tuple[lookup.Found, tuple[Unit, ...]]:
    """The transmission and what is in it; nothing when it was worked on already. Blocking."""
    found = context.store.read_now(partial(_find, context, transmission_id, anew=anew))
    return found.row, () if found.payload is None else _read(context, active, found, found.payload, accepted=accepted)


@dataclass(frozen=True, slots=True)
class _Transmission:
    """What reading begins with."""

    row: lookup.Found
    payload: StoredPayload | None  #: None: it was worked on already
    without: str | None = None  #: the partner that brought it, where it has no cross references


def _find(context: Context, transmission_id: str, connection: Connection, *, anew: bool) -> _Transmission:
    """A transmission, and its payload unless it was worked on already."""
    row = lookup.by_id(connection, transmission_id)
    assert row is not None
    digest = row["payload_sha256"]
    is_done = digest is None or (row["finished_at"] is not None and not anew)
    if is_done:
        return _Transmission(row, None)
    return _Transmission(row, context.store.payloads.find(connection, digest), without_any(connection, row["partner_id"]))


def _read(context: Context, active: Active, found: _Transmission, payload: StoredPayload, *, accepted: bool) -> tuple[Unit, ...]:
    limits = context.settings.limits
    if payload.size > limits.read_bytes:
        raise PermanentError(Cause.TOO_LARGE_TO_READ, f"{payload.size} bytes; limits.read_bytes is {limits.read_bytes}")
    about, most = _about(found.row, accepted=accepted), {"max_bytes": limits.read_bytes, "max_sets": limits.sets}
    units = read_payload(active, payload.read(), about, now=context.now(), **most)
    return cross_referenced(context, active, units, found.without)


def _about(row: lookup.Found, *, accepted: bool) -> About:
    return About(
        transmission_id=row["id"],
        transport=row["transport"],
        partner_id=row["partner_id"],
        sha256=row["payload_sha256"],
        received_at=row["created_at"],
        message_id=row["message_id"],
        is_accepted=accepted,
    )
