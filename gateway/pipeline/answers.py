"""A partner's 997, 999, TA1 or CONTRL: matched by control numbers to what we sent, and applied to its sets and documents."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from edi.acks import AckReport, AckStatus
from edi.describe import sentence
from gateway.errors import Cause
from gateway.pipeline.clocks import level_of
from gateway.pipeline.context import Context
from gateway.pipeline.owed import void
from gateway.pipeline.reading import Unit
from gateway.states import AcknowledgmentState, DocumentState, Thing, TransactionSetState
from gateway.store import lookup
from gateway.store.events import EventNote
from gateway.store.moves import start, try_move
from gateway.store.owed import sent_at
from gateway.store.schema import Acknowledgment
from gateway.store.statement import add

__all__ = ["apply_reports"]

_BY_GROUP: Final = frozenset({"997", "999"})  #: what answers a group; a partner may send the one where the other was agreed


def apply_reports(
    context: Context, connection: Connection, unit: Unit, transmission_id: str, now: datetime, notes: list[EventNote]
) -> None:
    """Apply everything that an interchange says of ours; what matches nothing goes to its own list."""
    for report in unit.reports:
        expected = _expected(connection, unit, report)
        if expected is not None:
            _apply(context, connection, expected, report, transmission_id, now, notes)
        elif not _is_listed(connection, report, transmission_id):
            notes.append(_unmatched(context, connection, unit, report, transmission_id, now))


def _expected(connection: Connection, unit: Unit, report: AckReport) -> lookup.Found | None:
    """What we wait for: of this partner, under this number, by group for 997 and 999, by interchange for TA1 and CONTRL."""
    rows = lookup.where(
        connection, Thing.ACKNOWLEDGMENT, partner_id=unit.partner_id, control_number=_bare(report.control_number), direction="inbound"
    )
    fitting = [row for row in rows if row["cause"] != Cause.ACKNOWLEDGMENT_UNMATCHED and _fits(row, report)]
    if not fitting and report.kind == "TA1" and not report.status.is_accepted:
        fitting = _of_refused_envelope(connection, unit, report)
    return fitting[-1] if fitting else None  # numbers roll over: the newest is meant


def _of_refused_envelope(connection: Connection, unit: Unit, report: AckReport) -> list[lookup.Found]:
    """A TA1 that nobody asked for tells that an envelope was refused: the acknowledgment that we wait for will not come."""
    number = _bare(report.control_number)
    sent = lookup.where(connection, Thing.TRANSMISSION, partner_id=unit.partner_id, direction="outbound", control_number=number)
    ids = [row["id"] for row in sent]
    rows = lookup.where(connection, Thing.ACKNOWLEDGMENT, answers_transmission_id=ids, direction="inbound") if ids else []
    return [row for row in rows if row["answers_document_id"] is None]


def _is_listed(connection: Connection, report: AckReport, transmission_id: str) -> bool:
    """A replay does not list it a second time."""
    number = _bare(report.control_number)
    return bool(lookup.where(connection, Thing.ACKNOWLEDGMENT, transmission_id=transmission_id, kind=report.kind, control_number=number))


def _fits(row: lookup.Found, report: AckReport) -> bool:
    if report.kind in _BY_GROUP:
        return row["kind"] in _BY_GROUP and bool(row["functional_id"] == report.functional_id)
    return bool(row["kind"] == report.kind)


def _bare(control_number: str) -> str:
    """Numbers are compared without leading zeros: 000000007 and 7 are one."""
    return control_number.strip().lstrip("0") or "0" if control_number.strip().isdigit() else control_number.strip()


def _apply(
    context: Context,
    connection: Connection,
    expected: lookup.Found,
    report: AckReport,
    transmission_id: str,
    now: datetime,
    notes: list[EventNote],
) -> None:
    if report.is_receipt:  # what we wait for says more
        notes.append(_arrived(expected, report, transmission_id, "confirms that it arrived; what becomes of it is still to come"))
        return
    accepted = report.status.is_accepted
    sets = _sets_of(connection, expected, report)
    if is_part := report.is_part_for(len(sets)):
        names = {_bare(one.control_number) for one in report.sets}
        _apply_to_sets(connection, [row for row in sets if _bare(row["control_number"]) in names], report, transmission_id, now, notes)
        if accepted and any(row["state"] == TransactionSetState.WRITTEN for row in _sets_of(connection, expected, report)):
            notes.append(_arrived(expected, report, transmission_id, "speaks of a part of what we sent; the rest is still to come"))
            return
    state = AcknowledgmentState.ACCEPTED if accepted else AcknowledgmentState.REJECTED
    sentences = [sentence(finding) for finding in (*report.findings, *(f for s in report.sets for f in s.findings))]
    values: dict[str, Any] = {
        "status": report.status.value,
        "report": _view(report, transmission_id),
        "finished_at": now,
        "cause": None if accepted else Cause.REJECTED_BY_PARTNER.value,
        "detail": None if accepted else "; ".join(sentences)[:1000] or "without a reason",
    }
    looked_at = expected["state"] == AcknowledgmentState.DISMISSED and expected["status"] == report.status.value
    moved = not looked_at and try_move(connection, state, expected["id"], **values)
    if moved:
        begun = sent_at(connection, expected["answers_transmission_id"]) or expected["created_at"]
        context.metrics.answered(level_of(report.kind), (now - begun).total_seconds())
    notes.append(
        EventNote(
            action=f"acknowledgment.{state.lower()}" if moved else "acknowledgment.repeated",
            thing=Thing.ACKNOWLEDGMENT,
            thing_id=expected["id"],
            correlation_id=expected["correlation_id"],
            message=_words(report) if moved or is_part else f"The {report.kind} came again.",
            partner_id=expected["partner_id"],
            transmission_id=transmission_id,
            cause=None if accepted else Cause.REJECTED_BY_PARTNER,
            data={"kind": report.kind, "status": report.status.value, "sentences": sentences} if sentences else {"kind": report.kind},
        )
    )
    if moved and not is_part and (report.kind != "TA1" or not accepted):  # an accepted envelope says nothing yet of what is in it
        _apply_to_sets(connection, sets, report, transmission_id, now, notes)


def _arrived(expected: lookup.Found, report: AckReport, transmission_id: str, what: str) -> EventNote:
    return EventNote(
        action="acknowledgment.arrival",
        thing=Thing.ACKNOWLEDGMENT,
        thing_id=expected["id"],
        correlation_id=expected["correlation_id"],
        message=f"The partner's {report.kind} {what}.",
        partner_id=expected["partner_id"],
        transmission_id=transmission_id,
        data={"kind": report.kind},
    )


def _sets_of(connection: Connection, expected: lookup.Found, report: AckReport) -> list[lookup.Found]:
    """The sets of ours that it may speak of: those of its group, or of the interchange."""
    sets = lookup.where(connection, Thing.TRANSACTION_SET, limit=100_000, transmission_id=expected["answers_transmission_id"])
    if report.kind not in _BY_GROUP:
        return sets
    group = (report.functional_id, _bare(report.control_number))
    return [row for row in sets if (row["functional_id"], row["group_control_number"]) == group]


def _apply_to_sets(
    connection: Connection,
    sets: list[lookup.Found],
    report: AckReport,
    transmission_id: str,
    now: datetime,
    notes: list[EventNote],
) -> None:
    """Each set by what is said of it and of all, with the reasons of the one or the other."""
    said = {_bare(s.control_number): s for s in report.sets}
    for row in sets:
        named = said.get(_bare(row["control_number"]))
        accepted = report.verdict(named).is_accepted
        cause = None if accepted else Cause.REJECTED_BY_PARTNER.value
        reasons = (*(named.findings if named is not None else ()), *report.findings)
        detail = None if accepted else "; ".join(sentence(f) for f in reasons)[:1000] or None
        try_move(
            connection,
            TransactionSetState.ACKNOWLEDGED if accepted else TransactionSetState.REJECTED,
            row["id"],
            cause=cause,
            detail=detail,
        )
        for document in lookup.where(connection, Thing.DOCUMENT, transaction_set_id=row["id"]):
            to = DocumentState.ACKNOWLEDGED if accepted else DocumentState.REJECTED
            if not try_move(connection, to, document["id"], cause=cause, detail=detail):
                continue
            if not accepted:
                void(connection, document, now)
            words = f"The partner accepts the {document['document_type']}."
            notes.append(
                EventNote(
                    action=f"document.{to.lower()}",
                    thing=Thing.DOCUMENT,
                    thing_id=document["id"],
                    correlation_id=document["correlation_id"],
                    message=words if accepted else f"The partner refuses the {document['document_type']}.",
                    partner_id=document["partner_id"],
                    transmission_id=transmission_id,
                    document_id=document["id"],
                    cause=None if accepted else Cause.REJECTED_BY_PARTNER,
                    data={"detail": detail} if detail else None,
                )
            )


def _unmatched(context: Context, connection: Connection, unit: Unit, report: AckReport, transmission_id: str, now: datetime) -> EventNote:
    ack_id = context.new_id("ack")
    add(
        connection,
        Acknowledgment.table(),
        {
            "id": ack_id,
            "direction": "inbound",
            "kind": report.kind,
            "state": start(AcknowledgmentState.UNMATCHED),
            "partner_id": unit.partner_id,
            "transmission_id": transmission_id,
            "functional_id": report.functional_id,
            "control_number": _bare(report.control_number),
            "status": report.status.value,
            "report": _view(report, transmission_id),
            "correlation_id": transmission_id,
            "cause": Cause.ACKNOWLEDGMENT_UNMATCHED.value,
            "created_at": now,
        },
    )
    return EventNote(
        action="acknowledgment.unmatched",
        thing=Thing.ACKNOWLEDGMENT,
        thing_id=ack_id,
        correlation_id=transmission_id,
        message=f"This {report.kind} answers nothing we sent.",
        partner_id=unit.partner_id,
        transmission_id=transmission_id,
        cause=Cause.ACKNOWLEDGMENT_UNMATCHED,
        data={"controlNumber": report.control_number},
    )


def _words(report: AckReport) -> str:
    verb = {
        AckStatus.ACCEPTED: "accepts what we sent",
        AckStatus.ACCEPTED_WITH_ERRORS: "accepts what we sent, and names errors in it",
        AckStatus.PARTIALLY_ACCEPTED: "accepts some of what we sent, and rejects the rest",
        AckStatus.REJECTED: "rejects what we sent",
    }[report.status]
    return f"The partner's {report.kind} {verb}."


def _view(report: AckReport, transmission_id: str) -> dict[str, Any]:
    """What it says, set by set, as sentences without our data; and where it stands, to be read again beside what we sent."""
    return {
        "transmissionId": transmission_id,
        "kind": report.kind,
        "functionalId": report.functional_id,
        "controlNumber": report.control_number,
        "status": report.status.value,
        "sentences": [sentence(finding) for finding in report.findings],
        "sets": [
            {
                "set": s.set_id,
                "controlNumber": s.control_number,
                "status": s.status.value,
                "sentences": [sentence(finding) for finding in s.findings],
            }
            for s in report.sets
        ],
    }
