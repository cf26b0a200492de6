"""A partner's 824 or APERAK: which documents of ours it speaks of, and what it makes of each on the business level."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from canonical.application_advice import AdviceError, AdviceResult, ApplicationAdvice
from edi.acks import AckStatus
from gateway.errors import Cause
from gateway.pipeline.context import Context
from gateway.pipeline.owed import Answered, answer
from gateway.states import AcknowledgmentState, Thing
from gateway.store import keys, lookup
from gateway.store.events import EventNote, note
from gateway.store.moves import start
from gateway.store.schema import Acknowledgment
from gateway.store.statement import add

__all__ = ["advice_sentences", "apply_advice"]

#: what kind of number -> which document of ours has it
_DOCUMENTS: Final[Mapping[str, str]] = {
    "purchaseOrder": "Order",
    "orderChange": "OrderChange",
    "orderAcknowledgment": "OrderAcknowledgment",
    "shipNotice": "ShipNotice",
    "invoice": "Invoice",
    "remittance": "RemittanceAdvice",
    "receipt": "Receipt",
    "return": "ReturnAuthorization",
    "load": "LoadTender",
}
_STATUS: Final[Mapping[str, AckStatus]] = {
    "accept": AckStatus.ACCEPTED,
    "itemAccept": AckStatus.ACCEPTED,
    "acceptWithErrors": AckStatus.ACCEPTED_WITH_ERRORS,
    "acceptWithChanges": AckStatus.ACCEPTED_WITH_ERRORS,
    "itemAcceptWithErrors": AckStatus.ACCEPTED_WITH_ERRORS,
    "itemAcceptWithChanges": AckStatus.ACCEPTED_WITH_ERRORS,
    "partiallyAccept": AckStatus.PARTIALLY_ACCEPTED,
    "itemReject": AckStatus.PARTIALLY_ACCEPTED,
}
_MEANINGS: Final[Mapping[str, str]] = {
    "duplicate": "it was sent before",
    "missing": "something is missing",
    "outOfRange": "a value is out of range",
    "invalidDate": "a date is not valid",
    "totalOutOfBalance": "the totals do not add up",
    "noMatch": "it matches nothing that the partner has",
    "invalidCombination": "values do not go together",
    "incorrect": "a value is incorrect",
}


def apply_advice(
    context: Context, connection: Connection, advice: ApplicationAdvice, row: lookup.Found, set_id: str, now: datetime
) -> None:
    """Settle the business level of each document that an advice (with its row) names; what names nothing of ours goes to its own list."""
    came = Answered(row["id"], set_id, row["correlation_id"], "inbound", row["transmission_id"])
    own, results = context.workspace.own.org, (advice, *advice.further)
    verdicts: dict[str, tuple[lookup.Found, list[int]]] = {}
    last: str | None = None
    for index, result in enumerate(results):
        document = _named(connection, own, result, row)
        if document is not None:
            last = document["id"]
            verdicts.setdefault(last, (document, []))
        if last is not None:  # an item speaks of the document that was named before it
            verdicts[last][1].append(index)
        elif not result.disposition.startswith("item"):
            _unmatched(context, connection, result, row, set_id, now)
    for document, indexes in verdicts.values():
        statuses = [_STATUS.get(results[index].disposition, AckStatus.REJECTED) for index in indexes]
        status = max(statuses, key=list(AckStatus).index)
        report = {"documentId": row["id"], "results": indexes}
        answer(context, connection, document, came, now, accepted=status.is_accepted, status=status.value, report=report)


def advice_sentences(advice: ApplicationAdvice, indexes: list[int]) -> list[str]:
    """What it says in these of its results, for people: it holds what the partner wrote, so it is shown and neither stored nor logged."""
    results = (advice, *advice.further)
    return [sentence for index in indexes if index < len(results) for sentence in _sentences(results[index])]


def _sentences(result: AdviceResult) -> Iterator[str]:
    for error in result.errors:
        yield f"The partner says of {_place(result, error)}: {_what(error)}."


def _what(error: AdviceError) -> str:
    words = [_MEANINGS.get(error.code, f"code {error.code}")]
    words += [said for said in (error.text, error.detail) if said]
    location = error.location
    if location is not None and location.bad_value is not None:
        words.append(f"value {location.bad_value}")
    if location is not None and location.new_value is not None:
        words.append(f"taken instead: {location.new_value}")
    return ", ".join(words)


def _place(result: AdviceResult, error: AdviceError) -> str:
    """The segment where it is named, else what it is about."""
    context, location = error.business_context or result.business_context, error.location
    parts = []
    if location is not None and location.segment:
        element = f"{location.element:02}" if location.element else ""
        parts.append(f"{location.segment}{element}{f' at segment {location.position}' if location.position else ''}")
    named = context.model_dump(exclude_none=True) if context is not None else {}
    nouns = {"purchase_order_number": "order", "line_number": "line", "item_id": "item", "sscc": "pack"}
    parts += [f"{noun} {named[name]}" for name, noun in nouns.items() if name in named]
    return ", ".join(parts) or f"{result.acknowledges.type} {result.acknowledges.business_number}"


def _named(connection: Connection, own: str, result: AdviceResult, row: lookup.Found) -> lookup.Found | None:
    """The document of ours that a result names; the newest, where a number was used again."""
    kind = _DOCUMENTS.get(result.acknowledges.type)
    if kind is None:
        return None
    for known in keys.business(connection, own, kind, result.acknowledges.business_number, row["usage"], partner=row["partner_id"]):
        document = lookup.by_id(connection, known.document_id)
        if document is not None and document["direction"] == "outbound":
            return document
    return None


def _unmatched(context: Context, connection: Connection, result: AdviceResult, row: lookup.Found, set_id: str, now: datetime) -> None:
    ack_id = context.new_id("ack")
    values: dict[str, Any] = {
        "id": ack_id,
        "direction": "inbound",
        "kind": set_id,
        "state": start(AcknowledgmentState.UNMATCHED),
        "partner_id": row["partner_id"],
        "transmission_id": row["transmission_id"],
        "control_number": result.acknowledges.business_number,
        "report": {"documentId": row["id"], "results": [0]},
        "correlation_id": row["correlation_id"],
        "cause": Cause.ACKNOWLEDGMENT_UNMATCHED.value,
        "created_at": now,
    }
    add(connection, Acknowledgment.table(), values)
    unmatched = EventNote(
        action="acknowledgment.unmatched",
        thing=Thing.ACKNOWLEDGMENT,
        thing_id=ack_id,
        correlation_id=row["correlation_id"],
        message=f"This {set_id} is about nothing we sent.",
        partner_id=row["partner_id"],
        transmission_id=row["transmission_id"],
        cause=Cause.ACKNOWLEDGMENT_UNMATCHED,
    )
    note(connection, now, unmatched)
