"""How one document or transmission was answered, level by level, in sentences: MDN, TA1, 997 or 999 or CONTRL, 855 and 824."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from edi.acks import quotes, read_acks
from gateway.errors import Cause, Refusal
from gateway.operations.subjects import Subjects
from gateway.operations.told import interchanges_of, told_by
from gateway.operations.views import cause_words, state_words
from gateway.pipeline.clocks import level_of
from gateway.pipeline.context import Context
from gateway.states import DeliveryState, Thing
from gateway.store import lookup
from gateway.store.schema.base import utc_text

__all__ = ["ack_show"]

_LEVELS: Final = ("transport", "interchange", "syntax", "business")
_STATUS: Final[Mapping[str, str]] = {
    "A": "accepted",
    "E": "accepted, with errors",
    "P": "accepted in part",
    "R": "rejected",
}
_UNSENT: Final = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.CANCELLED)


async def ack_show(context: Context, id_: str) -> dict[str, Any]:
    """Of an acknowledgment, a delivery, a document, a set or a transmission: everything that answers the same. Raises Refusal."""

    def find(connection: Connection) -> dict[str, Any]:
        row = lookup.by_id(connection, id_)
        if row is None:
            raise Refusal(Cause.NOT_FOUND, "nothing has this id")
        transmission_id, document_id = _subject(connection, row)
        rows = _rows(connection, row, transmission_id, document_id)
        deliveries = lookup.where(connection, Thing.DELIVERY, transmission_id=transmission_id, kind="partner") if transmission_id else []
        levels = [_receipt(one) for one in deliveries if one["mic"] or one["receipt_sha256"]]
        levels += [_answer(context, connection, one) for one in rows]
        levels.sort(key=lambda one: _LEVELS.index(one["level"]))
        subject = document_id or transmission_id or id_
        names = Subjects(connection, [subject])
        sent = next((one["sent_at"] for one in deliveries if one["sent_at"]), None)
        view = {"id": subject, **names.fields(subject), "partnerId": row["partner_id"], "direction": row.get("direction")}
        if sent is not None:
            view["sentAt"] = utc_text(sent)
        elif any(one["state"] in _UNSENT for one in deliveries):
            view["notSent"] = deliveries[-1]["state"]
        return view | {"levels": levels}

    return await context.store.read(find)


def _subject(connection: Connection, row: lookup.Found) -> tuple[str | None, str | None]:
    """What is answered: a transmission, and the document of it that is meant, where one is."""
    id_ = str(row["id"])
    if id_.startswith("ack_"):
        return row["answers_transmission_id"] or row["transmission_id"], row["answers_document_id"]
    if id_.startswith("trn_"):
        return id_, None
    if id_.startswith("set_"):
        documents = lookup.where(connection, Thing.DOCUMENT, transaction_set_id=id_)
        return row["transmission_id"], documents[-1]["id"] if documents else None
    if id_.startswith("doc_"):
        return row["transmission_id"], id_
    return row["transmission_id"], row["document_id"]


def _rows(connection: Connection, row: lookup.Found, transmission_id: str | None, document_id: str | None) -> list[lookup.Found]:
    found = lookup.where(connection, Thing.ACKNOWLEDGMENT, answers_transmission_id=transmission_id) if transmission_id else []
    found = [one for one in found if document_id is None or one["answers_document_id"] in (None, document_id)]
    if str(row["id"]).startswith("ack_") and all(one["id"] != row["id"] for one in found):
        found.append(row)  # it matches nothing that we sent
    return found


def _answer(context: Context, connection: Connection, row: lookup.Found) -> dict[str, Any]:
    """One answer: ours with what we said, theirs with what it says beside our own segments."""
    is_ours = row["direction"] == "outbound"
    told: list[dict[str, Any]] = []
    status = row["status"]
    if isinstance(row["report"], Mapping):
        told = told_by(context, connection, row)
    elif is_ours and row["transmission_id"]:
        status, told = _said(context, connection, row)
    sets = row["report"].get("sets", []) if isinstance(row["report"], Mapping) else []
    view = {
        "id": row["id"],
        "level": level_of(row["kind"]),
        "kind": row["kind"],
        "side": "ours" if is_ours else "theirs",
        "state": row["state"],
        "stateMeaning": state_words(Thing.ACKNOWLEDGMENT, row["state"]),
        "verdict": _STATUS.get(status or "", None),
        "controlNumber": row["control_number"] or None,
        "sets": [{"set": one["set"], "controlNumber": one["controlNumber"], "verdict": _STATUS[one["status"]]} for one in sets],
        "sentences": told,
        "dueAt": utc_text(row["due_at"]) if row["due_at"] else None,
        "answeredAt": utc_text(row["finished_at"]) if row["finished_at"] and row["reviewed_at"] is None else None,
        "reviewedBy": row["reviewed_by"],
        "reviewedAt": utc_text(row["reviewed_at"]) if row["reviewed_at"] else None,
        "comment": row["comment"],
        **cause_words(row["cause"]),
    }
    return {name: value for name, value in view.items() if value not in (None, [])}


def _said(context: Context, connection: Connection, row: lookup.Found) -> tuple[str | None, list[dict[str, Any]]]:
    """What our own acknowledgment says of what the partner sent, beside the partner's segments."""
    received = interchanges_of(context, connection, row["answers_transmission_id"])
    reports = [one for interchange in interchanges_of(context, connection, row["transmission_id"]) for one in read_acks(interchange)]
    told = []
    for report in reports:
        for quote in quotes(report, received):
            words = quote.words.replace("The partner says", "We said", 1)
            lead = quote.lead.replace("We sent", "It sent", 1)
            told.append({"sentence": words, **({"lead": lead, "text": quote.segment} if quote.segment else {})})
    status = max((report.status.value for report in reports), key="AEPR".index, default=None)
    return status, told


def _receipt(delivery: lookup.Found) -> dict[str, Any]:
    """The MDN of one delivery, or that none is there yet."""
    view = {
        "id": delivery["id"],
        "level": "transport",
        "kind": "MDN",
        "side": "theirs",
        "state": delivery["state"],
        "stateMeaning": state_words(Thing.DELIVERY, delivery["state"]),
        "controlNumber": delivery["reference"],
        "disposition": delivery["answer"] or None,
        "mic": delivery["mic"] or None,
        "receiptSha256": delivery["receipt_sha256"],
        "answeredAt": utc_text(delivery["finished_at"]) if delivery["finished_at"] and delivery["receipt_sha256"] else None,
        "sentences": [{"sentence": delivery["detail"]}] if delivery["detail"] else [],
        **cause_words(delivery["cause"]),
    }
    return {name: value for name, value in view.items() if value not in (None, [])}
