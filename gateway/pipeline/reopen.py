"""The step of `as2-open` jobs: a message whose bytes were stored when the process died, before it was opened and answered."""

from collections.abc import Sequence

from sqlalchemy import Connection

from as2.headers import As2Headers
from gateway.errors import CAUSES, Cause, Refusal, TransientError
from gateway.pipeline.as2_inbound import As2Inbound
from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.rules import rules_of
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.states import Thing, TransmissionState
from gateway.store import as2_messages, jobs
from gateway.store.events import EventNote, note
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import try_move
from partners.identify import Unidentified, by_as2

__all__ = ["Reopen"]


class Reopen:
    """Opens it as if it had just come; the MDN waits in the store for the partner's repetition (A48)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._inbound = As2Inbound(context)

    async def run(self, job: ClaimedJob) -> Outcome:
        """Go on where the process stopped. What was answered meanwhile needs nothing."""
        context = self._context
        found = await context.store.read(lambda connection: as2_messages.of_transmission(connection, job.thing_id))
        if found is None or found[1].answer is not None:
            await context.store.write(lambda connection: jobs.finish(connection, job))
            return Done("answered meanwhile")
        key, known = found
        sender = by_as2(context.workspace, key.as2_from, key.as2_to)
        if isinstance(sender, Unidentified):
            return Hold(Cause.UNKNOWN_PARTNER, "the profile was removed before the message was opened")
        body = await context.store.find(known.wire_sha256)
        try:
            await self._inbound.take(As2Headers.parse(known.headers), body, *sender)
        except Refusal as refusal:  # it is being opened all this time (a large one, a busy machine), or our key cannot be read
            raise TransientError(refusal.cause, refusal.detail, after=refusal.retry_after) from None
        return Done("opened")

    def schedule(self, job: ClaimedJob) -> Sequence[float]:  # noqa: ARG002 - one schedule for all
        """As long as for a partner: a key of ours that cannot be read is put in place by a person."""
        return rules_of(self._context, "partner:", ACKNOWLEDGMENT).waits

    def put_off(self, *_: object) -> bool:
        """Nothing to note: the transmission stays RECEIVED."""
        return True

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """The bytes are kept; a person looks at them."""
        now = self._context.now()
        if try_move(connection, TransmissionState.HELD, job.thing_id, cause=hold.cause.value, detail=hold.detail, finished_at=now):
            held = EventNote(
                action="transmission.held",
                thing=Thing.TRANSMISSION,
                thing_id=job.thing_id,
                correlation_id=job.thing_id,
                message=CAUSES[hold.cause].cause,
                transmission_id=job.thing_id,
                cause=hold.cause,
            )
            note(connection, now, held)
