"""Cross references in both walks: which rows and policies a document meets, and what it means that a value is unknown."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from canonical.base import Document
from gateway.errors import Cause
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from gateway.pipeline.findings import of_crossref
from gateway.pipeline.outcome import Hold
from gateway.pipeline.reading import ReadDocument, ReadSet, Unit
from gateway.pipeline.urgency import INBOUND
from gateway.states import DocumentState
from gateway.store import crossref, lookup, unknown
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import try_move
from gateway.store.unknown import Sighting
from maps.crossref import Kind, KindPolicy, Missing, Translated, inbound, outbound, said_in
from partners.model import Partner
from partners.sense import ItemReferences

__all__ = [
    "REJUDGED",
    "body_of",
    "cross_referenced",
    "give_way",
    "hold_of",
    "inward",
    "meet_none",
    "outward",
    "rejudge_later",
    "see",
    "see_inbound",
    "without_any",
]

#: causes of a held document that a new look at the document itself may end
REJUDGED: Final = frozenset({Cause.VALUE_UNKNOWN.value, Cause.CHECK_FAILED.value})


def policies_of(partner: Partner) -> Mapping[Kind, KindPolicy]:
    """What was agreed, as the step takes it."""
    agreed = {}
    for name, said in partner.xref.said.items():
        by = {"by": said.by} if isinstance(said, ItemReferences) else {}
        agreed[Kind(name)] = KindPolicy(Missing(said.missing), **by)
    return agreed


def inward(connection: Connection, partner: Partner, document: Document, now: datetime) -> Translated:
    """What a partner sent, with what it is to us."""
    return inbound(document, crossref.StoredRows(connection, partner.id), policies_of(partner), _day(partner, now))


def outward(connection: Connection, partner: Partner, document: Document, orders: Iterable[Document], now: datetime) -> Translated:
    """What the hub sends, with what it is to the partner; what it answers says how the partner called these things."""
    rows = crossref.StoredRows(connection, partner.id)
    return outbound(document, rows, policies_of(partner), _day(partner, now), said_in(orders))


def _day(partner: Partner, now: datetime) -> date:
    return now.astimezone(partner.tzinfo).date()


def hold_of(translated: Translated) -> Hold | None:
    """Why the document may not go on: it waits for a row, or somebody has to correct it."""
    if not translated.stops:
        return None
    first = next(finding for finding in translated.findings if finding.severity == "error")
    waits = translated.missing is Missing.HOLD and all(
        f.code == "cross-reference-unknown" for f in translated.findings if f.severity == "error"
    )
    return Hold(Cause.VALUE_UNKNOWN if waits else Cause.CHECK_FAILED, f"{first.code} at {first.path}")


def without_any(connection: Connection, partner_id: str | None) -> str | None:
    """A partner for which there is no cross reference at all; None where there is one, or nobody knows yet whose the bytes are."""
    return partner_id if partner_id is not None and not crossref.are_any(connection, partner_id) else None


def meet_none(active: Active, units: tuple[Unit, ...], without: str | None) -> bool:
    """Whether what was read stays as it is: its partner is `without_any`, and nothing was agreed of what is missing."""
    for unit in units:
        partner = active.workspace.partners.get(unit.partner_id or "")
        is_bare = partner is None or (partner.id == without and not partner.xref.said)
        if not is_bare and any(read_set.document for read_set in unit.sets):
            return False
    return True


def cross_referenced(context: Context, active: Active, units: tuple[Unit, ...], without: str | None = None) -> tuple[Unit, ...]:
    """What was read, with the cross references of this moment. Runs in a thread."""
    if meet_none(active, units, without):
        return units
    return context.store.read_now(lambda connection: tuple(_unit(connection, active, unit, context.now()) for unit in units))


def _unit(connection: Connection, active: Active, unit: Unit, now: datetime) -> Unit:
    partner = active.workspace.partners.get(unit.partner_id or "")
    if partner is None:
        return unit
    sets = tuple(_set(connection, partner, read_set, now) for read_set in unit.sets)
    return unit if all(one is before for one, before in zip(sets, unit.sets, strict=True)) else replace(unit, sets=sets)


def _set(connection: Connection, partner: Partner, read_set: ReadSet, now: datetime) -> ReadSet:
    if read_set.document is None:
        return read_set
    read = read_set.document.whole()
    translated = inward(connection, partner, read.document, now)
    if not translated.findings and translated.document is read.document:
        return read_set
    return replace(read_set, document=_with(read, translated, crossref.version(connection)))


def _with(read: ReadDocument, translated: Translated, version: int) -> ReadDocument:
    """The document with both values. That somebody has to say what a value is comes before what a check says."""
    waits = hold_of(translated)
    return replace(
        read,
        made=translated.document,
        body=body_of(translated.document),
        findings=[*read.findings, *of_crossref(translated.findings)],
        hold=waits if waits is not None and (read.hold is None or waits.cause is Cause.VALUE_UNKNOWN) else read.hold,
        translated=translated,
        references=version,
    )


def body_of(document: Document) -> str:
    """A document as it is stored."""
    return json.dumps(document.to_json(), ensure_ascii=False, separators=(",", ":"))


def see(connection: Connection, partner: Partner, document_id: str, translated: Translated, now: datetime, *, waits: bool) -> None:
    """What is unknown in a document onto the work list; where nothing is, it waits for nothing."""
    document = translated.document
    policy = {kind.value: one.missing.value for kind, one in policies_of(partner).items()}
    usual = {kind.value: Missing.GO_ON.value for kind in Kind}
    seen = Sighting(partner.id, document_id, document.document_type, document.business_number, usual | policy, waits)
    unknown.note(connection, seen, translated.unknown, now)


def see_inbound(
    connection: Connection, active: Active, partner_id: str, read: ReadDocument, document_id: str, hold: Hold | None, now: datetime
) -> None:
    """What no cross reference names, onto the work list. When they have changed since it was read, it is looked at again at once."""
    partner = active.workspace.partners.get(partner_id)
    if partner is None or read.translated is None or not read.translated.unknown:
        return
    waits = hold is not None and hold.cause is Cause.VALUE_UNKNOWN
    see(connection, partner, document_id, read.translated, now, waits=waits)
    if waits and crossref.version(connection) != read.references:
        rejudge_later(connection, document_id, now)


def give_way(connection: Connection, earlier: lookup.Found, newer: str) -> None:
    """What waits, for a value, a person or its order, does not go on beside the document that stands in its place now."""
    if try_move(connection, DocumentState.REJECTED, earlier["id"], detail=f"{newer} stands in its place", cause=None):
        unknown.stop_waiting(connection, earlier["id"])


def rejudge_later(connection: Connection, document_id: str, now: datetime) -> None:
    """Have a held document looked at again."""
    enqueue(connection, now, NewJob("rejudge", document_id, now, INBOUND))
