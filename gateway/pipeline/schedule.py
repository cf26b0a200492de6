"""What is looked at by the clock: acknowledgments and receipts that should have come, and the figures of the metrics."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.errors import CAUSES, Cause
from gateway.pipeline.context import Context
from gateway.pipeline.delivered import note_of
from gateway.pipeline.lateness import NOT_LEFT, mark_overdue, not_left, warn
from gateway.pipeline.outbox import requeue
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.step import StoreStep
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.pipeline.watch import Watch
from gateway.states import DeliveryState, Thing
from gateway.store import alarms, jobs, keys, lookup
from gateway.store.events import note
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move

__all__ = ["MdnDue", "Overdue"]


class MdnDue(StoreStep):
    """The step of `mdn-due` jobs: an asynchronous MDN that has not come. The same message again, then a person (A49)."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """Resend with the same id, as often as the settings say; then OVERDUE."""
        await self._context.store.write(lambda connection: self._decide(connection, job))
        self._context.signals.work.set()
        return Done()

    def _decide(self, connection: Connection, job: ClaimedJob) -> None:
        context, now = self._context, self._context.now()
        jobs.finish(connection, job)
        delivery = lookup.by_id(connection, job.thing_id)
        if delivery is None or delivery["state"] != DeliveryState.AWAITING_MDN:
            return
        resent = int(job.params.get("resent", 0))  # attempts that found nobody are no resends
        if resent < context.settings.timing.mdn_resends:
            try_move(connection, DeliveryState.QUEUED, job.thing_id)
            requeue(connection, delivery, ACKNOWLEDGMENT, now, attempts=delivery["attempts"], params={"resent": resent + 1})
            note(
                connection, now, note_of(delivery, "delivery.resent", "No MDN came in time; the same message goes again under the same id.")
            )
            return
        cause = Cause.MDN_OVERDUE
        try_move(connection, DeliveryState.OVERDUE, job.thing_id, cause=cause.value, detail=None)
        note(connection, now, note_of(delivery, "delivery.overdue", CAUSES[cause].cause, cause=cause))
        context.metrics.held(cause)

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """Nobody would wait for the MDN any more: a person does."""
        values = {"cause": hold.cause.value, "detail": hold.detail}
        if (delivery := lookup.by_id(connection, job.thing_id)) and try_move(connection, DeliveryState.OVERDUE, job.thing_id, **values):
            note(connection, self._context.now(), note_of(delivery, "delivery.overdue", CAUSES[hold.cause].cause, cause=hold.cause))


class Overdue(Watch):
    """Looks, once a minute, for acknowledgments that should have come, and measures what stands where."""

    name = "overdue"

    async def look(self) -> int:
        """One look. Gives how many became overdue."""
        context, kept = self._context, self._context.settings.timing.idempotency
        overdue = await context.store.write(self._mark)
        late = await context.store.read(lambda connection: not_left(connection, context.now()))
        await context.store.write(lambda connection: alarms.sync(connection, late, context.now(), flow=NOT_LEFT))
        await context.store.write(lambda connection: keys.forget(connection, context.now() - timedelta(seconds=kept)))
        await self._measure()
        return overdue

    def _mark(self, connection: Connection) -> int:
        now = self._context.now()
        warn(self._context, connection, now)
        return mark_overdue(self._context, connection, now)

    async def _measure(self) -> None:
        context, now = self._context, self._context.now()

        def look(connection: Connection) -> tuple[dict[Thing, dict[str, int]], datetime | None, dict[str, int]]:
            return lookup.open_by_state(connection), jobs.oldest_due(connection, now), alarms.counts(connection)

        counted, oldest, raised = await context.store.read(look)
        context.metrics.alarms(raised)
        for thing, states in counted.items():
            for state, count in states.items():
                context.metrics.open(thing.value, state, count)
        context.metrics.oldest_job((now - oldest) / timedelta(seconds=1) if oldest is not None else 0.0)
