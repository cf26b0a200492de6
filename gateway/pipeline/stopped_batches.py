"""Batches that are stopped while documents wait in them: the alarm, and its end when somebody starts them again."""

from typing import Final

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.pipeline.context import Context
from gateway.pipeline.watch import Watch
from gateway.plural import counted
from gateway.store import alarms, batches
from gateway.store.alarms import Trouble
from gateway.store.batches import Batch, Waiting

__all__ = ["StoppedBatches"]

_EVERY: Final = 60.0
_FLOW: Final = "batches"


class StoppedBatches(Watch):
    """Looks, once a minute, for batches that do not leave since a person or a fault stopped them."""

    name = "batches"

    def __init__(self, context: Context, *, every: float = _EVERY) -> None:
        super().__init__(every)
        self._context = context

    async def look(self) -> list[Trouble]:
        """One look. Gives what is stopped now and was not before."""
        return await self._context.store.write(self._look)

    def _look(self, connection: Connection) -> list[Trouble]:
        found = [_trouble(batch, waiting) for batch, waiting in batches.listed(connection) if batch.stopped_at and waiting.documents]
        return alarms.sync(connection, found, self._context.now(), flow=_FLOW)[0]


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
