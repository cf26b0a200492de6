"""The worker: claims due jobs, runs their steps side by side, and writes what became of each.

A job's row goes in the transaction of its effect, so a process that dies between claim and effect leaves the row, and the next one
does the work again. Steps therefore have effects that are the same when repeated: fixed ids, stored bytes, unique keys.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Final

from gateway.errors import Cause
from gateway.log import logger
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Done, Hold, Outcome, classify
from gateway.pipeline.rules import bounds_of
from gateway.pipeline.settle import Settling, say_what
from gateway.pipeline.step import Step
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.store import jobs
from gateway.store.claiming import Bounds, claim
from gateway.store.errors import LeaseLostError, StoreUnavailableError
from gateway.store.jobs import ClaimedJob
from gateway.trace import KEY

__all__ = ["Step", "Worker"]

#: jobs at once: of the gateway's own work (reading, writing), and of deliveries, which mostly wait for others
OWN_SLOTS: Final = 16
DELIVERY_SLOTS: Final = 96
BACKGROUND_SLOTS: Final = 6  #: of the own ones, for what is not urgent: an order never waits behind a flood
_MOST_TAKEN: Final = 25  #: a job that was taken up so often without an end ends the process each time
_STORE_PAUSE: Final = 1.0
_SOON: Final = 0.5  #: seconds beyond the next look for which deliveries with a rate get their moments
_DEEP_EVERY: Final = 2.0  #: seconds
_CLAIM_PAUSE: Final = 0.01  #: until another node's claim is over; doubled as often as it is not
_LONGEST_CLAIM_PAUSE: Final = 0.16


class Worker:
    """Runs until stopped. One per process; several processes are told apart by `owner`."""

    def __init__(self, context: Context, steps: Mapping[str, Step], *, owner: str) -> None:
        self._context = context
        self._steps = steps
        self._settling = Settling(context)
        self._owner = owner
        self._running: dict[asyncio.Task[None], ClaimedJob] = {}
        self._bounds: tuple[Active, Bounds] | None = None  #: of the revision in force
        self._deep_at = 0.0
        self._stopping = False
        self._pause = _CLAIM_PAUSE

    async def run(self) -> None:
        """Claim and run until `stop`; then let what runs come to its end."""
        heart = asyncio.create_task(self._beat())
        try:
            while not self._stopping:
                await self._turn()
            if self._running:
                await asyncio.wait(self._running)
        finally:
            heart.cancel()
            for task in tuple(self._running):  # cancelled ourselves: what is cut off here is taken up by the next process
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping = True
        self._context.signals.work.set()

    async def drain(self) -> int:
        """Run what is due now, and what that makes due, until nothing is. For tests and for commands without a running gateway."""
        done = 0
        while (claimed := await self._claim(OWN_SLOTS, DELIVERY_SLOTS)) != []:
            if claimed is None:
                await asyncio.sleep(_CLAIM_PAUSE)
                continue
            await asyncio.gather(*(self._work(job) for job in claimed))
            done += len(claimed)
        return done

    async def _turn(self) -> None:
        """One look at the queue, then wait for a reason to look again."""
        signal = self._context.signals.work
        signal.clear()
        going_out = sum(job.destination is not None for job in self._running.values())
        own, deliveries = OWN_SLOTS - (len(self._running) - going_out), DELIVERY_SLOTS - going_out
        background = BACKGROUND_SLOTS - sum(job.destination is None and job.priority > ACKNOWLEDGMENT for job in self._running.values())
        claimed: list[ClaimedJob] | None = []
        if own > 0 or deliveries > 0:
            try:
                claimed = await self._claim(own, deliveries, max(0, background), ahead=self._ahead)
            except StoreUnavailableError:
                await asyncio.sleep(_STORE_PAUSE)
        if claimed is None:  # another node is just taking some; one that gets little of its machine may take long
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_CLAIM_PAUSE)
            signal.set()
        else:
            self._pause = _CLAIM_PAUSE
        for job in claimed or ():
            task = asyncio.create_task(self._work(job))
            self._running[task] = job
            task.add_done_callback(self._ended)
        if not self._stopping:
            try:
                await asyncio.wait_for(signal.wait(), self._context.settings.timing.worker_poll)
            except TimeoutError:
                return

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._running[task]
        self._context.signals.work.set()

    @property
    def _ahead(self) -> float:
        """Seconds before its moment that a delivery may be taken."""
        return self._context.settings.timing.worker_poll + _SOON

    async def _claim(self, own: int, deliveries: int, background: int | None = None, *, ahead: float = 0.0) -> list[ClaimedJob] | None:
        timing = self._context.settings.timing
        if self._bounds is None or self._bounds[0] is not self._context.active:
            self._bounds = (self._context.active, bounds_of(self._context))
        claiming = partial(
            claim,
            now=self._context.now(),
            owner=self._owner,
            lease=timedelta(seconds=timing.lease),
            own=own,
            deliveries=deliveries,
            background=background,
            bounds=replace(self._bounds[1], ahead=ahead, deep=self._is_deep(ahead)),
            running=frozenset(job.seq for job in self._running.values()),
        )
        return await self._context.store.write(claiming, alone=True)

    def _is_deep(self, ahead: float) -> bool:
        """Whether this look goes behind those that wait in their lanes: now and then, and when nothing else would come of it."""
        if ahead and perf_counter() < self._deep_at:
            return False
        self._deep_at = perf_counter() + _DEEP_EVERY
        return True

    async def _work(self, job: ClaimedJob) -> None:
        """Run one job and write what became of it. Never raises: what happens is in the store or, when that fails, in the log."""
        begun = perf_counter()
        with self._context.tracing.span(job.kind, "internal", str(job.params.get(KEY, "")), thing=job.thing_id, attempt=job.attempts + 1):
            await self._worked(job)
        self._context.metrics.step(job.kind, perf_counter() - begun)

    async def _worked(self, job: ClaimedJob) -> None:
        try:
            step = self._steps.get(job.kind)
            self._context.on_step(f"{job.kind}.claimed")
            if job.begin is not None and (wait := (job.begin - self._context.now()).total_seconds()) > 0:
                await asyncio.sleep(min(wait, self._ahead))  # it lay no further ahead; a clock that goes back must not add to it
            outcome: Outcome = Hold(Cause.INTERNAL_ERROR, f"taken up {job.taken} times and never brought to an end")
            if step is not None and job.taken <= _MOST_TAKEN:
                outcome = await self._run(step, job)
            if not isinstance(outcome, Done):
                await self._settling.settle(step, job, outcome)
        except LeaseLostError:
            logger().warning("lease-lost", kind=job.kind, thing_id=job.thing_id)
        except Exception:
            # The row is still there: the lease runs out, and the work is done again.
            logger().exception("job-not-settled", kind=job.kind, thing_id=job.thing_id)

    async def _run(self, step: Step, job: ClaimedJob) -> Outcome:
        try:
            return await step.run(job)
        except LeaseLostError:  # another worker does it, or it was done elsewhere; nothing of ours was written
            logger().warning("lease-lost", kind=job.kind, thing_id=job.thing_id)
            return Done("not ours any more")
        except Exception as fault:
            outcome = classify(fault)
            if outcome.cause is Cause.INTERNAL_ERROR:
                await say_what(self._context, job)
                logger().exception("step-failed", kind=job.kind, thing_id=job.thing_id)
            return outcome

    async def _beat(self) -> None:
        """Keep the leases of what runs; a job may take longer than a lease."""
        lease = self._context.settings.timing.lease
        while True:
            await asyncio.sleep(lease / 3)
            numbers = [job.seq for job in self._running.values()]
            if numbers:
                beat = partial(jobs.extend, numbers=numbers, until=self._context.now() + timedelta(seconds=lease), owner=self._owner)
                try:
                    await self._context.store.write(beat)
                except StoreUnavailableError:
                    logger().warning("leases-not-extended")
