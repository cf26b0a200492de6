"""Our 997, 999, TA1 or CONTRL: written with its control numbers, and queued, in the transaction of what it answers."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from edi.acks import AckNumbers
from gateway.pipeline.clocks import overdue_of
from gateway.pipeline.context import Context
from gateway.pipeline.numbered import Numbers, numbered
from gateway.pipeline.outbox import OutgoingBytes, queue_to_partner, transport_for
from gateway.pipeline.reading import AnswerPlan, Unit
from gateway.states import AcknowledgmentState, Thing, TransmissionState
from gateway.store.events import EventNote
from gateway.store.moves import start
from gateway.store.schema import Acknowledgment, Transmission
from gateway.store.statement import add

__all__ = ["CONTENT_TYPES", "write_answer"]

CONTENT_TYPES: Final = {
    "x12": "application/edi-x12",
    "edifact": "application/edifact",
    "json": "application/json",
    "xml": "application/xml",
    "csv": "text/csv",
    "fixed": "text/plain",
}


def write_answer(
    context: Context, connection: Connection, unit: Unit, plan: AnswerPlan, transmission_id: str, now: datetime
) -> list[EventNote]:
    """Write and queue the answer to one interchange; nothing when none is due. Gives the events to note."""
    if plan.trial is None or unit.envelope is None:
        return []
    partner = context.workspace.partners.get(unit.partner_id or "")
    groups, numbering = plan.groups, plan.numbering
    numbers = Numbers(numbering.take(connection, "interchange"), numbering.take(connection, "group", max(groups, 1)))
    data = None
    if not plan.options.write.width:  # else a number could stand on two lines
        data = numbered(plan.trial, numbers, digits=numbering.digits, groups=groups if unit.standard == "x12" else 0)
    if data is None:
        ack_numbers = AckNumbers(str(numbers.interchange).zfill(numbering.digits), str(numbers.group))
        data = plan.prepared().answer(numbers=ack_numbers, now=plan.written_at)
        assert data is not None  # the trial was written, so this can be
    control_number = str(numbers.interchange).zfill(numbering.digits)
    payload = context.store.payloads.keep(data)
    context.store.payloads.insert(connection, payload, now)
    answer_id, ack_id = context.new_id("trn"), context.new_id("ack")
    kind = _kind(unit, plan)
    agreement = next((one.agreement for one in unit.sets if one.agreement is not None), None)
    values = {
        "id": answer_id,
        "direction": "outbound",
        "state": start(TransmissionState.WRITTEN),
        "transport": "",
        "partner_id": unit.partner_id,
        "payload_sha256": payload.sha256,
        "content_type": CONTENT_TYPES[unit.standard],
        "standard": unit.standard,
        "sender": unit.envelope.receiver,
        "receiver": unit.envelope.sender,
        "control_number": control_number,
        "usage": unit.usage,
        "correlation_id": transmission_id,
        "original_id": transmission_id,
        "created_at": now,
        "finished_at": now,
    }
    transport = transport_for(context, partner, plan.transport) if partner else None
    add(connection, Transmission.table(), values | {"transport": transport or ""})
    add(
        connection,
        Acknowledgment.table(),
        {
            "id": ack_id,
            "direction": "outbound",
            "kind": kind,
            "state": start(AcknowledgmentState.WRITTEN),
            "partner_id": unit.partner_id,
            "transmission_id": answer_id,
            "answers_transmission_id": transmission_id,
            "agreement_id": agreement.id if agreement else None,
            "due_at": overdue_of(agreement, now) if agreement else None,
            "control_number": unit.envelope.control_number,
            "correlation_id": transmission_id,
            "created_at": now,
            "finished_at": now,
        },
    )
    words = f"{kind} {control_number} written"
    if partner is not None and transport is not None:
        outgoing = OutgoingBytes(answer_id, None, answer_id, unit.usage, transmission_id)
        queue_to_partner(context, connection, outgoing, partner.id, transport, now)
        words += f"; it goes to the partner by {transport}."
    else:
        words += "; the profile has no way to send it, so it is kept here to be fetched."
    return [
        EventNote(
            action="acknowledgment.written",
            thing=Thing.ACKNOWLEDGMENT,
            thing_id=ack_id,
            correlation_id=transmission_id,
            message=words,
            partner_id=unit.partner_id,
            transmission_id=transmission_id,
            data={"kind": kind, "controlNumber": control_number, "sets": [s.state.value for s in unit.sets]},
        )
    ]


def _kind(unit: Unit, plan: AnswerPlan) -> str:
    if unit.standard == "edifact":
        return "CONTRL"
    return plan.options.version or "997" if plan.groups else "TA1"
