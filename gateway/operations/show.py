"""One thing with all that belongs to it, and its bytes."""

import asyncio
import json
from typing import Any, Final

from sqlalchemy import Connection

from canonical.registry import parse
from gateway.errors import Cause, Refusal
from gateway.operations.alarms import owner_of
from gateway.operations.decisions import decisions
from gateway.operations.findings import findings_of
from gateway.operations.hub_decision import decision_view
from gateway.operations.subjects import Subjects
from gateway.operations.told import told_of
from gateway.operations.views import acknowledgment_status, business_status, delivery_status, row_view, validation_status
from gateway.payload import StoredPayload
from gateway.pipeline.active import Active, check_files
from gateway.pipeline.context import Context
from gateway.pipeline.origin import crossed, decode_again, origin_view
from gateway.states import Thing
from gateway.store import hub_decisions, lookup, revisions
from gateway.store.payloads import PayloadGoneError

__all__ = ["payload", "show"]

_PLURAL: Final = {
    Thing.TRANSMISSION: "transmissions",
    Thing.TRANSACTION_SET: "transactionSets",
    Thing.DOCUMENT: "documents",
    Thing.DELIVERY: "deliveries",
    Thing.ACKNOWLEDGMENT: "acknowledgments",
}
Related = dict[Thing, list[lookup.Found]]


async def show(context: Context, id_: str, *, with_origin: bool = True) -> dict[str, Any]:
    """A transmission, set, document, delivery or acknowledgment, with everything around it. Raises Refusal when there is none.

    Where a document came from (its lineage) is read anew from the partner's bytes: who asks often asks without.
    """

    def find(connection: Connection) -> tuple[lookup.Found, dict[str, Any]]:
        row = _require(connection, id_)
        return row, _view(context, connection, row)

    row, view = await context.store.read(find)
    if with_origin and row["id"].startswith("doc_"):
        view |= await _origin(context, row)
    return view


def _view(context: Context, connection: Connection, row: lookup.Found) -> dict[str, Any]:
    id_: str = row["id"]
    thing = lookup.thing_of_id(id_)
    assert thing is not None
    related = _related(connection, row)
    subjects = Subjects(connection, [id_, *(other["id"] for rows in related.values() for other in rows)])
    view = row_view(thing, row) | subjects.fields(id_)
    view |= owner_of(context, view.get("owner"), row.get("partner_id"), row.get("agreement_id"))
    findings = findings_of(context, connection, row)
    told = told_of(context, connection, row)
    if findings or told:
        view["findings"] = [*findings, *told]
    if thing is Thing.DOCUMENT:
        view["document"] = json.loads(row["body"])
        decided = hub_decisions.find(connection, id_)
        view |= {"hubDecision": decision_view(connection, decided)} if decided else {}
    if thing in {Thing.DOCUMENT, Thing.TRANSACTION_SET}:
        view["validation"] = validation_status(row, findings)
    view["delivery"] = delivery_status(related[Thing.DELIVERY])
    view["acknowledgment"] = acknowledgment_status(related[Thing.ACKNOWLEDGMENT], row)
    view["business"] = business_status(related[Thing.ACKNOWLEDGMENT])
    view["decisions"] = decisions(thing, row)
    view["related"] = {
        _PLURAL[kind]: [row_view(kind, other) | subjects.fields(other["id"]) for other in rows if other["id"] != id_]
        for kind, rows in related.items()
    }
    return view


async def payload(context: Context, id_: str) -> tuple[StoredPayload, str]:
    """The bytes of a transmission, or of what a delivery sent, and their content type. Raises Refusal."""

    def find(connection: Connection) -> tuple[StoredPayload, str]:
        row = _require(connection, id_)
        digest = row.get("payload_sha256") or row.get("prepared_sha256")
        if digest is None and row.get("transmission_id"):
            row = _require(connection, row["transmission_id"])
            digest = row["payload_sha256"]
        if digest is None:
            raise Refusal(Cause.NOT_FOUND, "it has no payload" if row.get("wire_sha256") is None else "the message was never opened")
        return context.store.payloads.find(connection, digest), row.get("content_type") or "application/octet-stream"

    return await context.store.read(find)


async def _origin(context: Context, row: lookup.Found) -> dict[str, Any]:
    """Lineage and residue of what a partner sent, with the revision that was in force when it was read."""
    if row["direction"] != "inbound" or not row["transaction_set_id"]:
        return {}

    def find(connection: Connection) -> tuple[dict[str, bytes], bytes, int]:
        set_row, transmission = _require(connection, row["transaction_set_id"]), _require(connection, row["transmission_id"])
        files = revisions.files_of(connection, row["revision"]) if row["revision"] != context.active.number else {}
        return files, context.store.payloads.load(connection, transmission["payload_sha256"]), set_row["set_index"]

    try:
        files, data, set_index = await context.store.read(find)
    except PayloadGoneError:
        return {}

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
        document = parse(json.loads(row["body"]))
        view = origin_view(decode_again(active, data, set_index, agreement, partner, document))
        return view | {"lineage": [*view["lineage"], *crossed(document)]} if view else {}

    return await asyncio.to_thread(make)


def _require(connection: Connection, id_: str) -> lookup.Found:
    row = lookup.by_id(connection, id_)
    if row is None:
        raise Refusal(Cause.NOT_FOUND, "nothing has this id")
    return row


def _related(connection: Connection, row: lookup.Found) -> Related:
    """What belongs to a thing. A batch carries others too: a set or an inbound document shows its own, not its neighbours'."""
    id_: str = row["id"]
    transmissions = {value for name in ("transmission_id", "answers_transmission_id") if (value := row.get(name))}
    documents = {value for value in (row.get("document_id"),) if value}
    if id_.startswith("trn_"):
        transmissions = {id_}
        documents = {d["id"] for d in lookup.where(connection, Thing.DOCUMENT, transmission_id=id_)}
    elif id_.startswith("doc_"):
        documents = {id_}
    elif id_.startswith("set_"):
        documents = {d["id"] for d in lookup.where(connection, Thing.DOCUMENT, transaction_set_id=id_)}
    related = lookup.related(connection, transmissions, documents)
    if id_.startswith("doc_"):
        mine = (None, id_)
        related[Thing.ACKNOWLEDGMENT] = [a for a in related[Thing.ACKNOWLEDGMENT] if a["answers_document_id"] in mine]
    if not id_.startswith(("set_", "doc_")) or row["direction"] == "outbound":
        return related
    own_set = {id_, row.get("transaction_set_id")}
    answers = [a for a in related[Thing.ACKNOWLEDGMENT] if a["answers_transmission_id"] == row["transmission_id"]]
    return {
        Thing.TRANSMISSION: related[Thing.TRANSMISSION],
        Thing.TRANSACTION_SET: [s for s in related[Thing.TRANSACTION_SET] if s["id"] in own_set],
        Thing.DOCUMENT: [d for d in related[Thing.DOCUMENT] if d["id"] in documents],
        Thing.DELIVERY: [d for d in related[Thing.DELIVERY] if d["document_id"] in documents],
        Thing.ACKNOWLEDGMENT: answers,
    }
