"""What one kind of job does: the port between the worker and the steps of the pipeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from gateway.pipeline.outcome import Hold, Outcome, Retry
from gateway.store.jobs import ClaimedJob

__all__ = ["Step", "StoreStep"]


class Step(Protocol):
    """What one kind of job does. `run` returns `Done` only after its transaction has finished the job."""

    async def run(self, job: ClaimedJob) -> Outcome:
        """Do the work. An exception is classified by its type; one that is not known holds the thing."""
        ...

    def schedule(self, job: ClaimedJob) -> Sequence[float]:
        """The waits between attempts."""
        ...

    def put_off(self, connection: Connection, job: ClaimedJob, retry: Retry, attempt: int, again: datetime) -> bool | datetime | Hold:
        """Note in the worker's transaction that it will be tried again. Gives whether this was one of its attempts.

        Or a moment before `again`, where something else is tried then and this attempt does not count.
        Or a `Hold`, where the time for all attempts is over; then nothing is to be noted.
        """
        ...

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """Bring the thing, in the worker's transaction, to the state in which a person decides."""
        ...


class StoreStep:
    """Of a step that meets nobody but the store: when and how it is tried again. The thing stays as it is until then."""

    def schedule(self, job: ClaimedJob) -> Sequence[float]:  # noqa: ARG002 - one schedule for all
        """Only the store can fail for a while, and the worker knows what to do then."""
        return ()

    def put_off(self, *_: object) -> bool:
        """Nothing to note."""
        return True
