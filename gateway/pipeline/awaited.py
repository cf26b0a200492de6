"""What the partner owes for what leaves: acknowledgments of the syntax, and the answer by document where one is agreed."""

from datetime import datetime

from sqlalchemy import Connection

from edi.write import OutgoingGroup
from gateway.pipeline.clocks import named_deadline, next_warning, overdue_of
from gateway.pipeline.context import Context
from gateway.pipeline.numbered import Numbers
from gateway.pipeline.owed import owe
from gateway.states import AcknowledgmentState
from gateway.store import lookup
from gateway.store.moves import start
from gateway.store.schema import Acknowledgment
from gateway.store.statement import add
from partners.model import Agreement

__all__ = ["expect", "owe_answer"]


def expect(
    context: Context,
    connection: Connection,
    agreement: Agreement,
    transmission_id: str,
    numbers: Numbers,
    functional_id: str,
    correlation: str,
    now: datetime,
) -> None:
    """A 997 or 999 for the group, a CONTRL for the interchange, a TA1 where we asked for one."""
    kinds = []
    if agreement.ack.expect and agreement.functional_ack is not None:
        kinds.append((agreement.functional_ack, numbers.group if agreement.standard == "x12" else numbers.interchange))
    if agreement.standard == "x12" and agreement.ack_requested:
        kinds.append(("TA1", numbers.interchange))
    due = overdue_of(agreement, now)
    add(
        connection,
        Acknowledgment.table(),
        *(
            {
                "id": context.new_id("ack"),
                "direction": "inbound",
                "kind": kind,
                "state": start(AcknowledgmentState.EXPECTED),
                "partner_id": agreement.partner_id,
                "answers_transmission_id": transmission_id,
                "functional_id": functional_id if kind in ("997", "999") else "",
                "control_number": str(number),
                "agreement_id": agreement.id,
                "due_at": due,
                "warn_at": next_warning(agreement.ack.warn_at, now, due, now),
                "correlation_id": correlation,
                "created_at": now,
            }
            for kind, number in kinds
        ),
    )


def owe_answer(
    context: Context, connection: Connection, agreement: Agreement, document: lookup.Found, group: OutgoingGroup | None, now: datetime
) -> None:
    """The answer to a document, by its row, where one is agreed; the document itself may say by when."""
    if agreement.sla is not None:
        zone = context.workspace.partners[agreement.partner_id].tzinfo
        asked = named_deadline(next(iter(group.sets)).segments, agreement.sla.within.from_, zone) if group else None
        owe(context, connection, agreement, document, now, asked)
