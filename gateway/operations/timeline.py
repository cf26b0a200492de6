"""The story of a number or an id: everything that happened to it, in order, in the words of people, and how it stands now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.statuses import statuses
from gateway.operations.subjects import Subjects
from gateway.operations.views import cause_words
from gateway.pipeline.context import Context
from gateway.pipeline.findings import sentence_of
from gateway.states import LIVES, Thing
from gateway.store import events, lookup
from gateway.store.bare_sets import bare_sets
from gateway.store.schema.base import utc_text

__all__ = ["timeline"]

_MOST_EVENTS: Final = 5000
_MOST_ROWS: Final = 1000
_MOST_SENTENCES: Final = 20


@dataclass
class _Story:
    """What the story is about: its documents and sets, and the transmissions that carried them and their answers."""

    documents: list[lookup.Found]
    sets: list[lookup.Found]  #: those without a document
    correlations: set[str] = field(default_factory=set)
    transmissions: set[str] = field(default_factory=set)

    @property
    def own_sets(self) -> set[str]:
        """The ids of its sets, with and without a document."""
        return {row["id"] for row in self.sets} | {row["transaction_set_id"] for row in self.documents if row["transaction_set_id"]}


async def timeline(context: Context, key: str) -> dict[str, Any]:
    """What happened to a number or an id: the order, what answered it, each delivery and acknowledgment. Raises Refusal.

    What came in the same file and belongs to other numbers is marked `sibling`; `isOpen` says that a person still has to act.
    """

    def find(connection: Connection) -> dict[str, Any]:
        story = _by_id(connection, key) if lookup.thing_of_id(key) is not None else _by_number(connection, key)
        answers = lookup.where(connection, Thing.ACKNOWLEDGMENT, _MOST_ROWS, answers_transmission_id=story.transmissions)
        story.transmissions |= {row["transmission_id"] for row in answers if row["transmission_id"]}
        found = events.timeline(connection, story.correlations, story.transmissions, _MOST_EVENTS)
        if not found:
            raise Refusal(Cause.NOT_FOUND, "nothing happened under this number or id")
        return {
            "key": key,
            "events": _told(connection, story, found),
            "documents": statuses(connection, story.documents, story.sets),
        }

    return await context.store.read(find)


def _by_number(connection: Connection, number: str) -> _Story:
    named = lookup.documents(
        connection, number=number, partner=None, document_type=None, state=None, correlation=None, before=None, limit=_MOST_ROWS
    )
    correlations = {row["correlation_id"] for row in named} or {number}
    documents = lookup.where(connection, Thing.DOCUMENT, _MOST_ROWS, correlation_id=correlations)
    return _with_transmissions(_Story(documents, bare_sets(connection, number=number, partner=None, limit=_MOST_ROWS), correlations))


def _by_id(connection: Connection, id_: str) -> _Story:
    row = lookup.by_id(connection, id_)
    if row is None:
        raise Refusal(Cause.NOT_FOUND, "nothing has this id")
    transmission = row["id"] if id_.startswith("trn_") else row.get("transmission_id")
    documents = lookup.where(connection, Thing.DOCUMENT, _MOST_ROWS, correlation_id=row["correlation_id"])
    sets = [row] if id_.startswith("set_") else []
    if id_.startswith("trn_"):  # of a whole file everything is its own
        documents += [d for d in lookup.where(connection, Thing.DOCUMENT, _MOST_ROWS, transmission_id=id_) if d not in documents]
        sets = lookup.where(connection, Thing.TRANSACTION_SET, _MOST_ROWS, transmission_id=id_)
    documented = {document["transaction_set_id"] for document in documents}
    story = _Story(documents, [one for one in sets if one["id"] not in documented], {row["correlation_id"]})
    story.transmissions |= {transmission} if transmission else set()
    return _with_transmissions(story)


def _with_transmissions(story: _Story) -> _Story:
    story.transmissions |= {row["transmission_id"] for row in (*story.documents, *story.sets) if row["transmission_id"]}
    return story


def _told(connection: Connection, story: _Story, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {event["thing_id"] for event in found}
    subjects = Subjects(connection, ids)
    rows = _rows(connection, ids)
    last_of = {event["thing_id"]: event["seq"] for event in found if event["cause"] is not None}
    told = []
    for event in found:
        row = rows.get(event["thing_id"])
        is_last = last_of.get(event["thing_id"]) == event["seq"]
        waits = row is not None and row["state"] in LIVES[Thing(event["thing"])].needs_a_person
        sentences = _sentences(event, row if is_last else None)
        view: dict[str, Any] = {
            **_event(event),
            **subjects.fields(event["thing_id"]),
            **({"sentences": sentences} if sentences else {}),
            **({"sibling": True} if _is_sibling(event, story) else {}),
            **({"isOpen": True} if is_last and waits else {}),
        }
        told.append(view)
    return told


def _rows(connection: Connection, ids: Collection[str]) -> dict[str, lookup.Found]:
    by_thing: dict[Thing, list[str]] = {}
    for id_ in ids:
        thing = lookup.thing_of_id(id_)
        if thing is not None:
            by_thing.setdefault(thing, []).append(id_)
    return {row["id"]: row for thing, some in by_thing.items() for row in lookup.where(connection, thing, _MOST_EVENTS, id=some)}


def _is_sibling(event: dict[str, Any], story: _Story) -> bool:
    """Whether it is about a set, document or delivery that only came, or left, in the same file."""
    if event["correlation_id"] in story.correlations and event["correlation_id"] not in story.transmissions:
        return False
    documents = {row["id"] for row in story.documents}
    match event["thing"]:
        case Thing.TRANSACTION_SET:
            return event["thing_id"] not in story.own_sets
        case Thing.DOCUMENT:
            return event["thing_id"] not in documents
        case Thing.TRANSMISSION:
            return event["thing_id"] not in story.transmissions
        case Thing.ACKNOWLEDGMENT:
            return event["correlation_id"] not in story.correlations | story.transmissions
        case _:
            return event["document_id"] is not None and event["document_id"] not in documents


def _sentences(event: dict[str, Any], row: lookup.Found | None) -> list[str]:
    """Why, in words: as the event kept it, else as its thing has it now."""
    data = event["data"] or {}
    if data.get("sentences"):
        return [str(sentence) for sentence in data["sentences"]][:_MOST_SENTENCES]
    rejected = event["action"] in {"transaction-set.rejected", "transaction_set.rejected"}
    if row is not None and row.get("findings") and (event["cause"] is not None or rejected):
        errors = [finding for finding in row["findings"] if finding.get("severity") == "error"]
        if errors:
            return [sentence_of(finding) for finding in errors][:_MOST_SENTENCES]
    return [str(data["detail"])] if data.get("detail") else []


def _event(event: dict[str, Any]) -> dict[str, Any]:
    view = {
        "at": utc_text(event["at"]),
        "action": event["action"],
        "thing": event["thing"],
        "id": event["thing_id"],
        "message": event["message"],
        "correlationId": event["correlation_id"],
        "partnerId": event["partner_id"],
        "transmissionId": event["transmission_id"],
        "documentId": event["document_id"],
        "actor": event["actor"],
        "data": event["data"],
    }
    return {name: value for name, value in view.items() if value is not None} | cause_words(event["cause"])
