"""Taking a document over from the hub: checked, stored, queued; the same key gives the same answer for ever."""

import asyncio
import hashlib
import json
from typing import Any

from sqlalchemy import Connection

from canonical.base import Document, DocumentError
from canonical.registry import parse
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.submitted import store_submitted
from gateway.plural import counted
from gateway.store import keys

__all__ = ["submit"]


async def submit(
    context: Context,
    document_type: str,
    body: Any,
    idempotency_key: str,
    *,
    partner: str | None = None,
    client: str = "hub",
) -> dict[str, Any]:
    """Take a document over; what comes back is durable. `partner` says for whom, where the order that it answers does not.

    Raises Refusal: a fault of its form with every path, a key that was used for something else, or the store.
    """
    if not idempotency_key:
        raise Refusal(Cause.IDEMPOTENCY_KEY_MISSING)
    document = await asyncio.to_thread(_parse, document_type, body)
    if partner is not None and partner not in context.workspace.partners:
        raise Refusal(Cause.NOT_FOUND, "no partner has this id")
    digest = hashlib.sha256(json.dumps([document_type, partner, body], sort_keys=True).encode()).hexdigest()
    now = context.now()
    context.on_step("submit.store")

    def work(connection: Connection) -> dict[str, Any]:
        known = keys.find(connection, client, idempotency_key)
        if known is not None:
            if known.body_sha256 != digest:
                raise Refusal(Cause.IDEMPOTENCY_KEY_REUSED)
            return {**_answer(connection, known.document_id), "repeated": True}
        document_id = store_submitted(context, connection, document, partner=partner, client=client, now=now)
        keys.remember(connection, client, idempotency_key, digest, document_id, now)
        return {**_answer(connection, document_id), "repeated": False}

    answer = await context.store.write(work)
    context.on_step("submit.stored")
    context.signals.work.set()
    return answer


def _parse(document_type: str, body: Any) -> Document:
    try:
        return parse(body, document_type)
    except DocumentError as error:
        faults = [fault.model_dump(mode="json", by_alias=True, exclude_none=True) for fault in error.faults]
        raise Refusal(Cause.DOCUMENT_INVALID, counted(len(faults), "fault"), faults=faults) from None


def _answer(connection: Connection, document_id: str) -> dict[str, Any]:
    row = keys.document_summary(connection, document_id)
    return {
        "documentId": row.id,
        "documentType": row.document_type,
        "state": row.state,
        "correlationId": row.correlation_id,
        "partnerId": row.partner_id,
        **({"cause": row.cause} if row.cause else {}),
    }
