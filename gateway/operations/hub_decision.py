"""The hub accepts or rejects what a partner sent; the partner is told as it was agreed, once."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from canonical.base import Document
from gateway.errors import Cause, Refusal
from gateway.pipeline.compensation import compensate
from gateway.pipeline.context import Context
from gateway.pipeline.hub_answer import HubSaid, answer_for
from gateway.pipeline.submitted import store_submitted
from gateway.states import DocumentState, Thing
from gateway.store import hub_decisions, keys, lookup
from gateway.store.events import EventNote, note, of_document
from gateway.store.schema.base import utc_text

__all__ = ["decide_document", "decision_view"]

_DECIDABLE: Final = frozenset({DocumentState.MAPPED, DocumentState.DELIVERED})


async def decide_document(
    context: Context, document_id: str, said: HubSaid, *, accepts: bool, client: str, key: str | None = None
) -> dict[str, Any]:
    """Keep the decision, and send the answer that is agreed. `repeated` says that it was decided so before.

    Raises Refusal: no such document, not one that can be decided on, decided otherwise before, or a key used for something else.
    """
    words = said.model_dump(mode="json", by_alias=True, exclude_none=True)
    digest = hashlib.sha256(json.dumps([document_id, accepts, words], sort_keys=True).encode()).hexdigest()
    context.on_step("decision.store")

    def look(connection: Connection) -> tuple[lookup.Found, dict[str, Any] | None]:
        return _document(connection, document_id), hub_decisions.find(connection, document_id)

    row, before = await context.store.read(look)
    made = await asyncio.to_thread(_made, context, row, before, said, accepts=accepts)

    def work(connection: Connection) -> dict[str, Any]:
        now = context.now()
        row = _document(connection, document_id)
        known = keys.find(connection, client, key) if key else None
        if known is not None and known.body_sha256 != digest:
            raise Refusal(Cause.IDEMPOTENCY_KEY_REUSED)
        found = hub_decisions.find(connection, document_id)
        repeated = found is not None and found["said_sha256"] == digest
        if not repeated:
            if known is not None or _round(found) != _round(before):  # somebody else decided in between
                raise Refusal(Cause.CONFLICT, "another decision has taken its place")
            decision = _Decision(said, words, digest, client, made, accepts=accepts)
            _decide(context, connection, row, found, decision, now)
        if key and known is None:
            keys.remember(connection, client, key, digest, document_id, now)
        decided = hub_decisions.find(connection, document_id)
        assert decided is not None
        return {"documentId": document_id, **decision_view(connection, decided), "repeated": repeated}

    answer = await context.store.write(work)
    context.signals.work.set()
    return answer


def decision_view(connection: Connection, decided: dict[str, Any]) -> dict[str, Any]:
    """A decision as people and programs see it, with how its answer stands."""
    answer = lookup.by_id(connection, decided["answer_document_id"]) if decided["answer_document_id"] else None
    return {
        "decision": decided["decision"],
        "decidedAt": utc_text(decided["decided_at"]),
        "by": decided["client"],
        "said": decided["said"] or {},
        "answer": decided["answer_type"] or "none",
        "told": "The answer below tells the partner." if answer else "No answer is agreed with this partner: it is recorded here only.",
        **({"answerDocumentId": answer["id"], "answerState": answer["state"]} if answer else {}),
    }


@dataclass(frozen=True, slots=True)
class _Decision:
    """What the hub decided, and the answer that was made of it."""

    said: HubSaid
    words: dict[str, Any]
    digest: str
    client: str
    made: Document | None
    accepts: bool = field(kw_only=True)

    @property
    def name(self) -> str:
        return "accepted" if self.accepts else "rejected"


def _document(connection: Connection, document_id: str) -> lookup.Found:
    row = lookup.by_id(connection, document_id) if lookup.thing_of_id(document_id) is Thing.DOCUMENT else None
    if row is None:
        raise Refusal(Cause.NOT_FOUND, "no document has this id")
    return row


def _round(decided: dict[str, Any] | None) -> int:
    return 0 if decided is None else int(decided["round"])


def _made(context: Context, row: lookup.Found, before: dict[str, Any] | None, said: HubSaid, *, accepts: bool) -> Document | None:
    """The answer, outside of the store's one writing transaction: an order may have a thousand lines."""
    if row["direction"] != "inbound" or row["state"] not in _DECIDABLE:
        return None
    number = row["id"][-20:] if before is None else f"{row['id'][-18:]}-{before['round'] + 1}"
    return answer_for(context, row, said, accepts=accepts, number=number, is_again=before is not None, now=context.now())


def _decide(
    context: Context, connection: Connection, row: lookup.Found, before: dict[str, Any] | None, decision: _Decision, now: datetime
) -> None:
    if row["direction"] != "inbound":
        raise Refusal(Cause.CONFLICT, "it is for the partner, who decides on it")
    if row["state"] not in _DECIDABLE:
        raise Refusal(Cause.CONFLICT, f"it is {row['state']}: the hub did not get it")
    if before is not None and context.settings.decisions.contrary == "refuse":
        since = utc_text(before["decided_at"])
        raise Refusal(Cause.CONFLICT, f"it was {before['decision']} at {since}, in other words or otherwise; that stands")
    sent = _sent(connection, row) if before is None else None
    kind = sent["document_type"] if sent else decision.made.document_type if decision.made else None
    note(connection, now, _event(row, decision, kind))
    if not decision.accepts and (before is None or before["decision"] != decision.name):
        compensate(context, connection, row, now)
    answer_id = sent["id"] if sent else _send(context, connection, row, decision, now)
    values = {
        "document_id": row["id"],
        "decision": decision.name,
        "said": decision.words or None,
        "said_sha256": decision.digest,
        "client": decision.client,
        "round": _round(before) + 1,
        "answer_type": kind,
        "answer_document_id": answer_id,
        "decided_at": now,
    }
    (hub_decisions.keep if before is None else hub_decisions.replace)(connection, values)


def _event(row: lookup.Found, decision: _Decision, kind: str | None) -> EventNote:
    told = f"the partner is told by {kind}" if kind else "no answer is agreed, so the partner is not told"
    words = f"The hub {decision.name} it; {told}."
    return of_document(row, f"document.hub-{decision.name}", words, data={**decision.words, "answer": kind}, actor=decision.client)


def _sent(connection: Connection, row: lookup.Found) -> lookup.Found | None:
    """The answer that the hub sent already by itself: an order is not answered twice."""
    if row["document_type"] != "Order":
        return None
    answers = {"correlation_id": row["correlation_id"], "direction": "outbound", "document_type": "OrderAcknowledgment"}
    sent = [one for one in lookup.where(connection, Thing.DOCUMENT, **answers) if one["state"] != DocumentState.REJECTED]
    return sent[-1] if sent else None


def _send(context: Context, connection: Connection, row: lookup.Found, decision: _Decision, now: datetime) -> str | None:
    """The answer on its way; gives its id."""
    if decision.made is None:
        return None
    partner, usage = row["partner_id"], row["usage"]
    return store_submitted(context, connection, decision.made, partner=partner, client=decision.client, now=now, usage=usage, answers=row)
