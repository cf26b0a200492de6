"""What a replay does to one thing, in the transaction that notes it: three actions that are never mixed up.

`restart`    read or written anew with today's profile, guide and map, from a step on; no acknowledgment is sent again.
`delivery`   the same bytes under the same id once more to where they went.
`duplicate`  the same content as something new: new ids and numbers, so that the receiver takes it a second time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.interventions import send_again
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import OutgoingBytes, queue_to_hub, queue_to_partner, sinks_for, transport_for
from gateway.pipeline.redeliver import to_sink
from gateway.pipeline.urgency import INBOUND, REPLAYED, priority_of
from gateway.states import DeliveryState, DocumentState, Thing, TransmissionState
from gateway.store import keys, lookup, replays
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import move, start, try_move
from gateway.store.replays import Mark
from gateway.store.schema import Document
from gateway.store.statement import add

__all__ = ["Action", "Again", "Step"]


class Action(StrEnum):
    """What is done over."""

    RESTART = "restart"
    DELIVERY = "delivery"
    DUPLICATE = "duplicate"
    FEED = "feed"  #: what stands in the feed, to one sink


class Step(StrEnum):
    """Where a restart begins."""

    VALIDATE = "validate"  #: the bytes are read, judged and mapped; a document of the hub is checked and written
    MAP = "map"  #: what was accepted stays accepted, whatever a guide says today; it is mapped anew
    DELIVER = "deliver"  #: the document and its bytes stay; they go where today's profile and settings say


@dataclass(frozen=True, slots=True)
class Again:
    """One replay in one transaction."""

    context: Context
    connection: Connection
    now: datetime
    mark: Mark
    step: Step = Step.VALIDATE
    is_one_of_many: bool = False
    sink: str = ""  #: of the feed's events

    def do(self, thing: Thing, row: lookup.Found) -> dict[str, Any]:
        """The action. Gives what its event says beside the reason. Raises Refusal and IllegalMoveError: not possible for this thing."""
        match Action(self.mark.action):
            case Action.RESTART if self.step is Step.DELIVER:
                self._route_anew(thing, row)
                return {"from": self.step.value}
            case Action.RESTART:
                self._restart(thing, row)
                return {"from": self.step.value}
            case Action.DELIVERY:
                self._deliver(thing, row)
                return {}
            case Action.DUPLICATE:
                return {"copy": self._duplicate(thing, row)}
            case Action.FEED:
                self._to_sink(row)
                return {"sink": self.sink}

    def _priority(self, usual: int) -> int:
        return max(usual, REPLAYED) if self.is_one_of_many else usual

    # -- restart

    def _restart(self, thing: Thing, row: lookup.Found) -> None:
        if row.get("direction") == "outbound":
            if thing is not Thing.DOCUMENT:
                raise Refusal(Cause.CONFLICT, "what is written stays as it is: retry sends it again, duplicate writes it anew")
            move(self.connection, DocumentState.SUBMITTED, row["id"], cause=None, detail=None)
            lane, priority = f"outbound:{row['partition_key']}", self._priority(priority_of(row["document_type"]))
            enqueue(self.connection, self.now, NewJob("outbound", row["id"], self.now, priority, lane, params=self.mark.param))
            return
        transmission_id = row["id"] if thing is Thing.TRANSMISSION else row.get("transmission_id")
        transmission = lookup.by_id(self.connection, transmission_id) if transmission_id else None
        if transmission is None or transmission["direction"] != "inbound" or thing in {Thing.DELIVERY, Thing.ACKNOWLEDGMENT}:
            raise Refusal(Cause.CONFLICT, "only what a partner sent can be restarted from its bytes")
        if transmission["payload_sha256"] is None:
            raise Refusal(Cause.CONFLICT, "the message was never opened; the partner has to send it again")
        if transmission["state"] in {TransmissionState.REJECTED, TransmissionState.DUPLICATE}:
            raise Refusal(Cause.CONFLICT, f"it is {transmission['state']}: that is its end; the partner can send it anew")
        try_move(self.connection, TransmissionState.OPENED, transmission["id"], cause=None, detail=None, finished_at=None)
        sets = self._sets_of(thing, row)
        widened = replays.widen(self.connection, transmission["id"], self.mark, sets)
        if widened is False:
            raise Refusal(Cause.CONFLICT, "what it came in is being worked on just now; ask again when that is done")
        if widened is None:
            params = {"again": True, "from": self.step.value, "sets": list(sets) or None, **self.mark.param}
            enqueue(self.connection, self.now, NewJob("inbound", transmission["id"], self.now, self._priority(INBOUND), params=params))

    def _sets_of(self, thing: Thing, row: lookup.Found) -> tuple[int, ...]:
        """Which sets of its transmission are meant; none: all."""
        set_id = row["id"] if thing is Thing.TRANSACTION_SET else row.get("transaction_set_id")
        set_row = lookup.by_id(self.connection, set_id) if set_id else None
        return () if set_row is None else (int(set_row["set_index"]),)

    def _route_anew(self, thing: Thing, row: lookup.Found) -> None:
        """To every sink that it is for today; to the partner by the way that is agreed today."""
        if thing is not Thing.DOCUMENT:
            raise Refusal(Cause.CONFLICT, "from delivery on, documents are restarted")
        if row["direction"] == "inbound":
            if row["state"] not in {DocumentState.MAPPED, DocumentState.DELIVERED}:
                raise Refusal(Cause.CONFLICT, f"it is {row['state']}: there is nothing to deliver")
            for sink in sinks_for(self.context, row["partner_id"], row["agreement_id"], row["usage"]):
                to_sink(self.context, self.connection, row, sink, self.mark, self._priority(priority_of(row["document_type"])), self.now)
            return
        partner = self.context.workspace.partners.get(row["partner_id"] or "")
        agreement = next((a for a in partner.agreements if a.id == row["agreement_id"]), None) if partner else None
        transport = transport_for(self.context, partner, agreement.transport) if partner and agreement else None
        if row["transmission_id"] is None or partner is None or transport is None:
            raise Refusal(Cause.CONFLICT, "nothing is written that could leave, or the profile has no way to send it")
        destination = f"partner:{partner.id}:{transport}"
        for delivery in lookup.where(self.connection, Thing.DELIVERY, transmission_id=row["transmission_id"], kind="partner"):
            if delivery["destination"] == destination:
                send_again(self.connection, delivery, self.now, self.mark)
                return
            try_move(self.connection, DeliveryState.CANCELLED, delivery["id"], finished_at=self.now)
        priority = self._priority(priority_of(row["document_type"]))
        outgoing = OutgoingBytes(
            row["transmission_id"], row["id"], row["partition_key"], row["usage"], row["correlation_id"], priority, self.mark
        )
        queue_to_partner(self.context, self.connection, outgoing, partner.id, transport, self.now)

    # -- delivery

    def _deliver(self, thing: Thing, row: lookup.Found) -> None:
        """What waits already stays as it is."""
        if thing is Thing.DELIVERY:
            rows = [row]
        elif thing is Thing.DOCUMENT and row["direction"] == "inbound":
            rows = lookup.where(self.connection, Thing.DELIVERY, document_id=row["id"])
        else:
            transmission = row["id"] if thing is Thing.TRANSMISSION else row.get("transmission_id")
            rows = lookup.where(self.connection, Thing.DELIVERY, transmission_id=transmission) if transmission else []
        if not rows:
            raise Refusal(Cause.CONFLICT, "nothing was sent yet that could be sent again")
        for delivery in rows:
            send_again(self.connection, delivery, self.now, self.mark, priority=REPLAYED if self.is_one_of_many else 0)

    def _to_sink(self, row: lookup.Found) -> None:
        """An event of the feed, behind all that is older."""
        if row["state"] not in {DocumentState.MAPPED, DocumentState.DELIVERED}:
            raise Refusal(Cause.CONFLICT, f"it is {row['state']} now: it is not delivered")
        if not to_sink(self.context, self.connection, row, self.sink, self.mark, REPLAYED, self.now):
            raise Refusal(Cause.CONFLICT, "it waits for this sink already, or a person decided that it shall not go there")

    # -- duplicate

    def _duplicate(self, thing: Thing, row: lookup.Found) -> str:
        """Gives the id of the copy."""
        if thing is not Thing.DOCUMENT:
            raise Refusal(Cause.CONFLICT, "a duplicate is made of a document")
        copy_id, inbound = self.context.new_id("doc"), row["direction"] == "inbound"
        anew = {"id": copy_id, "event_id": copy_id, "original_id": row["id"], "causation_id": row["event_id"], "created_at": self.now}
        anew |= {"state": start(DocumentState.MAPPED if inbound else DocumentState.SUBMITTED), "cause": None, "detail": None}
        anew |= {"newer_id": None, **self.mark.columns}
        if not inbound:
            anew |= {"transmission_id": None, "transaction_set_id": None}
        duplicate = row | anew
        add(self.connection, Document.table(), duplicate)
        keys.refer(self.connection, {copy_id: keys.numbers_of(self.connection, row["id"])})
        if inbound:
            sinks = sinks_for(self.context, row["partner_id"], row["agreement_id"], row["usage"])
            queue_to_hub(self.context, self.connection, duplicate, sinks, self.now)
        else:
            lane, priority = f"outbound:{row['partition_key']}", self._priority(priority_of(row["document_type"]))
            params = {"released": True, **self.mark.param}
            enqueue(self.connection, self.now, NewJob("outbound", copy_id, self.now, priority, lane, params=params))
        return copy_id
