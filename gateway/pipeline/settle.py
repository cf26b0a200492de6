"""What becomes of a job whose step did not end in `Done`: put off, or held. The final state is always written.

A step that fails while it holds its thing, a kind of job that nobody knows, a job that ends the process each time: in each case the
thing comes to a state in which a person sees it, and the job goes. Only a store that cannot be written to leaves both as they are.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gateway.errors import CAUSES, Cause
from gateway.log import about, logger, told_about
from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Hold, Outcome, Retry
from gateway.pipeline.retry import wait_before
from gateway.pipeline.step import Step
from gateway.states import DeliveryState, DocumentState, State, Thing, TransactionSetState, TransmissionState
from gateway.store import jobs, lookup
from gateway.store.errors import LeaseLostError, StoreUnavailableError
from gateway.store.events import note, of_thing
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move

__all__ = ["Settling", "hold_at_last", "say_what"]

_STORE_PAUSE: Final = 1.0
#: where a thing goes when its own step cannot say it; the first that is legal
_LAST: Final[dict[Thing, tuple[State, ...]]] = {
    Thing.TRANSMISSION: (TransmissionState.HELD,),
    Thing.TRANSACTION_SET: (TransactionSetState.HELD,),
    Thing.DOCUMENT: (DocumentState.HELD,),
    Thing.DELIVERY: (DeliveryState.HELD, DeliveryState.OVERDUE),
}


async def say_what(context: Context, job: ClaimedJob) -> None:
    """The lines that follow name the correlation of the job's thing, where its step did not come so far."""
    if not told_about():
        with suppress(StoreUnavailableError):
            row = await context.store.read(lambda connection: lookup.by_id(connection, job.thing_id))
            about(str(row["correlation_id"]) if row else job.thing_id)


class Settling:
    """Writes the outcomes of one process's jobs."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def settle(self, step: Step | None, job: ClaimedJob, outcome: Outcome) -> None:
        """Put the job off, or hold its thing. `step` is None where nobody knows its kind. Raises StoreUnavailableError."""
        assert isinstance(outcome, Retry | Hold)
        await say_what(self._context, job)
        try:
            settled = Hold(Cause.INTERNAL_ERROR, f"no such work: {job.kind}") if step is None else outcome
            settled = await self._context.store.write(lambda connection: self._by_step(connection, step, job, settled))
        except (StoreUnavailableError, LeaseLostError):
            raise
        except Exception as fault:
            logger().exception("not-settled-by-its-step", kind=job.kind, thing_id=job.thing_id)
            settled = Hold(Cause.INTERNAL_ERROR, type(fault).__name__)
            await self._context.store.write(lambda connection: self._at_last(connection, job, settled))
        self._context.on_step(f"{job.kind}.settled")
        if isinstance(settled, Hold):  # its event is a line of the log
            self._context.metrics.held(settled.cause)
        else:
            logger().warning("put-off", attempt=job.attempts + 1, kind=job.kind, thing_id=job.thing_id, cause=settled.cause.value)

    def _by_step(self, connection: Connection, step: Step | None, job: ClaimedJob, outcome: Retry | Hold) -> Retry | Hold:
        """As the step says. Gives what was done in the end."""
        if step is None:
            assert isinstance(outcome, Hold)
            return self._at_last(connection, job, outcome)
        wait = self._wait(step, job, outcome) if isinstance(outcome, Retry) else None
        held = outcome if isinstance(outcome, Hold) else Hold(outcome.at_last, outcome.detail)
        if isinstance(outcome, Retry) and wait is not None:
            again = self._context.now() + timedelta(seconds=wait)
            counts = step.put_off(connection, job, outcome, job.attempts + 1, again)
            if not isinstance(counts, Hold):
                sooner = isinstance(counts, datetime)
                jobs.put_off(connection, job, counts if isinstance(counts, datetime) else again, counts=bool(counts) and not sooner)
                return outcome
            held = counts
        step.hold(connection, job, held)
        jobs.finish(connection, job)
        return held

    def _wait(self, step: Step, job: ClaimedJob, retry: Retry) -> float | None:
        """Seconds; None when there are no more attempts. A store that fails for a while uses up none of them."""
        if retry.cause is Cause.STORE_UNAVAILABLE:
            return _STORE_PAUSE
        jitter, random = self._context.settings.timing.jitter, self._context.random
        return wait_before(step.schedule(job), job.attempts + 1, jitter=jitter, random=random, asked=retry.after)

    def _at_last(self, connection: Connection, job: ClaimedJob, hold: Hold) -> Hold:
        hold_at_last(self._context, connection, job, hold)
        return hold


def hold_at_last(context: Context, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
    """Hold the thing of a job without its step: by its id alone. What has come to an end by itself stays as it is; the job goes."""
    thing, row = lookup.thing_of_id(job.thing_id), lookup.by_id(connection, job.thing_id)
    if thing is not None and row is not None:
        values = {"cause": hold.cause.value, "detail": hold.detail}
        if any(try_move(connection, state, job.thing_id, **values) for state in _LAST.get(thing, ())):
            action, data = f"{thing.value.replace('_', '-')}.held", {"detail": hold.detail, "work": job.kind}
            held = of_thing(thing, row, action, CAUSES[hold.cause].cause, cause=hold.cause, data=data)
            note(connection, context.now(), held)
    jobs.finish(connection, job)
