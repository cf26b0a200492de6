"""What a document is beside those that came before it: an echo of our own, older than what is known, or too early for its order."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from canonical.base import Document
from canonical.order_change import OrderChange
from canonical.progress import progress_of
from canonical.registry import parse
from gateway.errors import Cause
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from gateway.pipeline.map_set import content_digest
from gateway.pipeline.origin import decode_again
from gateway.pipeline.outbox import queue_to_hub, sinks_for
from gateway.pipeline.outcome import Hold
from gateway.pipeline.reading import ReadDocument
from gateway.states import DocumentState
from gateway.store import jobs, lookup, newest
from gateway.store.events import note, of_document
from gateway.store.jobs import NewJob, enqueue
from gateway.store.keys import Business
from gateway.store.moves import move, try_move
from gateway.store.schema import Document as DocumentRow
from gateway.store.schema import DocumentReference
from gateway.store.statement import Statement
from partners.model import Agreement, Direction
from partners.options import ArrivalSettings

__all__ = ["ORDER_DUE", "Arrival", "arrived", "echo_of", "hub_takes", "let_go", "newer_event", "order_missing"]

ORDER_DUE = "order-due"
_LARGEST = 1024 * 1024  #: bytes of ours that are read again to see whether something is their echo
_MANY = 1000
_document, _reference = DocumentRow.table(), DocumentReference.table()
_THERE = frozenset({DocumentState.MAPPED, DocumentState.DELIVERED})
#: every order asks: the changes that stand still under one of its numbers
_changes = Statement(
    select(_document).where(
        _document.c.id.in_(
            select(_reference.c.document_id).where(or_(_reference.c.value == bindparam("number"), _reference.c.value == bindparam("bare")))
        ),
        _document.c.document_type == "OrderChange",
        _document.c.partner_id == bindparam("partner"),
        _document.c.usage == bindparam("used"),
        or_(_document.c.state == DocumentState.WAITING.value, _document.c.state == DocumentState.HELD.value),
    )
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a document that is in order goes on."""

    state: DocumentState
    hold: Hold | None = None
    newer_id: str | None = None  #: event of the newer state that was there before
    words: str = ""


def arrived(context: Context, connection: Connection, document: Document, agreement: Agreement | None, row: lookup.Found) -> Arrival:
    """Of a document that could be delivered now, by its row as far as it is known: where it stands in the order of things."""
    settings = agreement.arrival if agreement is not None else ArrivalSettings()
    if settings.order_wait is not None and _has_no_order(context, connection, document, row):
        enqueue(connection, context.now(), NewJob(ORDER_DUE, row["id"], context.now() + settings.order_wait))
        return Arrival(DocumentState.WAITING, words="It changes an order that is not here: it waits for the order, and goes on behind it.")
    newer = _advance(connection, document, row)
    if newer is None:
        return Arrival(DocumentState.MAPPED)
    match settings.stale:
        case "hold":
            return Arrival(DocumentState.HELD, Hold(Cause.OUT_OF_ORDER, f"event {newer} has a newer state"), newer)
        case "drop":
            return Arrival(DocumentState.SUPERSEDED, None, newer, "A newer state of the same thing came before it: it is not delivered.")
        case _:
            return Arrival(DocumentState.MAPPED, None, newer, "A newer state of the same thing came before it: it is delivered as stale.")


def hub_takes(context: Context, connection: Connection, row: lookup.Found, now: datetime) -> None:
    """A document (its row) goes to the hub; behind an order goes what waited for it."""
    queue_to_hub(context, connection, row, sinks_for(context, row["partner_id"], row["agreement_id"], row["usage"]), now)
    if row["document_type"] != "Order":
        return
    for waiting, _ in sorted(_waiting_for(connection, row), key=lambda one: one[1]):
        _go_on(context, connection, waiting, row, now)


def let_go(context: Context, connection: Connection, row: lookup.Found, now: datetime) -> None:
    """As `hub_takes`, of what was held: what came meanwhile may be newer."""
    newer = row["newer_id"] or _advance(connection, parse(json.loads(row["body"]), row["document_type"]), row)
    if newer != row["newer_id"]:
        connection.execute(update(_document).where(_document.c.id == row["id"]).values(newer_id=newer))
    hub_takes(context, connection, row, now)


def echo_of(
    connection: Connection, context: Context, active: Active, agreement: Agreement | None, read: ReadDocument, ours: Iterable[Business]
) -> lookup.Found | None:
    """The document of ours that came back (R24): same kind and number, and the very same content when it is read as theirs."""
    partner = active.workspace.partners.get(agreement.partner_id) if agreement is not None else None
    if partner is None or agreement is None:
        return None
    for one in ours:
        row = lookup.by_id(connection, one.document_id)
        set_row = lookup.by_id(connection, row["transaction_set_id"]) if row is not None and row["transaction_set_id"] else None
        sent = lookup.by_id(connection, row["transmission_id"]) if row is not None and row["transmission_id"] else None
        if set_row is None or sent is None or sent["payload_sha256"] is None:
            continue
        payload = context.store.payloads.find(connection, sent["payload_sha256"])
        if payload.size > _LARGEST:
            continue
        decoded = decode_again(active, payload.read(), set_row["set_index"], agreement, partner, read.document)
        if decoded is not None and decoded.document is not None and content_digest(decoded.document.to_json()) == read.content_sha256:
            return row
    return None


def newer_event(connection: Connection, row: lookup.Found) -> str | None:
    """The event of a newer state than that of a document that was there first and is sent again now."""
    progress = progress_of(parse(json.loads(row["body"]), row["document_type"]))
    return newest.newer_than(connection, _whose(row), progress) if progress is not None else None


def _whose(row: lookup.Found) -> newest.Whose:
    return row["partner_id"], row["usage"], row["document_type"]


def _advance(connection: Connection, document: Document, row: lookup.Found) -> str | None:
    progress = progress_of(document)
    return newest.advance(connection, _whose(row), progress, row["id"], row["event_id"]) if progress is not None else None


def _has_no_order(context: Context, connection: Connection, document: Document, row: lookup.Found) -> bool:
    """Whether it changes an order that the hub did not get from here. Where no orders are agreed, they come another way."""
    partner = context.workspace.partners.get(row["partner_id"])
    if not isinstance(document, OrderChange) or partner is None:
        return False
    if not any(one.document == "Order" and one.direction is Direction.INBOUND for one in partner.agreements):
        return False
    number = document.purchase_order_number
    found = lookup.documents(
        connection,
        number=number,
        partner=row["partner_id"],
        document_type="Order",
        state=None,
        correlation=None,
        before=None,
        limit=_MANY,
    )
    return not any(
        one["direction"] == "inbound"
        and one["usage"] == row["usage"]
        and one["business_key"] == document.order_key
        and one["state"] in _THERE
        for one in found
    )


def _waiting_for(connection: Connection, order: lookup.Found) -> list[tuple[lookup.Found, tuple[str, str]]]:
    """Changes of an order that came before it, also those that a person was shown meanwhile, with their place among each other."""
    key = order["business_key"]  # with its release under a blanket, which changes do not name as a number of their own
    found = _changes.rows(connection, number=key, bare=key.rpartition("/")[0], partner=order["partner_id"], used=order["usage"])
    waiting = []
    for one in found:
        if one["state"] == DocumentState.WAITING or one["cause"] == Cause.ORDER_MISSING:
            change = parse(json.loads(one["body"]), "OrderChange")
            progress = progress_of(change)
            if isinstance(change, OrderChange) and change.order_key == key:
                waiting.append((one, (progress.place if progress else "", one["id"])))
    return waiting


def _go_on(context: Context, connection: Connection, row: lookup.Found, order: lookup.Found, now: datetime) -> None:
    jobs.drop(connection, ORDER_DUE, row["id"])
    change = parse(json.loads(row["body"]), row["document_type"])
    newer = _advance(connection, change, row)
    values = {"cause": None, "detail": None, "correlation_id": order["correlation_id"], "newer_id": newer}
    move(connection, DocumentState.MAPPED, row["id"], **values)
    after = {**row, **values}
    queue_to_hub(context, connection, after, sinks_for(context, row["partner_id"], row["agreement_id"], row["usage"]), now)
    note(connection, now, of_document(after, "document.mapped", "Its order came: it goes on, behind it.", data={"order": order["id"]}))


def order_missing(connection: Connection, row: lookup.Found, now: datetime) -> bool:
    """The order did not come in the agreed time: a person looks. False where it goes on meanwhile."""
    values = {"cause": Cause.ORDER_MISSING.value, "detail": "no order with its purchase order number came in the agreed time"}
    if not try_move(connection, DocumentState.HELD, row["id"], **values):
        return False
    note(connection, now, of_document(row, "document.held", values["detail"], cause=Cause.ORDER_MISSING))
    return True
