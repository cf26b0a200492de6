"""The outbox: rows that say what has to reach whom, written in the transaction that makes the thing itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.pipeline.context import Context
from gateway.pipeline.urgency import ACKNOWLEDGMENT, priority_of
from gateway.states import DeliveryState
from gateway.store.ending import append_to_feed
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import start
from gateway.store.replays import Mark
from gateway.store.schema import Delivery
from gateway.store.statement import add
from partners.model import Partner

__all__ = ["OutgoingBytes", "queue_to_hub", "queue_to_partner", "queue_to_sink", "requeue", "sinks_for", "takes_usage", "transport_for"]


@dataclass(frozen=True, slots=True)
class OutgoingBytes:
    """A written transmission that is to reach a partner."""

    transmission_id: str
    document_id: str | None
    partition_key: str
    usage: str
    correlation_id: str
    priority: int = ACKNOWLEDGMENT
    mark: Mark | None = None  #: of the replay that sends them


def sinks_for(context: Context, partner_id: str | None, agreement_id: str | None, usage: str) -> tuple[str, ...]:
    """The sinks that the agreement names, else all, as far as they are for this usage."""
    partner = context.workspace.partners.get(partner_id or "")
    agreement = next((a for a in partner.agreements if a.id == agreement_id), None) if partner else None
    agreed = agreement.deliver_to if agreement is not None and not agreement.to_every_sink else ()
    return tuple(name for name in agreed or context.sinks if takes_usage(context, name, usage))


def takes_usage(context: Context, sink: str, usage: str) -> bool:
    """Whether a sink is for this usage: as gateway.yaml says, else that of the environment. Test traffic never reaches a live hub."""
    said = context.settings.sinks[sink].usage if sink in context.settings.sinks else "any"
    return usage == (context.workspace.own.environment if said == "any" else said)


def transport_for(context: Context, partner: Partner, wanted: str | None) -> str | None:
    """The way to a partner: the one agreed, else the one that the profile prefers; None where there is none."""
    able = [kind for kind in partner.transports.sending if kind in context.transports]
    named = wanted or partner.send_by
    if named is not None:
        return named if named in able else None
    return able[0] if able else None


def queue_to_hub(
    context: Context, connection: Connection, document: Mapping[str, Any], sinks: tuple[str, ...], now: datetime
) -> tuple[str, ...]:
    """A document (its row) into the feed and onto its way to each sink. Gives the ids of the deliveries."""
    append_to_feed(connection, document["id"], now)
    return tuple(queue_to_sink(context, connection, document, sink, now) for sink in sinks)


def queue_to_sink(
    context: Context,
    connection: Connection,
    document: Mapping[str, Any],
    sink: str,
    now: datetime,
    *,
    mark: Mark | None = None,
    priority: int | None = None,
) -> str:
    """A document (its row) onto its way to one sink; the feed is told by `queue_to_hub`. Gives the id of the delivery."""
    values = {
        "kind": "sink",
        "destination": f"sink:{sink}",
        "document_id": document["id"],
        "transmission_id": None,
        "partner_id": document["partner_id"],
        "partition_key": document["partition_key"],
        "usage": document["usage"],
        "correlation_id": document["correlation_id"],
        **(mark.columns if mark else {}),
    }
    return _queue(context, connection, values, priority_of(document["document_type"]) if priority is None else priority, now)


def queue_to_partner(
    context: Context, connection: Connection, outgoing: OutgoingBytes, partner_id: str, transport: str, now: datetime
) -> str:
    """Written bytes onto their way to a partner. Gives the id of the delivery."""
    values = {
        "kind": "partner",
        "destination": f"partner:{partner_id}:{transport}",
        "document_id": outgoing.document_id,
        "transmission_id": outgoing.transmission_id,
        "partner_id": partner_id,
        "partition_key": outgoing.partition_key,
        "usage": outgoing.usage,
        "correlation_id": outgoing.correlation_id,
        **(outgoing.mark.columns if outgoing.mark else {}),
    }
    return _queue(context, connection, values, outgoing.priority, now)


def requeue(
    connection: Connection,
    delivery: Mapping[str, Any],
    priority: int,
    due: datetime,
    *,
    attempts: int = 0,
    params: dict[str, Any] | None = None,
) -> None:
    """The job of a delivery that is QUEUED anew; `attempts` are those that still count."""
    enqueue(connection, due, replace(_job(delivery, priority, due), attempts=attempts, params=params))


def _queue(context: Context, connection: Connection, values: dict[str, Any], priority: int, now: datetime) -> str:
    row = {"id": context.new_id("dlv"), "state": start(DeliveryState.QUEUED), "created_at": now, **values}
    add(connection, Delivery.table(), row)
    enqueue(connection, now, _job(row, priority, now))
    return str(row["id"])


def _job(delivery: Mapping[str, Any], priority: int, now: datetime) -> NewJob:
    lane = f"{delivery['destination']}|{delivery['partition_key']}"
    return NewJob("deliver", delivery["id"], now, priority, lane, delivery["destination"], partner_id=delivery["partner_id"])
