"""What must always be so in the store, one statement each: what does not hold is a fault of ours, of a disk, or of a hand.

Every look stops at `MOST` findings of one kind: what is broken that often has one cause.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, exists, select, text
from sqlalchemy.exc import DatabaseError

from gateway.packing import unpack
from gateway.payload import StoredPayload
from gateway.states import LIVES, Thing
from gateway.store.keeping import cuts
from gateway.store.moves import table_of
from gateway.store.payloads import GONE, ZLIB, PayloadFiles
from gateway.store.reconcile import reconcile
from gateway.store.schema import (
    Acknowledgment,
    As2Evidence,
    As2Message,
    BusinessKey,
    Delivery,
    Document,
    Job,
    Payload,
    TransactionSet,
    Transmission,
    metadata,
)
from gateway.store.statement import is_sqlite

__all__ = ["MOST", "Fault", "audit", "damaged_rows", "dangling", "file_fault", "illegal_states", "left_alone", "pointless_jobs", "unsound"]

MOST: Final = 100
_trn, _set, _doc, _dlv, _ack = Transmission.table(), TransactionSet.table(), Document.table(), Delivery.table(), Acknowledgment.table()
_message, _evidence, _payload, _job = As2Message.table(), As2Evidence.table(), Payload.table(), Job.table()
_key = BusinessKey.table()
#: what names what
_REFERENCES: Final = (
    *((_trn, name, _payload, "sha256") for name in ("payload_sha256", "wire_sha256")),
    *((_dlv, name, _payload, "sha256") for name in ("prepared_sha256", "receipt_sha256")),
    *((_message, name, _payload, "sha256") for name in ("wire_sha256", "mdn_sha256")),
    (_evidence, "covered_sha256", _payload, "sha256"),
    *((table, "transmission_id", _trn, "id") for table in (_set, _doc, _dlv, _ack, _message)),
    (_doc, "transaction_set_id", _set, "id"),
    (_dlv, "document_id", _doc, "id"),
    (_ack, "answers_transmission_id", _trn, "id"),
    (_key, "document_id", _doc, "id"),
)
#: what the work of a kind is about
_WORK: Final = {"inbound": _trn, "as2-open": _trn, "outbound": _doc, "deliver": _dlv, "mdn-due": _dlv}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold."""

    check: str
    subject: str  #: an id, a digest, a table
    detail: str
    next_action: str
    repair: str = ""  #: the safe way to mend it: "queue", "drop"; empty: none is


def unsound(connection: Connection, after: str) -> tuple[list[Fault], str]:
    """The pages of one table, the next behind one of this name: what SQLite finds wrong with them; and the name, "" after the last.

    PostgreSQL sees to its own.
    """
    tables = sorted(name for name in metadata.tables if name > after) if is_sqlite(connection) else []
    if not tables:
        return [], ""
    words = "Stop the gateway; restore the newest backup."
    try:
        said = connection.execute(text(f'PRAGMA quick_check("{tables[0]}")')).scalars().all()  # a name of ours, never data
    except DatabaseError as fault:  # so damaged that it cannot even be looked at
        said = [f"its pages cannot be read ({type(fault.orig).__name__})"]
    return [Fault("database", tables[0], one, words) for one in said if one != "ok"][:MOST], tables[0] if tables[1:] else ""


def illegal_states(connection: Connection) -> Iterator[Fault]:
    """Things in a state that is none."""
    for thing in Thing:
        table = table_of(thing)
        legal = sorted(map(str, LIVES[thing].sentences))
        for row in connection.execute(select(table.c.id, table.c.state).where(table.c.state.not_in(legal)).limit(MOST)):
            detail = f"the {thing.value} is in the state {row.state!r}, which there is not"
            yield Fault("states", row.id, detail, "Somebody wrote into the database by hand; restore what was there.")


def dangling(connection: Connection) -> Iterator[Fault]:
    """References to what is not there."""
    for table, name, parent, key in _REFERENCES:
        column = table.c[name]
        there = exists().where(parent.c[key] == column)
        first = next(iter(table.primary_key.columns))
        for row in connection.execute(select(first, column).where(column.is_not(None), ~there).limit(MOST)):
            detail = f"{table.name}.{name} names {row[1]}, which is not in {parent.name}"
            yield Fault("references", str(row[0]), detail, "Restore the newest backup beside it, and look there for what is missing.")


def left_alone(connection: Connection) -> Iterator[Fault]:
    """What is open and has no work queued: nobody will ever come for it."""
    for id_ in reconcile(connection).lost[:MOST]:
        yield Fault("work", id_, "it is not finished and no work is queued for it", "`--repair` queues it anew.", repair="queue")


def pointless_jobs(connection: Connection) -> Iterator[Fault]:
    """Work about what is not there."""
    for kind, table in _WORK.items():
        nothing = ~exists().where(table.c.id == _job.c.thing_id)
        for row in connection.execute(select(_job.c.thing_id).where(_job.c.kind == kind, nothing).limit(MOST)):
            yield Fault("work", row.thing_id, f"{kind} work is queued for what is not there", "`--repair` takes it off.", repair="drop")


def audit(connection: Connection) -> Iterator[Fault]:
    """Events that are neither there nor were removed by retention."""
    missing = cuts.missing_events(connection)
    if missing:
        detail = f"{missing} events are missing that retention did not remove"
        yield Fault("audit", "event", detail, "Somebody took them out by hand; compare with a backup and say so to your auditors.")


def damaged_rows(connection: Connection, payloads: PayloadFiles, after: str, limit: int) -> tuple[list[Fault], str]:
    """Payloads behind a digest whose bytes in the database are not theirs, or whose file is not there; and the last digest looked at."""
    columns = (_payload.c.sha256, _payload.c.size, _payload.c.body, _payload.c.encoding)
    statement = select(*columns).where(_payload.c.sha256 > after).order_by(_payload.c.sha256).limit(limit)
    faults, last = [], ""
    rows = connection.execute(statement).all()
    for row in rows:
        last = row.sha256
        if row.encoding == GONE:
            continue
        if row.body is None:
            found = file_fault(payloads, row.sha256, row.size)
        else:
            found = (
                None
                if _is_of(row.sha256, row.size, row.body, row.encoding)
                else _damage(row.sha256, "its bytes in the database are others")
            )
        if found is not None:
            faults.append(found)
    return faults, last if len(rows) == limit else ""


def _is_of(digest: str, size: int, body: bytes, encoding: str) -> bool:
    try:
        data = unpack(body) if encoding == ZLIB else body
    except OSError:
        return False
    return len(data) == size and hashlib.sha256(data).hexdigest() == digest


def file_fault(payloads: PayloadFiles, digest: str, size: int) -> Fault | None:
    """What is wrong with the file of a payload."""
    path = payloads.file_of(digest)
    found, length = hashlib.sha256(), 0
    try:
        for block in StoredPayload(digest, size, path).blocks():
            found.update(block)
            length += len(block)
    except FileNotFoundError:
        return _damage(digest, "its file is not there")
    except OSError:
        return _damage(digest, "its file cannot be read")
    return None if (found.hexdigest(), length) == (digest, size) else _damage(digest, "its file holds other bytes")


def _damage(digest: str, detail: str) -> Fault:
    return Fault("payloads", digest, detail, f"Copy payloads/{digest[:2]}/{digest[2:]} (or the same with .z) from a backup into its place.")
