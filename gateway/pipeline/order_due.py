"""The step of `order-due` jobs: a change whose order did not come in the agreed time is shown to a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.pipeline.arrival import order_missing
from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Done, Hold, Outcome, Retry
from gateway.states import DocumentState
from gateway.store import jobs, lookup
from gateway.store.jobs import ClaimedJob

__all__ = ["OrderDue"]


class OrderDue:
    """Looks once. What goes on, or was decided on meanwhile, needs nothing."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """As `Step.run`."""

        def work(connection: Connection) -> bool:
            row = lookup.by_id(connection, job.thing_id)
            waits = row is not None and row["state"] == DocumentState.WAITING
            jobs.finish(connection, job)
            return row is not None and waits and order_missing(connection, row, self._context.now())

        if await self._context.store.write(work):
            self._context.metrics.held(Cause.ORDER_MISSING)
            return Done("held")
        return Done("nothing to do")

    def schedule(self, job: ClaimedJob) -> Sequence[float]:  # noqa: ARG002 - one schedule for all
        """Only the store can fail for a while, and the worker knows what to do then."""
        return ()

    def put_off(self, connection: Connection, job: ClaimedJob, retry: Retry, attempt: int, again: datetime) -> bool:  # noqa: ARG002
        """Nothing to note: it waits on."""
        return True

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """It waits where it is."""
