"""Batches that do not leave: an alarm for those that are stopped while documents wait in them, work for those that lost it."""

from typing import Final

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.pipeline.urgency import INBOUND
from gateway.pipeline.watch import Watch
from gateway.plural import counted
from gateway.store import alarms, batches
from gateway.store.alarms import Trouble
from gateway.store.batches import Batch, Waiting
from gateway.store.jobs import NewJob, enqueue

__all__ = ["StoppedBatches"]

_FLOW: Final = "batches"


class StoppedBatches(Watch):
    """Looks, once a minute, for batches that a person or a fault stopped, and that each other has its job."""

    name = "batches"

    async def look(self) -> list[Trouble]:
        """One look. Gives what is stopped now and was not before."""
        return await self._context.store.write(self._look)

    def _look(self, connection: Connection) -> list[Trouble]:
        now = self._context.now()
        waiting = [(batch, waiting) for batch, waiting in batches.listed(connection) if waiting.documents]
        for batch, _ in waiting:
            if batch.due_at is not None and batch.stopped_at is None:  # one that has its job keeps it
                enqueue(connection, now, NewJob(batches.JOB, batch.id, batch.due_at, INBOUND))
        stopped = [_trouble(batch, documents) for batch, documents in waiting if batch.stopped_at is not None]
        return alarms.sync(connection, stopped, now, flow=_FLOW)[0]


def _trouble(batch: Batch, waiting: Waiting) -> Trouble:
    return Trouble(
        _FLOW,
        Cause.BATCH_STOPPED,
        batch.id,
        f"the batch {batch.name} for {batch.partner_id}",
        f"{counted(waiting.documents, 'document')} in it; stopped by {batch.stopped_by}: {batch.reason}",
        correlation_id=batch.id,
        partner_id=batch.partner_id,
    )
