"""`gateway doctor --deep`: what must always be so, looked at part by part while the gateway runs, and mended where that is safe."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.control import behind
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import requeue
from gateway.pipeline.urgency import INBOUND, priority_of
from gateway.states import Thing
from gateway.store import control_numbers, jobs, lookup
from gateway.store.control_numbers import Counter
from gateway.store.events import EventNote, note
from gateway.store.jobs import NewJob, enqueue
from gateway.store.keeping import faults, files
from gateway.store.keeping.faults import Fault

__all__ = ["CHECKS", "look"]

_SECONDS: Final = 20.0  #: a request looks so long, then says where it stopped
_PAGE: Final = 200

_AT_ONCE: Final[Mapping[str, Callable[[Connection], Iterator[Fault]]]] = {
    "states": faults.illegal_states,
    "references": faults.dangling,
    "work": lambda connection: chain(faults.left_alone(connection), faults.pointless_jobs(connection)),
    "audit": faults.audit,
}
CHECKS: Final = ("database", *_AT_ONCE, "numbers", "payloads", "files")


async def look(context: Context, check: str, *, after: str = "", repair: bool = False, by: str = "operator") -> dict[str, Any]:
    """One check, or as much of it as there is time for: `next` says where to go on. With `repair`, what can safely be mended is.

    Raises Refusal: no such check.
    """
    following = ""
    if check in _AT_ONCE:
        found = await context.store.read(lambda c: list(_AT_ONCE[check](c)))
    elif check == "database":
        found, following = await context.store.read(partial(faults.unsound, after=after))
    elif check == "numbers":
        found = await context.store.read(partial(_numbers, context=context))
    elif check == "payloads":
        found, following = await _payloads(context, after)
    elif check == "files":
        found = await _files(context)
    else:
        raise Refusal(Cause.MALFORMED_REQUEST, f"one of {', '.join(CHECKS)}")
    mended = await context.store.write(partial(_mend, context=context, found=found, by=by)) if repair else set()
    return {"check": check, "next": following, "faults": [_view(fault, mended) for fault in found]}


def _view(fault: Fault, mended: set[tuple[str, str]]) -> dict[str, Any]:
    view = {"check": fault.check, "subject": fault.subject, "detail": fault.detail, "nextAction": fault.next_action}
    return view | {"canRepair": bool(fault.repair), "repaired": (fault.repair, fault.subject) in mended}


def _numbers(connection: Connection, context: Context) -> list[Fault]:
    return [
        Fault(
            "numbers",
            f"{counter.scope} {counter.kind} {counter.usage}",
            f"the sequence stands at {counter.last}, but {newest} was written already",
            "`--repair` lets it go on behind that number.",
            repair="count",
        )
        for counter, newest in behind(context, connection)
    ]


async def _payloads(context: Context, after: str) -> tuple[list[Fault], str]:
    """The bytes of every payload against its digest."""
    until, found = time.monotonic() + _SECONDS, list[Fault]()
    store = context.store
    while True:
        some, after = await store.read(partial(faults.damaged_rows, payloads=store.payloads, after=after, limit=_PAGE))
        found += some
        if not after or time.monotonic() > until or len(found) >= faults.MOST:
            return found, after


async def _files(context: Context) -> list[Fault]:
    """Files without a row, old enough that no transaction is still to come."""
    store = context.store
    old = time.time() - context.settings.retention.orphans * 3600
    walking = files.walk(store.payloads)
    found: list[Fault] = []
    while (some := await asyncio.to_thread(next, walking, None)) and len(found) < faults.MOST:
        named = await store.read(partial(files.named, files=some))
        found += [_orphan(file) for file in some if file.digest not in named and file.mtime < old]
    return found


def _orphan(file: files.PayloadFile) -> Fault:
    return Fault("files", file.digest, f"no row names the file ({file.size} bytes)", "`gateway retention run` removes it; nothing is lost.")


def _mend(connection: Connection, context: Context, found: list[Fault], by: str) -> set[tuple[str, str]]:
    """What is safe: work for what has none, none for what is not there, numbers behind those that were written. Each is an event."""
    mended: set[tuple[str, str]] = set()
    now = context.now()
    for fault in found:
        match fault.repair:
            case "queue":
                done = _queue(connection, fault.subject, context)
            case "drop":
                done = True
                for kind in ("inbound", "as2-open", "outbound", "deliver", "mdn-due"):
                    jobs.drop(connection, kind, fault.subject)
            case "count":
                done = _count_on(connection, context, fault, by)
            case _:
                continue
        if done:
            mended.add((fault.repair, fault.subject))
            told = EventNote("store.repaired", "store", fault.subject, fault.subject, f"Mended by the doctor: {fault.detail}.", actor=by)
            note(connection, now, told)
    return mended


def _queue(connection: Connection, id_: str, context: Context) -> bool:
    """The work that its state asks for."""
    row, now = lookup.by_id(connection, id_), context.now()
    if row is None:
        return False
    match lookup.thing_of_id(id_):
        case Thing.TRANSMISSION if row["payload_sha256"] is not None:
            enqueue(connection, now, NewJob("inbound", id_, now, INBOUND))
        case Thing.TRANSMISSION:
            enqueue(connection, now, NewJob("as2-open", id_, now, INBOUND))
        case Thing.DOCUMENT:
            enqueue(connection, now, NewJob("outbound", id_, now, priority_of(row["document_type"]), f"outbound:{row['partition_key']}"))
        case Thing.DELIVERY if row["state"] == "QUEUED":
            document = lookup.by_id(connection, row["document_id"]) if row["document_id"] else None
            requeue(connection, row, priority_of(document["document_type"]) if document else INBOUND, now, attempts=row["attempts"])
        case Thing.DELIVERY:
            enqueue(connection, now, NewJob("mdn-due", id_, now, INBOUND))
        case _:
            return False
    context.signals.work.set()
    return True


def _count_on(connection: Connection, context: Context, fault: Fault, by: str) -> bool:
    for counter, newest in behind(context, connection):
        if fault.subject == f"{counter.scope} {counter.kind} {counter.usage}":
            there = Counter(counter.scope, counter.kind, counter.usage, newest, "it stood below a number that was written")
            control_numbers.put(connection, context.new_id, there, counter.last, by, context.now())
            return True
    return False
