"""A document to one sink of the hub: the same event, under the same id, until the sink has taken it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, exists, func, select

from gateway.errors import Cause
from gateway.objectives import tier_of
from gateway.pipeline.context import Context
from gateway.pipeline.delivered import finish_delivery
from gateway.pipeline.envelope import event_text, marks_of
from gateway.pipeline.outbox import takes_usage
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.rules import place_at, wanted_way
from gateway.sinks.base import OutgoingEvent
from gateway.states import DeliveryState, DocumentState
from gateway.store import lookup
from gateway.store.jobs import ClaimedJob
from gateway.store.moves import move, moving
from gateway.store.schema import Delivery, Document, FeedEntry, Transmission
from gateway.store.statement import Statement
from gateway.trace import current

__all__ = ["Task", "ToHub", "load_task"]

_delivery, _document, _feed, _transmission = Delivery.table(), Document.table(), FeedEntry.table(), Transmission.table()
#: what is needed of either, for every delivery reads this
_OF_DELIVERY: Final = (
    *("id", "state", "destination", "document_id", "transmission_id", "partner_id", "usage", "correlation_id"),
    *("replay_id", "replay_action"),
)
_OF_DOCUMENT: Final = (
    *("id", "document_type", "partner_id", "usage", "business_key", "correlation_id", "causation_id", "event_id", "event_type"),
    *("partition_key", "body", "replay_id", "replay_action", "newer_id", "created_at"),
)
_load = Statement(
    select(
        *(_delivery.c[name].label(f"delivery_{name}") for name in _OF_DELIVERY),
        *(_document.c[name] for name in _OF_DOCUMENT),
        _transmission.c.created_at.label("begun"),
        select(func.max(_feed.c.seq)).where(_feed.c.document_id == _document.c.id).scalar_subquery().label("number"),
    )
    .join_from(_delivery, _document, _document.c.id == _delivery.c.document_id)
    .outerjoin(_transmission, _transmission.c.id == _document.c.transmission_id)
    .where(_delivery.c.id == bindparam("of"))
)
_open = exists().where(
    _delivery.c.document_id == _document.c.id,
    _delivery.c.state != DeliveryState.DELIVERED.value,
    _delivery.c.state != DeliveryState.CANCELLED.value,
)
#: a document is with the hub when each of its sinks has it
_all_have_it = moving(DocumentState.DELIVERED, ~_open)


@dataclass(frozen=True, slots=True)
class Task:
    """A delivery to a sink."""

    delivery: lookup.Found
    document: lookup.Found
    number: int  #: of the document in the feed
    begun: datetime  #: when the first byte came that the document is made of


class ToHub:
    """Hands one document to one sink."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def hand_over(self, job: ClaimedJob, task: Task) -> Outcome:
        """Once. Raises what the sink raises."""
        context, delivery, document = self._context, task.delivery, task.document
        to = wanted_way(context, job)
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
            body=event_text(own, document, task.number, marks),
            traceparent=current(),
            marks={name: "true" if value is True else str(value) for name, value in marks.items()},
        )
        context.on_step("deliver.send")
        async with place_at(context, job, to):
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
            _all_have_it.send(connection, key=document["id"])
            words = f"Delivered to {to}."
            finish_delivery(context, connection, job, delivery, "delivery.delivered", words, answer, now)
            return (now - task.begun).total_seconds()

        seconds = await context.store.write(done)
        context.metrics.through("inbound", tier_of(document["document_type"]), seconds)
        context.metrics.delivery(sink.kind, "done")
        context.on_step("deliver.done")
        return Done(answer)


def load_task(connection: Connection, delivery_id: str) -> Task | None:
    """A delivery to a sink, with all that it takes; None when there is none."""
    row = _load.one(connection, of=delivery_id)
    if row is None:
        return None
    delivery = {name: row.pop(f"delivery_{name}") for name in _OF_DELIVERY}
    return Task(delivery, row, int(row["number"] or 0), row["begun"] or row["created_at"])
