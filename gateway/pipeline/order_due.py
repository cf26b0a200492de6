"""The step of `order-due` jobs: a change whose order did not come in the agreed time is shown to a person."""

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.pipeline.arrival import order_missing
from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.step import StoreStep
from gateway.states import DocumentState
from gateway.store import jobs, lookup
from gateway.store.jobs import ClaimedJob

__all__ = ["OrderDue"]


class OrderDue(StoreStep):
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

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """It waits where it is."""
