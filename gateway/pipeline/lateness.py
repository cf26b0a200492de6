"""Answers by the clock: warned of before their time, overdue after it, and ours that have not left."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from gateway.errors import CAUSES, Cause
from gateway.pipeline.clocks import next_warning
from gateway.pipeline.context import Context
from gateway.pipeline.looks import is_timed
from gateway.pipeline.unseen import seen_until
from gateway.plural import counted
from gateway.states import AcknowledgmentState, DeliveryState
from gateway.store import looks, owed
from gateway.store.alarms import Trouble
from gateway.store.events import note, of_acknowledgment
from gateway.store.moves import try_move
from gateway.store.schema import Acknowledgment, Delivery, Transmission

__all__ = ["NOT_LEFT", "begin_clock", "late_cause", "mark_overdue", "not_left", "percents_of", "warn"]

_ack, _transmission, _delivery = Acknowledgment.table(), Transmission.table(), Delivery.table()
_IS_THEIRS: Final = _ack.c.direction == "inbound"
_NOT_LEFT_YET: Final = (
    select(_delivery.c.id)
    .where(
        _delivery.c.transmission_id == _ack.c.answers_transmission_id,
        _delivery.c.kind == "partner",
        _delivery.c.sent_at.is_(None),
        _delivery.c.state.in_((DeliveryState.QUEUED.value, DeliveryState.HELD.value)),
    )
    .exists()
)
_AT_ONCE: Final = 500
_MOST_STUCK: Final = 50_000  #: deliveries that are looked at
NOT_LEFT: Final = "acknowledgments-not-left"  #: the flow of the alarms about ours
#: deliveries that have not reached the partner
_STUCK: Final = tuple(
    state.value
    for state in (
        DeliveryState.QUEUED,
        DeliveryState.HELD,
        DeliveryState.OVERDUE,
        DeliveryState.REFUSED,
        DeliveryState.MIC_MISMATCH,
        DeliveryState.MDN_UNVERIFIED,
    )
)


def late_cause(row: dict[str, Any]) -> Cause:
    """Why an answer that is owed and not there stands on the work list."""
    if row["answers_document_id"] is None:
        return Cause.ACKNOWLEDGMENT_OVERDUE
    return Cause.ANSWER_OWED if row["direction"] == "outbound" else Cause.ANSWER_OVERDUE


def mark_overdue(context: Context, connection: Connection, now: datetime) -> int:
    """What is owed and should be there by now. Gives how many became overdue.

    A partner's answer is not overdue while it may lie in a folder that was not looked at since it was due, nor while what it is to answer
    has not left: that is ours to mend, and stands on its own as waiting or held.
    """
    late = (_ack.c.state == AcknowledgmentState.EXPECTED.value, _ack.c.due_at < now, ~(_IS_THEIRS & _NOT_LEFT_YET))
    timed = [partner for partner in context.workspace.partners.values() if is_timed(partner)]
    others = (_ack.c.partner_id.is_(None) | _ack.c.partner_id.not_in([partner.id for partner in timed]),) if timed else ()
    rows = _rows(connection, select(_ack).where(*late, *others).limit(_AT_ONCE))
    looked = looks.listed(connection) if timed else {}
    for partner in timed:
        found = _rows(connection, select(_ack).where(*late, _ack.c.partner_id == partner.id).order_by(_ack.c.due_at).limit(_AT_ONCE))
        ways = _ways(connection, found)
        seen = {way: seen_until(context, partner, way, looked) for way in {*ways.values(), None}}
        rows += [row for row in found if row["direction"] == "outbound" or row["due_at"] <= seen[ways.get(row["answers_transmission_id"])]]
    for row in rows:
        cause = late_cause(row)
        if not try_move(connection, AcknowledgmentState.OVERDUE, row["id"], cause=cause.value, warn_at=None):
            continue
        data = {"kind": row["kind"], "controlNumber": row["control_number"]}
        note(connection, now, of_acknowledgment(row, "acknowledgment.overdue", CAUSES[cause].cause, cause=cause, data=data))
        context.metrics.held(cause)
    return len(rows)


def begin_clock(connection: Connection, transmission_id: str, now: datetime) -> None:
    """A transmission left later than it was written: the partner has its whole time for the answers, from now on."""
    expected = (_ack.c.answers_transmission_id == transmission_id, _IS_THEIRS, _ack.c.state == AcknowledgmentState.EXPECTED.value)
    for row in _rows(connection, select(_ack).where(*expected, _ack.c.due_at.is_not(None), _ack.c.answers_document_id.is_(None))):
        waited = now - row["created_at"]
        warned = row["warn_at"] + waited if row["warn_at"] is not None else None
        connection.execute(update(_ack).where(_ack.c.id == row["id"]).values(due_at=row["due_at"] + waited, warn_at=warned))


def _ways(connection: Connection, rows: Iterable[dict[str, Any]]) -> dict[str, str | None]:
    """By which transport what is to be answered left: the answer comes the same way, but for what we post to a partner's API."""
    ids = sorted({row["answers_transmission_id"] for row in rows if row["answers_transmission_id"]})
    found = _rows(connection, select(_transmission.c.id, _transmission.c.transport).where(_transmission.c.id.in_(ids))) if ids else []
    return {row["id"]: None if row["transport"] == "http" else row["transport"] for row in found}


def warn(context: Context, connection: Connection, now: datetime) -> int:
    """What is owed and near its time. Gives how many; those of the syntax level are told together, one event a partner and kind."""
    statement = select(_ack).where(_ack.c.state == AcknowledgmentState.EXPECTED.value, _ack.c.warn_at <= now, _ack.c.due_at >= now)
    rows = _rows(connection, statement.order_by(_ack.c.due_at).limit(_AT_ONCE))
    for row in rows:
        following = next_warning(percents_of(context, row), row["created_at"], row["due_at"], now)
        connection.execute(update(_ack).where(_ack.c.id == row["id"]).values(warn_at=following))
    waiting = Counter((row["partner_id"], row["kind"]) for row in rows if row["answers_document_id"] is None)
    told: set[tuple[str | None, str]] = set()
    for row in rows:
        key = (row["partner_id"], row["kind"])
        if row["answers_document_id"] is None:
            if key in told:
                continue
            told.add(key)
            words = f"{counted(waiting[key], row['kind'])} of the partner due soon."
        else:
            words = f"{'Our' if row['direction'] == 'outbound' else 'The partner’s'} {row['kind']} is due soon."
        passed = round(100 * ((now - row["created_at"]) / (row["due_at"] - row["created_at"])))
        data = {"kind": row["kind"], "controlNumber": row["control_number"], "percent": passed}
        note(connection, now, of_acknowledgment(row, "acknowledgment.due-soon", words, data=data))
    return len(rows)


def not_left(connection: Connection, now: datetime) -> list[Trouble]:
    """Acknowledgments of ours that should be with the partner by now and are not: one alarm a partner."""
    late: dict[str, list[dict[str, Any]]] = {}
    for row in owed.unsent(connection, _STUCK, partner=None, limit=_MOST_STUCK):
        if row["due_at"] is not None and row["due_at"] < now:
            late.setdefault(str(row["partner_id"]), []).append(row)
    return [_not_left(partner, rows) for partner, rows in late.items()]


def _not_left(partner: str, rows: list[dict[str, Any]]) -> Trouble:
    detail = f"not there since {rows[0]['due_at']:%Y-%m-%d %H:%M} UTC"  # steady, so that a review lasts
    return Trouble(
        NOT_LEFT,
        Cause.ACKNOWLEDGMENT_NOT_LEFT,
        partner,
        f"acknowledgments for {partner}",
        detail,
        correlation_id=rows[0]["correlation_id"],
        partner_id=partner,
        data={"acknowledgments": dict(sorted(Counter(row["kind"] for row in rows).items()))},
    )


def percents_of(context: Context, row: dict[str, Any]) -> Iterable[int]:
    """At which shares of its time to warn, as its agreement says now."""
    partner = context.workspace.partners.get(row["partner_id"] or "")
    agreement = next((one for one in partner.agreements if one.id == row["agreement_id"]), None) if partner else None
    if agreement is None:
        return ()
    if row["answers_document_id"] is None:
        return agreement.ack.warn_at
    return agreement.sla.warn_at if agreement.sla is not None else ()


def _rows(connection: Connection, statement: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]
