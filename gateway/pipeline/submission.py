"""A document of the hub on its way into the store, however it came: checked, stored, queued; the same key is the same submission."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from canonical.base import Document, DocumentError
from canonical.registry import parse
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.submitted import store_submitted
from gateway.pipeline.turns import Turn
from gateway.plural import counted
from gateway.store import keys

__all__ = ["Submission", "take_submission"]

Also = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Submission:
    """What the hub asks to be sent to a partner."""

    document_type: str
    body: Any  #: the value of the JSON text
    key: str  #: under which a repetition is known
    partner: str | None = None  #: for whom, where no order says it
    client: str = "hub"  #: whose key it is
    usage: str | None = None  #: "test" or "live"; the environment's own where nothing is said


async def take_submission(
    context: Context, submission: Submission, *, turn: Turn | None = None, also: Also | None = None
) -> dict[str, Any]:
    """Take a document over; what comes back is durable. `turn` keeps the order of those that are checked side by side.

    `also` joins the transaction. Raises Refusal: a fault of its form with every path, nobody that it could be for, a key used for
    something else, live traffic at a test gateway, or the store.
    """
    document = await asyncio.to_thread(_parse, submission)
    partner, body = submission.partner, submission.body
    if partner is not None and partner not in context.workspace.partners:
        raise Refusal(Cause.NOT_FOUND, "no partner has this id")
    usage = _usage(submission, context.workspace.own.environment)
    asked = [submission.document_type, partner, body, *([usage] if usage != context.workspace.own.environment else [])]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    now = context.now()
    if turn is not None:
        await turn.come()
    context.on_step("submit.store")

    def work(connection: Connection) -> dict[str, Any]:
        known = keys.find(connection, submission.client, submission.key)
        if known is not None and known.body_sha256 != digest:
            raise Refusal(Cause.IDEMPOTENCY_KEY_REUSED)
        if known is None:
            document_id = store_submitted(context, connection, document, partner=partner, client=submission.client, now=now, usage=usage)
            keys.remember(connection, submission.client, submission.key, digest, document_id, now)
        else:
            document_id = known.document_id
        if also is not None:
            also(connection)
        return {**_answer(connection, document_id), "repeated": known is not None}

    stored = context.store.submit(work)
    if turn is not None:
        turn.over()
    answer = await stored
    context.on_step("submit.stored")
    context.signals.work.set()
    return answer


def _usage(submission: Submission, environment: str) -> str:
    """A live gateway sends test traffic too, marked as such; one for tests sends nothing that a partner would take for real."""
    usage = submission.usage or environment
    if usage not in {environment, "test"}:
        raise Refusal(Cause.USAGE_NOT_ACCEPTED, f"this gateway is the {environment} one")
    return usage


def _parse(submission: Submission) -> Document:
    try:
        return parse(submission.body, submission.document_type)
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
