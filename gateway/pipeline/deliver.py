"""The step of `deliver` jobs: one row of the outbox to its destination, retried by schedule, held when that is exhausted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, update

from gateway.errors import CAUSES, Cause, TransientError
from gateway.log import about
from gateway.pipeline.arrival import newer_event
from gateway.pipeline.context import Context
from gateway.pipeline.delivered import note_of
from gateway.pipeline.destinations import destination_failed
from gateway.pipeline.outcome import Done, Hold, Outcome, Retry, classify
from gateway.pipeline.retry import LONGEST_ASKED
from gateway.pipeline.rules import rules_of, wanted_way, way_of, way_to
from gateway.pipeline.to_hub import Task, ToHub, load_task
from gateway.pipeline.to_partner import ToPartner
from gateway.pipeline.unclear import unclear_at
from gateway.policy import Way
from gateway.states import DeliveryState
from gateway.store import breakers, jobs, lookup, pace
from gateway.store.events import note
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move
from gateway.store.schema import Delivery

__all__ = ["Deliver"]

_delivery = Delivery.table()
_attempted = update(_delivery).where(_delivery.c.id == bindparam("of"), _delivery.c.state == DeliveryState.QUEUED.value)

#: causes that are ends of their own, not the general HELD
_ENDS: Final[dict[Cause, DeliveryState]] = {
    Cause.MIC_MISMATCH: DeliveryState.MIC_MISMATCH,
    Cause.MDN_UNVERIFIED: DeliveryState.MDN_UNVERIFIED,
    Cause.MDN_REFUSED: DeliveryState.REFUSED,
}
#: failures of the destination itself, which open its circuit
_OUTAGES: Final = frozenset({Cause.DESTINATION_UNREACHABLE, Cause.DESTINATION_BUSY})
_MAY_HAVE_IT: Final = "the partner may have it all the same, so that it stays with this way; "
#: that hold what met them, and would hold all that follows: after some of them the rest waits
_ITS_FAULTS: Final = frozenset({Cause.CREDENTIALS_REFUSED, Cause.HOST_KEY_CHANGED, Cause.VIRTUAL_HOST_REFUSED})


class Deliver:
    """Hands over once per run. An unclear end is followed by the same bytes under the same id."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._to_hub = ToHub(context)
        self._to_partner = ToPartner(context)

    async def run(self, job: ClaimedJob) -> Outcome:
        """What is no longer QUEUED needs nothing. Raises what sinks and transports raise; the worker classifies it."""
        context = self._context
        delivery, task = await context.store.look(lambda connection: _load(connection, job))
        if delivery is None or delivery["state"] != DeliveryState.QUEUED:
            await context.store.write(lambda connection: jobs.finish(connection, job))
            return Done("nothing to deliver")
        about(delivery["correlation_id"])
        if task is not None:
            return await self._to_hub.hand_over(job, task)
        if delivery["kind"] == "mdn":
            return await self._to_partner.hand_over_receipt(job, delivery)
        return await self._to_one_partner(job, delivery)

    async def _to_one_partner(self, job: ClaimedJob, delivery: lookup.Found) -> Outcome:
        """Hand over, unless the partner may have it already and what is agreed lets it neither go there now nor elsewhere."""
        context = self._context
        rules = rules_of(context, job.destination or "", job.priority)
        stays, wanted = unclear_at(job, delivery), wanted_way(context, job)
        if stays not in {None, wanted} and rules.unclear != "send":
            if rules.unclear == "hold":
                return Hold(Cause.UNCLEAR_END, delivery["detail"] or "")
            waits = await context.store.write(lambda connection: self._waits(connection, job, delivery, str(stays), rules.give_up))
            if waits is not None:
                return waits
        try:
            return await self._to_partner.hand_over(job, delivery)
        except TransientError as fault:
            retry = classify(fault)
            assert isinstance(retry, Retry)
            unclear = retry.unclear or stays is not None
            at_last = Cause.UNCLEAR_END if unclear and rules.fallback and rules.unclear != "send" else retry.at_last
            return replace(retry, unclear=unclear, at_last=at_last)

    def _waits(self, connection: Connection, job: ClaimedJob, delivery: lookup.Found, way: str, give_up: float) -> Outcome | None:
        """Put off until its way lets something through again, or its time is over; that is no attempt. None: it may go now."""
        now, over = self._context.now(), job.queued_at + timedelta(seconds=give_up)
        circuit, pause = breakers.find(connection, way), pace.paused_until(connection, way)
        away: datetime = max((circuit["open_until"] if circuit else None) or now, pause or now)
        if away <= now:
            return None
        if over <= now:
            return Hold(Cause.UNCLEAR_END, f"{delivery['detail'] or ''}; waited for {give_up / 3600:g} h".removeprefix("; "))
        jobs.put_off(connection, job, min(away, over), counts=False)
        return Done("waits for its way")

    def schedule(self, job: ClaimedJob) -> Sequence[float]:
        """By direction and urgency, where nothing else is said for the destination (`gateway.policy`)."""
        return rules_of(self._context, job.destination or "", job.priority).waits

    def put_off(self, connection: Connection, job: ClaimedJob, retry: Retry, attempt: int, again: datetime) -> bool | datetime | Hold:
        """Note the attempt, and the outage of the destination.

        While the circuit is being tried, a failure is the destination's and uses up none of the delivery's attempts: an outage must
        not turn a queue into held work one by one. The time for all attempts together ends that.
        """
        give_up = rules_of(self._context, job.destination or "", job.priority).give_up
        if (self._context.now() - job.queued_at).total_seconds() >= give_up:
            return Hold(retry.at_last, f"{retry.detail}; tried for {give_up / 3600:g} h")
        now = self._context.now()
        delivery = lookup.by_id(connection, job.thing_id)
        assert delivery is not None
        destination = self._went(job, delivery)
        if retry.cause is Cause.DESTINATION_BUSY and retry.after is not None:  # it meant all of us, and it does answer
            pace.pause(connection, destination, now + timedelta(seconds=min(retry.after, LONGEST_ASKED)))
            was_open = True
        else:
            was_open = retry.cause in _OUTAGES and destination_failed(
                self._context, connection, destination, retry.cause, retry.detail, now
            )
        values = {"attempts": attempt, "cause": retry.cause.value, "detail": retry.detail, "answer": retry.detail}
        if retry.unclear and delivery["kind"] == "partner":
            values["unclear"] = destination
        stays = retry.at_last is Cause.UNCLEAR_END
        connection.execute(_attempted.values(**values), {"of": job.thing_id})
        data = {"destination": destination, "attempt": attempt, "again": again.isoformat(timespec="seconds"), "detail": retry.detail}
        words = f"{CAUSES[retry.cause].title}; {_MAY_HAVE_IT if stays else ''}tried again later."
        note(connection, now, note_of(delivery, "delivery.put-off", words, cause=retry.cause, data=data))
        self._context.metrics.delivery(destination.partition(":")[0], "retry")
        rules = rules_of(self._context, destination, job.priority)
        if was_open and destination == delivery["destination"] and rules.fallback and not stays:
            return now  # what tried the way that is agreed need not wait: another one stands in
        return not was_open

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """The end that the cause says."""
        delivery = lookup.by_id(connection, job.thing_id)
        assert delivery is not None
        destination = self._went(job, delivery)
        end = _ENDS.get(hold.cause, DeliveryState.HELD)
        if try_move(connection, end, job.thing_id, cause=hold.cause.value, detail=hold.detail, attempts=job.attempts + 1):
            data = {"destination": destination, "attempt": job.attempts + 1, "detail": hold.detail}
            held = note_of(delivery, "delivery.held", CAUSES[hold.cause].cause, cause=hold.cause, data=data)
            note(connection, self._context.now(), held)
        if hold.cause in _ITS_FAULTS:
            destination_failed(self._context, connection, destination, hold.cause, hold.detail, self._context.now())
        self._context.metrics.delivery(destination.partition(":")[0], "hold")

    def _went(self, job: ClaimedJob, delivery: lookup.Found) -> str:
        """Where the attempt that is over went."""
        return way_to(self._context, job, delivery) if job.destination else str(delivery["destination"])


def _load(connection: Connection, job: ClaimedJob) -> tuple[lookup.Found | None, Task | None]:
    """A delivery, as a task when it goes to a sink."""
    task = load_task(connection, job.thing_id) if way_of(job.destination or "") is Way.HUB else None
    if task is None:
        delivery = lookup.by_id(connection, job.thing_id)
        assert delivery is None or delivery["kind"] != "sink"
        return delivery, None
    if task.delivery["replay_id"] and not task.document["newer_id"]:  # it was the newest when it came, and perhaps no more
        task.document["newer_id"] = newer_event(connection, task.document)
    return task.delivery, task
