"""The list of what is owed: by partners and by us, on every level, with its clock and the sentences of what was refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import CAUSES, Cause
from gateway.operations.alarms import owner_of
from gateway.operations.decisions import decisions
from gateway.operations.subjects import Subjects
from gateway.operations.told import told_by
from gateway.operations.views import cause_words, state_words
from gateway.pipeline.clocks import level_of, warnings_of
from gateway.pipeline.context import Context
from gateway.pipeline.expected import EXPECTED, last_of
from gateway.pipeline.lateness import percents_of
from gateway.states import AcknowledgmentState, DeliveryState, Thing
from gateway.store import alarms
from gateway.store import owed as store
from gateway.store.schema.base import utc_text
from partners.model import Direction

__all__ = ["STATUSES", "acks"]

STATUSES: Final = ("waiting", "due-soon", "overdue", "rejected", "unmatched")
_ANSWERS: Final = {
    "waiting": (AcknowledgmentState.EXPECTED,),
    "due-soon": (AcknowledgmentState.EXPECTED,),
    "overdue": (AcknowledgmentState.OVERDUE,),
    "rejected": (AcknowledgmentState.REJECTED,),
    "unmatched": (AcknowledgmentState.UNMATCHED,),
}
_RECEIPTS: Final = {
    "waiting": (DeliveryState.AWAITING_MDN,),
    "overdue": (DeliveryState.OVERDUE,),
    "rejected": (DeliveryState.REFUSED, DeliveryState.MIC_MISMATCH, DeliveryState.MDN_UNVERIFIED),
}
_STUCK: Final = (DeliveryState.QUEUED, DeliveryState.HELD)
_MOST_TOLD: Final = 50  #: refusals whose sentences are read from the bytes


async def acks(
    context: Context,
    *,
    side: str | None = None,
    status: str | None = None,
    level: str | None = None,
    partner: str | None = None,
    limit: int = 200,
) -> dict[str, Any]:
    """What is owed by partners (`theirs`) and by us (`ours`): overdue first, then by when it is due. All filters may be absent."""
    now, most = context.now(), min(limit, context.settings.limits.page)

    def find(connection: Connection) -> dict[str, Any]:
        found = [
            *_answers(context, connection, now, status, side, partner, most),
            *_receipts(context, connection, now, status, side, partner, most),
            *_ours(context, connection, now, status, side, partner, most),
            *_expected(context, connection, now, status, side, partner),
        ]
        if level is not None:
            found = [one for one in found if one["level"] == level]
        found.sort(key=lambda one: (_ORDER[one["status"]], one.get("dueAt") or one["since"]))
        listed = found[:most]
        subjects = Subjects(connection, [one["id"] for one in listed])
        told = 0
        for one in listed:
            one |= {name: value for name, value in subjects.fields(one["id"]).items() if name not in one}
            row = one.pop("_row")
            if one["status"] == "rejected" and row is not None and told < _MOST_TOLD and isinstance(row.get("report"), dict):
                one["sentences"] = told_by(context, connection, row)
                told += 1
        return {"at": utc_text(now), "acknowledgments": listed}

    return await context.store.read(find)


_ORDER: Final = {status: order for order, status in enumerate(("overdue", "rejected", "unmatched", "due-soon", "waiting"))}


def _answers(
    context: Context, connection: Connection, now: datetime, status: str | None, side: str | None, partner: str | None, limit: int
) -> Iterator[dict[str, Any]]:
    """Those with a row that says what is owed."""
    states = {state.value for name, some in _ANSWERS.items() if status in (None, name) for state in some}
    direction = {"ours": "outbound", "theirs": "inbound"}.get(side or "")
    for row in store.open_answers(connection, states, partner=partner, direction=direction, limit=limit):
        known = _status(context, row, now)
        if status in (None, known):
            yield _view(context, row, known, now, "ours" if row["direction"] == "outbound" else "theirs")


def _status(context: Context, row: store.Found, now: datetime) -> str:
    if row["state"] != AcknowledgmentState.EXPECTED:
        return str(row["state"]).lower()
    if row["due_at"] is not None and now >= row["due_at"]:  # a partner is late when the look of each minute says so: it knows what left
        return "overdue" if row["direction"] == "outbound" else "due-soon"
    warnings = warnings_of(percents_of(context, row), row["created_at"], row["due_at"]) if row["due_at"] is not None else []
    return "due-soon" if warnings and now >= warnings[0] else "waiting"


def _receipts(
    context: Context, connection: Connection, now: datetime, status: str | None, side: str | None, partner: str | None, limit: int
) -> Iterator[dict[str, Any]]:
    """MDNs of partners, which stand in the delivery that they are about."""
    states = {state: name for name, some in _RECEIPTS.items() if status in (None, name) for state in some}
    if side == "ours" or not states:
        return
    for row in store.deliveries(connection, states, ("partner",), partner=partner, limit=limit):
        due = (row["sent_at"] or row["created_at"]) + timedelta(seconds=context.settings.timing.mdn_overdue)
        as_answer = {"kind": "MDN", "control_number": row["reference"], "due_at": due, "answers_document_id": None, "report": None}
        yield _view(context, row | as_answer, states[DeliveryState(row["state"])], now, "theirs", Thing.DELIVERY)


def _ours(
    context: Context, connection: Connection, now: datetime, status: str | None, side: str | None, partner: str | None, limit: int
) -> Iterator[dict[str, Any]]:
    """Acknowledgments and MDNs of ours that are written and have not reached the partner."""
    if side == "theirs" or status not in (None, "waiting", "due-soon", "overdue"):
        return
    rows = [row | {"state": AcknowledgmentState.EXPECTED.value} for row in store.unsent(connection, _STUCK, partner=partner, limit=limit)]
    for row in rows:
        known = _status(context, row, now)
        if status in (None, known):
            stuck = {"state": "WRITTEN", "cause": Cause.ACKNOWLEDGMENT_NOT_LEFT.value if known == "overdue" else None, "detail": row["why"]}
            yield _view(context, row | stuck, known, now, "ours") | {"deliveryId": row["delivery_id"]}
    for row in store.deliveries(connection, (DeliveryState.QUEUED, DeliveryState.HELD), ("mdn",), partner=partner, limit=limit):
        known = "overdue" if row["state"] == DeliveryState.HELD else "waiting"
        as_answer = {"kind": "MDN", "control_number": row["reference"], "due_at": None, "answers_document_id": None, "report": None}
        if status in (None, known):
            yield _view(context, row | as_answer, known, now, "ours", Thing.DELIVERY)


def _expected(
    context: Context, connection: Connection, now: datetime, status: str | None, side: str | None, partner_id: str | None
) -> Iterator[dict[str, Any]]:
    """Documents that come by themselves: the next one, and the one that is missing."""
    missing = {(row["partner_id"], row["agreement_id"]): row for row in alarms.open_in(connection, EXPECTED)}
    for agreement in context.workspace.agreements:
        whose = "ours" if agreement.direction is Direction.OUTBOUND else "theirs"
        if agreement.expect is None or partner_id not in (None, agreement.partner_id) or side not in (None, whose):
            continue
        alarm = missing.get((agreement.partner_id, agreement.id))
        zone = context.workspace.partners[agreement.partner_id].tzinfo
        begins, due = agreement.expect.last_due(now, zone)
        known = "overdue" if alarm is not None and alarm["reviewed_at"] is None else "waiting"
        if status not in (None, known):
            continue
        last = last_of(connection, agreement)
        cause = cause_words(Cause.DOCUMENT_MISSING.value) if known == "overdue" else {}
        owner = "hub" if whose == "ours" else "partner"
        yield {
            "id": alarm["id"] if alarm is not None else f"{agreement.partner_id}/{agreement.id}",
            "side": whose,
            "level": "document",
            "kind": agreement.set_id,
            "status": known,
            "partnerId": agreement.partner_id,
            "about": f"{agreement.set_id} {'to' if whose == 'ours' else 'of'} {agreement.partner_id}",
            "dueAt": utc_text(due if known == "overdue" else agreement.expect.next_due(now, zone)),
            "since": utc_text(last or begins),
            **({"detail": alarm["detail"]} if alarm is not None else {}),
            **cause,
            **({"owner": owner, **owner_of(context, owner, agreement.partner_id, agreement.id)} if cause else {}),
            "decisions": [{"operation": "review", "id": alarm["id"]}] if alarm is not None and known == "overdue" else [],
            "_row": None,
        }


def _view(context: Context, row: store.Found, status: str, now: datetime, side: str, thing: Thing = Thing.ACKNOWLEDGMENT) -> dict[str, Any]:
    cause = row["cause"] if status in ("overdue", "rejected", "unmatched") else None
    role = CAUSES[Cause(cause)].owner if cause else None
    began = row.get("sent_at") or row["created_at"]
    view = {
        "id": row["id"],
        "side": side,
        "level": level_of(row["kind"]),
        "kind": row["kind"],
        "status": status,
        "state": row["state"],
        "stateMeaning": state_words(thing, row["state"]),
        "partnerId": row["partner_id"],
        "controlNumber": row["control_number"] or None,
        "documentId": row.get("answers_document_id"),
        "transmissionId": row.get("answers_transmission_id") or row.get("transmission_id"),
        "correlationId": row["correlation_id"],
        "since": utc_text(began),
        "ageSeconds": round((now - began).total_seconds()),
        "dueAt": utc_text(row["due_at"]) if row["due_at"] else None,
        "detail": row["detail"],
        **cause_words(cause),
        **owner_of(context, role, row["partner_id"], row.get("agreement_id")),
        "decisions": decisions(thing, row),
        "_row": row,
    }
    return {name: value for name, value in view.items() if value is not None or name == "_row"}
