"""What a restart would change, before it is done: of what a partner sent the document, of what the hub sends the bytes."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from edi.errors import NoInterchangeError
from edi.read import read, sniff
from gateway.errors import CAUSES, PermanentError, Refusal
from gateway.operations.interventions import require
from gateway.operations.subjects import Subjects
from gateway.pipeline.context import Context
from gateway.pipeline.findings import sentences
from gateway.pipeline.inbound import read_transmission
from gateway.pipeline.map_set import says_other
from gateway.pipeline.preview import preview
from gateway.pipeline.reading import ReadSet
from gateway.states import Thing, TransactionSetState
from gateway.store import lookup
from maps.compare import Change, compare_documents

__all__ = ["changes_of"]

_MOST: Final = 40  #: changes of one document that are listed


async def changes_of(context: Context, ids: Iterable[str], *, accepted: bool = False) -> list[dict[str, Any]]:
    """For each thing what a restart would change, in order; `accepted` is a restart from `map` on.

    `outcome` is same, different, mapped (of what was held), written, held, rejected, or refused.
    """
    return await asyncio.to_thread(lambda: list(_changes(context, list(ids), accepted=accepted)))


def _changes(context: Context, ids: list[str], *, accepted: bool) -> Iterator[dict[str, Any]]:
    readings: dict[str, Any] = {}
    names = context.store.read_now(lambda connection: Subjects(connection, ids))
    for id_ in ids:
        try:
            thing, row = context.store.read_now(partial(require, id_=id_))
            told = list(_of(context, thing, row, readings, accepted=accepted))
        except Refusal as refusal:
            told = [{"outcome": "refused", "why": refusal.detail}]
        except PermanentError as fault:
            told = [{"outcome": "held", "cause": fault.cause.value, "why": fault.detail}]
        for one in told:
            yield {"id": id_, **names.fields(id_), **one}


def _of(context: Context, thing: Thing, row: lookup.Found, readings: dict[str, Any], *, accepted: bool) -> Iterator[dict[str, Any]]:
    if row.get("direction") == "outbound":
        if thing is Thing.DOCUMENT:
            yield _outbound(context, row)
        return
    transmission_id = row["id"] if thing is Thing.TRANSMISSION else row.get("transmission_id")
    if transmission_id is None:
        return
    if transmission_id not in readings:
        readings[transmission_id] = read_transmission(context, context.active, transmission_id, anew=True, accepted=accepted)[1]
    set_id = row["id"] if thing is Thing.TRANSACTION_SET else row.get("transaction_set_id")
    units = readings[transmission_id]
    for unit in units:
        if unit.hold is not None:
            yield _stopped("held", unit.hold.cause.value, unit.hold.detail, ())
        for read_set in unit.sets:
            before, document = context.store.read_now(partial(_before, transmission_id=transmission_id, index=read_set.index))
            if set_id is None or (before is not None and before["id"] == set_id):
                yield {"set": f"{read_set.set_id} {read_set.control_number}".strip(), **_inbound(read_set, before, document)}


def _before(connection: Connection, transmission_id: str, index: int) -> tuple[lookup.Found | None, lookup.Found | None]:
    """The set as it stands, and the newest document that was made of it."""
    sets = lookup.where(connection, Thing.TRANSACTION_SET, transmission_id=transmission_id, set_index=index)
    documents = lookup.where(connection, Thing.DOCUMENT, transaction_set_id=sets[0]["id"]) if sets else []
    return (sets[0] if sets else None), (documents[-1] if documents else None)


def _inbound(read_set: ReadSet, before: lookup.Found | None, document: lookup.Found | None) -> dict[str, Any]:
    if before is not None and before["state"] in {TransactionSetState.REJECTED, TransactionSetState.APPLIED}:
        return {"outcome": "same", "why": f"it is {before['state']}, and stays so"}
    if read_set.state is TransactionSetState.REJECTED:
        return _stopped("rejected", None, "the partner was told otherwise", sentences(read_set.findings))
    read_anew = read_set.document
    if read_anew is None:
        cause = read_set.cause.value if read_set.cause else None
        return _stopped("held", cause, read_set.detail or "", sentences(read_set.findings))
    old = None if document is None else document["body"]
    if old is not None and not says_other(old, read_anew.body):
        return {"outcome": "same"}
    changes = [] if old is None else list(compare_documents(json.loads(old), json.loads(read_anew.body)))
    if read_anew.hold is not None:
        stopped = _stopped("held", read_anew.hold.cause.value, read_anew.hold.detail, sentences(read_anew.findings))
        return stopped | _listed(_content(changes))
    return {"outcome": "mapped" if old is None else "different", "map": read_anew.map["id"], **_listed(_content(changes))}


def _outbound(context: Context, row: lookup.Found) -> dict[str, Any]:
    made = preview(context, row)
    if made.hold is not None:
        return _stopped("held", made.hold.cause.value, made.hold.detail, sentences(made.findings))
    if row["transmission_id"] is None:
        return {"outcome": "written", "bytes": len(made.body)}
    before = context.store.read_now(lambda connection: _payload(context, connection, row["transmission_id"]))
    changes = list(_segments(before, made.body))
    return {"outcome": "different" if changes else "same", **_listed(changes)}


def _payload(context: Context, connection: Connection, transmission_id: str) -> bytes:
    _, transmission = require(connection, transmission_id)
    return context.store.payloads.load(connection, transmission["payload_sha256"])


def _segments(old: bytes, new: bytes) -> Iterator[Change]:
    """Segment by segment of the sets; control numbers and dates of the envelope are no change."""
    was, now = _lines(old), _lines(new)
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for number in range(max(b - a, d - c)):
            one = was[a + number] if a + number < b else ""
            other = now[c + number] if c + number < d else ""
            yield Change("written", f"segment {a + number + 1}", one, other)


def _lines(data: bytes) -> list[str]:
    if sniff(data) is None:
        return data.decode("utf-8", "replace").splitlines()
    try:
        interchanges = read(data)
    except NoInterchangeError:
        return data.decode("utf-8", "replace").splitlines()
    sets = (one for interchange in interchanges for one in interchange.transaction_sets)
    return [_text(segment.tag, segment.elements) for one in sets for segment in one.segments[1:-1]]


def _text(tag: str, elements: Any) -> str:
    return "*".join((tag, *(one if isinstance(one, str) else ":".join(map(str, one)) for one in elements)))


def _content(changes: list[Change]) -> list[Change]:
    """Without how it came: that differs in every reading and says nothing."""
    return [one for one in changes if not one.where.startswith(("$.sourceRef", "$.ids"))]


def _stopped(outcome: str, cause: str | None, why: str, said: Iterable[str]) -> dict[str, Any]:
    title = {"cause": cause, "title": next(text.title for known, text in CAUSES.items() if known.value == cause)} if cause else {}
    return {"outcome": outcome, **title, "why": why, "sentences": list(said)}


def _listed(changes: list[Change]) -> dict[str, Any]:
    shown = [{"kind": one.kind, "where": one.where, "old": one.old or None, "new": one.new or None} for one in changes[:_MOST]]
    return {"changes": shown, **({"more": len(changes) - _MOST} if len(changes) > _MOST else {})}
