"""Rows as people and programs see them: camelCase, moments as texts, the three derived statuses, the words of states and causes."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from gateway.errors import CAUSES, Cause
from gateway.runbook import section_of
from gateway.states import LIVES, AcknowledgmentState, DeliveryState, Thing
from gateway.store.schema.base import utc_text

__all__ = [
    "Fields",
    "acknowledgment_status",
    "business_status",
    "camel",
    "cause_words",
    "delivery_status",
    "row_view",
    "state_words",
    "validation_status",
    "whose_turn",
]

Fields = Mapping[str, Any]

#: a document that was not refused itself: how it stands where something else of its group was
_APART: Final = {"ACKNOWLEDGED": AcknowledgmentState.ACCEPTED, "SENT": AcknowledgmentState.EXPECTED}
_HIDDEN: Final = frozenset({"body", "lineage", "residue", "prepared_headers", "receipt_headers"})


def camel(name: str) -> str:
    """`payload_sha256` as `payloadSha256`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def row_view(thing: Thing, row: Fields) -> dict[str, Any]:
    """A row without what is empty, with the sentence of its state and the words of its cause."""
    view: dict[str, Any] = {"thing": thing.value}
    for name, value in row.items():
        if value is None or value == "" or name in _HIDDEN:
            continue
        view[camel(name)] = utc_text(value) if isinstance(value, datetime) else value
    view["stateMeaning"] = state_words(thing, row["state"])
    return view | cause_words(row.get("cause")) | whose_turn(row)


def state_words(thing: Thing, state: str) -> str:
    """The sentence of a stored state."""
    return next((sentence for known, sentence in LIVES[thing].sentences.items() if known == state), "")


def cause_words(cause: str | None) -> dict[str, Any]:
    """What a person is told of a cause: title, why, what next, whose turn it is."""
    if cause is None:
        return {}
    words = CAUSES[Cause(cause)]
    said = {"cause": cause, "title": words.title, "why": words.cause, "nextAction": words.next_action, "owner": words.owner}
    return said | {"runbook": section_of(cause)}


def whose_turn(row: Fields) -> dict[str, str]:
    """Who acts on a failed check: not every one is mended at the same place, and of what came in the hub wrote nothing."""
    if row.get("cause") != Cause.CHECK_FAILED:
        return {}
    owners = (finding.get("owner") for finding in row.get("findings") or [] if finding.get("severity") == "error")
    owner = next((one for one in owners if one), None)
    if owner in {None, "hub"} and row.get("direction") == "inbound":
        owner = "partner"
    return {"owner": owner} if owner else {}


def validation_status(document: Fields, findings: Sequence[Any]) -> str:
    """The first of the three statuses, of a document or a set without one: accepted, accepted with findings, duplicate, rejected …"""
    match document["state"]:
        case "HELD" | "DUPLICATE" | "WAITING" | "SUPERSEDED" as state:
            return str(state).lower()
        case "REJECTED" if document["direction"] == "inbound":
            return "rejected"
        case "REJECTED" if document["cause"] not in {None, Cause.REJECTED_BY_PARTNER.value}:  # that of its being held
            return "put aside"
        case "SUBMITTED":
            return "pending"
        case "BATCHED":
            return "accepted, waits for its batch"
        case _:
            return "accepted with findings" if findings or document["findings"] else "accepted"


def delivery_status(deliveries: Sequence[Fields]) -> str:
    """The second: none, waiting, retrying, delivered, held or cancelled; the worst of all deliveries."""
    states = {row["state"] for row in deliveries}
    needs = {DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.MIC_MISMATCH, DeliveryState.MDN_UNVERIFIED, DeliveryState.OVERDUE}
    if not states:
        return "none"
    if states & needs:
        return "held"
    if DeliveryState.QUEUED in states:
        return "retrying" if any(row["attempts"] for row in deliveries if row["state"] == DeliveryState.QUEUED) else "waiting"
    if DeliveryState.AWAITING_MDN in states:
        return "awaiting receipt"
    return "cancelled" if states == {DeliveryState.CANCELLED} else "delivered"


def acknowledgment_status(acknowledgments: Sequence[Fields], row: Fields) -> str:
    """The third: none, sent (ours), waiting, overdue, accepted or rejected; the worst of all on the levels of syntax and envelope."""
    states = {one["state"] for one in acknowledgments if one.get("answers_document_id") is None}
    if row["state"] in _APART and AcknowledgmentState.REJECTED in states:  # its group was refused in part, and not this part
        states = states - {AcknowledgmentState.REJECTED} | {_APART[row["state"]]}
    for state, word in (
        (AcknowledgmentState.REJECTED, "rejected"),
        (AcknowledgmentState.OVERDUE, "overdue"),
        (AcknowledgmentState.EXPECTED, "waiting"),
        (AcknowledgmentState.ACCEPTED, "accepted"),
        (AcknowledgmentState.WRITTEN, "sent"),
    ):
        if state in states:
            return word
    return "none"


def business_status(acknowledgments: Sequence[Fields]) -> str:
    """What stands beside it: how the document is answered by another, such as an 855 or 824; none where nobody waits for that."""
    states = {row["state"] for row in acknowledgments if row.get("answers_document_id") is not None}
    for state, word in (
        (AcknowledgmentState.REJECTED, "rejected"),
        (AcknowledgmentState.OVERDUE, "overdue"),
        (AcknowledgmentState.EXPECTED, "waiting"),
        (AcknowledgmentState.ACCEPTED, "accepted"),
        (AcknowledgmentState.ANSWERED, "answered"),
    ):
        if state in states:
            return word
    return "none"


def body_of(document: Fields) -> Any:
    """The canonical document that a row holds."""
    return json.loads(document["body"])
