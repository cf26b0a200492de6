"""One thing with all that belongs to it, its bytes, and the story of a number from the first byte to the last answer."""

import asyncio
import json
from typing import Any, Final

from sqlalchemy import Connection

from canonical.registry import parse
from gateway.errors import Cause, Refusal
from gateway.operations.views import acknowledgment_status, cause_words, delivery_status, row_view, validation_status
from gateway.pipeline.active import check_files
from gateway.pipeline.context import Active, Context
from gateway.pipeline.origin import decode_again, origin_view
from gateway.states import Thing
from gateway.store import events, lookup, revisions
from gateway.store.schema.base import utc_text

__all__ = ["payload", "show", "timeline"]

_MOST_EVENTS: Final = 5000
_PLURAL: Final = {
    Thing.TRANSMISSION: "transmissions",
    Thing.TRANSACTION_SET: "transactionSets",
    Thing.DOCUMENT: "documents",
    Thing.DELIVERY: "deliveries",
    Thing.ACKNOWLEDGMENT: "acknowledgments",
}


async def show(context: Context, id_: str) -> dict[str, Any]:
    """A transmission, set, document, delivery or acknowledgment, with everything around it. Raises Refusal when there is none."""

    def find(connection: Connection) -> tuple[lookup.Found, dict[Thing, list[lookup.Found]]]:
        row = _require(connection, id_)
        return row, lookup.related(connection, *_neighbours(connection, row))

    row, related = await context.store.read(find)
    thing = lookup.thing_of_id(id_)
    assert thing is not None
    view = row_view(thing, row)
    if thing is Thing.DOCUMENT:
        view["document"] = json.loads(row["body"])
        view |= await _origin(context, row)
        view["validation"] = validation_status(row, ())
    view["delivery"] = delivery_status(related[Thing.DELIVERY])
    view["acknowledgment"] = acknowledgment_status(related[Thing.ACKNOWLEDGMENT])
    view["related"] = {_PLURAL[kind]: [row_view(kind, r) for r in rows if r["id"] != id_] for kind, rows in related.items()}
    return view


async def payload(context: Context, id_: str) -> tuple[bytes, str]:
    """The bytes of a transmission, or of what a delivery sent, and their content type. Raises Refusal."""

    def find(connection: Connection) -> tuple[bytes, str]:
        row = _require(connection, id_)
        digest = row.get("payload_sha256") or row.get("prepared_sha256")
        if digest is None and row.get("transmission_id"):
            row = _require(connection, row["transmission_id"])
            digest = row["payload_sha256"]
        if digest is None:
            raise Refusal(Cause.NOT_FOUND, "it has no payload")
        return context.store.payloads.load(connection, digest), row.get("content_type") or "application/octet-stream"

    return await context.store.read(find)


async def timeline(context: Context, key: str) -> dict[str, Any]:
    """What happened to a number or an id, in order: the order, what answered it, each delivery and acknowledgment. Raises Refusal."""

    def find(connection: Connection) -> list[dict[str, Any]]:
        if lookup.thing_of_id(key) is not None:
            row = _require(connection, key)
            rows = lookup.where(connection, Thing.DOCUMENT, correlation_id=row["correlation_id"])
            start = [row["id"]] if key.startswith("trn_") else [row["transmission_id"]] if row.get("transmission_id") else []
            correlations = {row["correlation_id"]}
        else:
            numbered = lookup.documents(
                connection, number=key, partner=None, document_type=None, state=None, correlation=None, before=None, limit=1000
            )
            correlations = {row["correlation_id"] for row in numbered} or {key}
            rows = lookup.where(connection, Thing.DOCUMENT, correlation_id=correlations)
            start = []
        transmissions = {*start, *(row["transmission_id"] for row in rows if row["transmission_id"])}
        answers = lookup.where(connection, Thing.ACKNOWLEDGMENT, answers_transmission_id=transmissions) if transmissions else []
        transmissions |= {row["transmission_id"] for row in answers if row["transmission_id"]}
        return events.timeline(connection, correlations, transmissions, _MOST_EVENTS)

    found = await context.store.read(find)
    if not found:
        raise Refusal(Cause.NOT_FOUND, "nothing happened under this number or id")
    return {"key": key, "events": [_event(event) for event in found]}


async def _origin(context: Context, row: lookup.Found) -> dict[str, Any]:
    """Lineage and residue of what a partner sent, with the revision that was in force when it was read."""
    if row["direction"] != "inbound" or not row["transaction_set_id"]:
        return {}

    def find(connection: Connection) -> tuple[dict[str, bytes], bytes, int]:
        set_row, transmission = _require(connection, row["transaction_set_id"]), _require(connection, row["transmission_id"])
        files = revisions.files_of(connection, row["revision"]) if row["revision"] != context.active.number else {}
        return files, context.store.payloads.load(connection, transmission["payload_sha256"]), set_row["set_index"]

    files, data, set_index = await context.store.read(find)

    def make() -> dict[str, Any]:
        active = context.active
        if files:
            checked = check_files(files)
            if checked.workspace is None or checked.maps is None:
                return {}
            active = Active(row["revision"], checked.workspace, checked.maps)
        partner = active.workspace.partners.get(row["partner_id"])
        agreement = next((a for a in partner.agreements if a.id == row["agreement_id"]), None) if partner else None
        if partner is None or agreement is None:
            return {}
        return origin_view(decode_again(active, data, set_index, agreement, partner, parse(json.loads(row["body"]))))

    return await asyncio.to_thread(make)


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


def _require(connection: Connection, id_: str) -> lookup.Found:
    row = lookup.by_id(connection, id_)
    if row is None:
        raise Refusal(Cause.NOT_FOUND, "nothing has this id")
    return row


def _neighbours(connection: Connection, row: lookup.Found) -> tuple[set[str], set[str]]:
    """The transmissions and documents that a thing is about."""
    id_: str = row["id"]
    transmissions = {value for name in ("transmission_id", "answers_transmission_id") if (value := row.get(name))}
    documents = {value for value in (row.get("document_id"),) if value}
    if id_.startswith("trn_"):
        transmissions = {id_}
        documents = {d["id"] for d in lookup.where(connection, Thing.DOCUMENT, transmission_id=id_)}
    elif id_.startswith("doc_"):
        documents = {id_}
        # A batch carries other documents too: an inbound document shows its own deliveries, not its neighbours'.
        transmissions = {row["transmission_id"]} if row["transmission_id"] and row["direction"] == "outbound" else set()
    elif id_.startswith("set_"):
        documents = {d["id"] for d in lookup.where(connection, Thing.DOCUMENT, transaction_set_id=id_)}
        transmissions = set()
    return transmissions, documents
