"""A document to one sink of the hub: the same event, under the same id, until the sink has taken it."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from gateway.errors import Cause
from gateway.objectives import tier_of
from gateway.pipeline.context import Context
from gateway.pipeline.delivered import finish_delivery
from gateway.pipeline.envelope import event_text, marks_of
from gateway.pipeline.outbox import takes_usage
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.rules import place_at, way_to
from gateway.sinks.base import OutgoingEvent
from gateway.states import DeliveryState, DocumentState
from gateway.store import lookup
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import move, try_move
from gateway.store.schema import Delivery, FeedEntry, Transmission
from gateway.store.statement import Statement
from gateway.trace import current

__all__ = ["ToHub", "load_document"]

_delivery, _feed = Delivery.table(), FeedEntry.table()
_first_byte = Statement(select(Transmission.table().c.created_at).where(Transmission.table().c.id == bindparam("of")))
_number = Statement(select(func.max(_feed.c.seq)).where(_feed.c.document_id == bindparam("of")))
_open = Statement(
    select(_delivery.c.id).where(
        _delivery.c.document_id == bindparam("of"),
        _delivery.c.state != DeliveryState.DELIVERED.value,
        _delivery.c.state != DeliveryState.CANCELLED.value,
    )
)


class ToHub:
    """Hands one document to one sink."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def hand_over(self, job: ClaimedJob, delivery: lookup.Found, document: lookup.Found, number: int) -> Outcome:
        """Once: a document with its number in the feed. Raises what the sink raises."""
        context = self._context
        to = way_to(context, job)
        name = to.removeprefix("sink:")
        sink, own = context.sinks.get(name), context.workspace.own
        if sink is None:
            return Hold(Cause.NO_TRANSPORT, "gateway.yaml has no such sink")
        if not takes_usage(context, name, delivery["usage"]):  # whatever queued it: test traffic stops here at the latest
            return Hold(Cause.USAGE_NOT_ACCEPTED, "the sink is not for this usage")
        marks = marks_of(document, delivery)
        event = OutgoingEvent(
            event_id=document["event_id"],
            type=document["event_type"],
            partition_key=document["partition_key"],
            correlation_id=document["correlation_id"],
            is_test=document["usage"] == "test",
            body=event_text(own, document, number, marks),
            traceparent=current(),
            marks={name: "true" if value is True else str(value) for name, value in marks.items()},
        )
        context.on_step("deliver.send")
        async with place_at(context, job):
            answer = await sink.deliver(event)
        context.on_step("deliver.sent")

        def done(connection: Connection) -> float:
            now = context.now()
            move(
                connection,
                DeliveryState.DELIVERED,
                job.thing_id,
                attempts=job.attempts + 1,
                answer=answer,
                finished_at=now,
                cause=None,
                detail=None,
                via=None if to == delivery["destination"] else to,
            )
            if _open.value(connection, of=document["id"]) is None:
                try_move(connection, DocumentState.DELIVERED, document["id"])
            words = f"Delivered to {to}."
            finish_delivery(context, connection, job, delivery, "delivery.delivered", words, answer, now)
            begun: datetime = (_first_byte.one(connection, of=document["transmission_id"]) or document)["created_at"]
            return (now - begun).total_seconds()

        seconds = await context.store.write(done)
        context.metrics.through("inbound", tier_of(document["document_type"]), seconds)
        context.metrics.delivery(sink.kind, "done")
        context.on_step("deliver.done")
        return Done(answer)


def load_document(connection: Connection, document_id: str) -> tuple[lookup.Found, int]:
    """A document and its number in the feed."""
    document = lookup.by_id(connection, document_id)
    assert document is not None
    return document, int(_number.value(connection, of=document_id))
