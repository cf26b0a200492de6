"""A document that the hub submits: whom it is for, what it belongs to, and the row and job that carry it on."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from canonical.base import Document
from canonical.envelope import Verb, event_type, partition_key
from gateway.errors import CAUSES, Cause
from gateway.pipeline.addressee import addressee, expect_addressee
from gateway.pipeline.context import Context
from gateway.pipeline.correlation import correlation_of, orders_named, partner_for
from gateway.pipeline.urgency import priority_of
from gateway.plural import with_article
from gateway.states import DocumentState, Thing
from gateway.store import keys
from gateway.store.events import EventNote, note, trace_of
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import start
from gateway.store.schema import Document as DocumentRow
from gateway.store.statement import add
from gateway.trace import KEY, begun_here, current

__all__ = ["store_submitted"]


def store_submitted(
    context: Context,
    connection: Connection,
    document: Document,
    *,
    partner: str | None,
    client: str,
    now: datetime,
    usage: str | None = None,
    answers: Mapping[str, Any] | None = None,
) -> str:
    """Store a document of the hub with its job; one whose partner nobody can tell is held. Gives the document's id.

    `usage` is the environment's own unless said; `answers` is the row of the document that it was made for. Raises Refusal for one
    that names no order which may come yet.
    """
    own = context.workspace.own
    usage = usage or own.environment
    document_id = context.new_id("doc")
    if partner is None and (partner := addressee(context.workspace, connection, document, usage)) is None:
        expect_addressee(document)
    known = answers["correlation_id"] if answers is not None else correlation_of(connection, own.org, document, usage, partner)
    correlation = known or document_id
    state = DocumentState.SUBMITTED if partner is not None else DocumentState.HELD
    cause = None if partner is not None else Cause.RECEIVER_UNKNOWN
    add(
        connection,
        DocumentRow.table(),
        {
            "id": document_id,
            "direction": "outbound",
            "state": start(state),
            "document_type": document.document_type,
            "partner_id": partner,
            "usage": usage,
            "business_key": document.business_number,
            "correlation_id": correlation,
            "causation_id": answers["event_id"] if answers is not None else None,
            "event_id": document_id,
            "event_type": event_type(own.org, document.document_type, Verb.REQUESTED),
            "partition_key": partition_key(partner or "", document.ordering_number),
            "body": json.dumps(document.to_json(), ensure_ascii=False, separators=(",", ":")),
            "cause": cause,
            "detail": None if cause is None else _why(context, connection, document, usage),
            "created_at": now,
        },
    )
    numbers = {"purchaseOrder": set(document.purchase_orders), "document": {document.business_number}}
    keys.refer(connection, {document_id: numbers})
    submitted = EventNote(
        action="document.submitted",
        thing=Thing.DOCUMENT,
        thing_id=document_id,
        correlation_id=correlation,
        message=f"The hub submitted {with_article(document.document_type)}; it is stored.",
        partner_id=partner,
        document_id=document_id,
        actor=client,
    )
    note(connection, now, submitted)
    if cause is not None:
        held = EventNote(
            action="document.held",
            thing=Thing.DOCUMENT,
            thing_id=document_id,
            correlation_id=correlation,
            message=CAUSES[cause].cause,
            document_id=document_id,
            cause=cause,
        )
        note(connection, now, held)
        return document_id
    is_named = current() and not begun_here()
    begun = "" if is_named else trace_of(connection, correlation)  # the hub says none: it goes on with the order's
    lane = f"outbound:{partition_key(partner or '', document.ordering_number)}"
    enqueue(
        connection,
        now,
        NewJob("outbound", document_id, now, priority_of(document.document_type), lane, params={KEY: begun} if begun else None),
    )
    return document_id


def _why(context: Context, connection: Connection, document: Document, usage: str) -> str:
    """Why nobody is meant; an order of the other usage is the likely reason."""
    other = {"live": "test", "test": "live"}[usage]
    orders = orders_named(connection, context.workspace.own.org, document.purchase_orders, other)
    if partner_for(context.workspace, document.document_type, orders) is not None:
        return f"its order is {other} traffic, and it was submitted as {usage}"
    return "no order, or orders of several partners, have its purchase order number"
