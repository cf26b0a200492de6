"""How documents stand, in one line each: with their three statuses; and sets of which there is no document likewise."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from gateway.operations.subjects import Subjects
from gateway.operations.views import acknowledgment_status, business_status, delivery_status, row_view, validation_status
from gateway.states import Thing
from gateway.store import hub_decisions, lookup

__all__ = ["statuses"]

_BULKY = ("map", "findings")


def statuses(connection: Connection, documents: list[lookup.Found], sets: list[lookup.Found]) -> list[dict[str, Any]]:
    """Rows as `search` and `timeline` give them, the documents first."""
    transmissions = {row["transmission_id"] for row in (*documents, *sets) if row["transmission_id"]}
    related = lookup.related(connection, transmissions, [row["id"] for row in documents])
    subjects = Subjects(connection, [row["id"] for row in (*documents, *sets)])
    decided = hub_decisions.of(connection, [row["id"] for row in documents if row["direction"] == "inbound"])
    return [_view(Thing.DOCUMENT, row, related, subjects) | _decision(decided.get(row["id"])) for row in documents] + [
        _view(Thing.TRANSACTION_SET, row, related, subjects) for row in sets
    ]


def _view(thing: Thing, row: lookup.Found, related: dict[Thing, list[lookup.Found]], subjects: Subjects) -> dict[str, Any]:
    view = {name: value for name, value in row_view(thing, row).items() if name not in _BULKY}
    if thing is Thing.TRANSACTION_SET and subjects.number(row["id"]):
        view["businessKey"] = subjects.number(row["id"])
    answers = _answering(related[Thing.ACKNOWLEDGMENT], row)
    return view | {
        "about": subjects.about(row["id"]),
        "validation": validation_status(row, ()),
        "delivery": delivery_status([d for d in related[Thing.DELIVERY] if _carries(d, row)]),
        "acknowledgment": acknowledgment_status(answers, row),
        "business": business_status(answers),
    }


def _decision(decided: dict[str, Any] | None) -> dict[str, str]:
    return {} if decided is None else {"hubDecision": decided["decision"]}


def _answering(acknowledgments: Iterable[lookup.Found], row: lookup.Found) -> list[lookup.Found]:
    mine = (None, row["id"])  # what answers a neighbour in the same file is none of it
    return [
        a
        for a in acknowledgments
        if row["transmission_id"] and a["answers_transmission_id"] == row["transmission_id"] and a["answers_document_id"] in mine
    ]


def _carries(delivery: lookup.Found, row: lookup.Found) -> bool:
    """Inbound documents have deliveries of their own, sets without a document none; outbound ones travel in their transmission."""
    if row["direction"] == "inbound":
        return bool(delivery["document_id"] == row["id"])
    return row["transmission_id"] is not None and delivery["transmission_id"] == row["transmission_id"]
