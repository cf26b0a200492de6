"""A transmission with all that belongs to it, as one thing that retention removes whole or not at all.

It may go when its time is over, nothing of it is open or held, and the same is true of every document of its correlations: an order stays
as long as its invoice does.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, bindparam, delete, literal_column, or_, select, update

from gateway.states import LIVES, Thing, TransmissionState
from gateway.store.moves import table_of
from gateway.store.schema import (
    Acknowledgment,
    Alarm,
    As2Evidence,
    As2Message,
    BusinessKey,
    Delivery,
    Document,
    DocumentReference,
    HeldMessage,
    HubDecision,
    Job,
    Payload,
    RetentionHold,
    TransactionSet,
    Transmission,
    WaitingDocument,
)
from gateway.store.statement import Statement

__all__ = ["Unit", "digests_of", "is_over", "page", "removable", "remove"]

#: when a thing's time is over, by its partner, usage and whether it travelled by AS2; None: never
Limit = Callable[[str | None, str | None, bool], datetime | None]
_CHUNK: Final = 400
_trn, _set, _doc, _dlv, _ack = Transmission.table(), TransactionSet.table(), Document.table(), Delivery.table(), Acknowledgment.table()
_payload, _hold, _job, _alarm = Payload.table(), RetentionHold.table(), Job.table(), Alarm.table()
_message, _evidence, _key = As2Message.table(), As2Evidence.table(), BusinessKey.table()

_PAYLOADS: Final = ("payload_sha256", "wire_sha256", "prepared_sha256", "receipt_sha256", "mdn_sha256", "covered_sha256")
#: what is read of a row: bodies and findings of documents would take most of the time
_NEEDED: Final = frozenset(
    {
        *("id", "state", "correlation_id", "partner_id", "usage", "transport", "created_at", "finished_at", "kind", "report"),
        *("transmission_id", "document_id", "answers_transmission_id", "thing_id", "document_type", "business_key"),
        *_PAYLOADS,
    }
)
_forget = Statement(
    delete(_key).where(*(_key.c[name] == bindparam(f"of_{name}") for name in ("own", "kind", "usage", "partner_id", "key", "document_id")))
)


@dataclass(slots=True)
class Unit:
    """One transmission, or one document that never became part of any, and what belongs to it, by kind."""

    id: str
    created_at: datetime
    partner_id: str | None
    rows: dict[Thing, list[dict[str, Any]]] = field(default_factory=lambda: {thing: [] for thing in Thing})

    def ids(self, thing: Thing) -> list[str]:
        """The ids of one kind."""
        return [row["id"] for row in self.rows[thing]]


def page(connection: Connection, after: dict[str, Any] | None, limit: int, *, of_test: bool, before: datetime) -> list[dict[str, Any]]:
    """Transmissions behind one, the oldest first, that are older than a moment: of test traffic, or of all other."""
    whose = _trn.c.usage == literal_column("'test'") if of_test else _trn.c.usage.is_distinct_from("test")
    columns = (_trn.c.id, _trn.c.partner_id, _trn.c.usage, _trn.c.transport, _trn.c.created_at, _trn.c.payload_sha256)
    statement = select(*columns).where(whose, _trn.c.created_at < before)
    if after is not None:
        behind = or_(_trn.c.created_at > after["created_at"], _trn.c.id > after["id"])
        statement = statement.where(_trn.c.created_at >= after["created_at"], behind)
    return _rows(connection, statement.order_by(_trn.c.created_at, _trn.c.id).limit(limit))


def is_over(row: dict[str, Any], limit: Limit) -> bool:
    """Whether the time of a row is over, by itself."""
    until = limit(row["partner_id"], row["usage"], row.get("transport") == "as2")
    return until is not None and row["created_at"] < until


def removable(connection: Connection, ids: Collection[str], limit: Limit) -> list[Unit]:
    """Those of these transmissions, or documents without one, that nothing speaks for any more."""
    units = {id_: unit for id_, unit in _gathered(connection, ids).items() if _is_closed(unit)}
    unanswered = _unanswered(connection, units.values())
    correlated = _correlated(connection, units.values())
    held = set(connection.execute(select(_hold.c.subject)).scalars())
    alarmed = select(_alarm.c.correlation_id).where(_alarm.c.resolved_at.is_(None), _alarm.c.reviewed_at.is_(None))
    held |= set(connection.execute(alarmed).scalars())
    busy = _busy(connection, units.values())
    found = []
    for unit in units.values():
        names = {unit.id, unit.partner_id, *(id_ for thing in Thing for id_ in unit.ids(thing))}
        correlations = {row["correlation_id"] for rows in unit.rows.values() for row in rows}
        others = [row for one in correlations for row in correlated.get(one, ())]
        speaks = held & (names | correlations) or (busy | unanswered) & names
        if not speaks and all(row["is_closed"] and is_over(row, limit) for row in others):
            found.append(unit)
    return found


def _gathered(connection: Connection, ids: Collection[str]) -> dict[str, Unit]:
    """Each with what belongs to it."""
    units = {}
    for table in (_trn, _doc):
        for row in _among(connection, table, table.c.id, [id_ for id_ in ids if _is_of(id_, table)]):
            unit = units[row["id"]] = Unit(row["id"], row["created_at"], row["partner_id"])
            unit.rows[Thing.TRANSMISSION if table is _trn else Thing.DOCUMENT].append(row)
    by_document = {id_: unit for id_, unit in units.items() if unit.rows[Thing.DOCUMENT]}
    for thing, column in ((Thing.TRANSACTION_SET, _set.c.transmission_id), (Thing.DOCUMENT, _doc.c.transmission_id)):
        for row in _among(connection, table_of(thing), column, units):
            units[row["transmission_id"]].rows[thing].append(row)
            if thing is Thing.DOCUMENT:
                by_document[row["id"]] = units[row["transmission_id"]]
    taken = set()
    for owners, table, column, thing in (
        (units, _dlv, _dlv.c.transmission_id, Thing.DELIVERY),
        (by_document, _dlv, _dlv.c.document_id, Thing.DELIVERY),
        (units, _ack, _ack.c.transmission_id, Thing.ACKNOWLEDGMENT),
        (units, _ack, _ack.c.answers_transmission_id, Thing.ACKNOWLEDGMENT),
    ):
        for row in _among(connection, table, column, owners):
            unit = owners[row[column.name]]
            if (unit.id, row["id"]) not in taken:
                taken.add((unit.id, row["id"]))
                unit.rows[thing].append(row)
    return units


def _is_of(id_: str, table: Table) -> bool:
    return id_.startswith("doc_") == (table is _doc)


def _is_closed(unit: Unit) -> bool:
    return all(_row_is_closed(thing, row) for thing, rows in unit.rows.items() for row in rows)


def _row_is_closed(thing: Thing, row: dict[str, Any]) -> bool:
    if thing is Thing.TRANSMISSION and row["state"] == TransmissionState.OPENED and row["finished_at"] is None:
        return False
    return row["state"] not in LIVES[thing].open


def _correlated(connection: Connection, units: Iterable[Unit]) -> dict[str, list[dict[str, Any]]]:
    """Every document of the correlations, wherever it came or left, and whether it and its deliveries are over."""
    names = {row["correlation_id"] for unit in units for row in unit.rows[Thing.DOCUMENT]}
    columns = (_doc.c.id, _doc.c.state, _doc.c.correlation_id, _doc.c.partner_id, _doc.c.usage, _doc.c.created_at)
    found: dict[str, list[dict[str, Any]]] = {}
    by_id = {}
    for chunk in _chunks(names):
        for row in _rows(connection, select(*columns).where(_doc.c.correlation_id.in_(chunk))):
            row["is_closed"] = _row_is_closed(Thing.DOCUMENT, row)
            by_id[row["id"]] = row
            found.setdefault(row["correlation_id"], []).append(row)
    for row in _among(connection, _dlv, _dlv.c.document_id, by_id):
        by_id[row["document_id"]]["is_closed"] &= _row_is_closed(Thing.DELIVERY, row)
    return found


def _unanswered(connection: Connection, units: Iterable[Unit]) -> set[str]:
    """The acknowledgments whose bytes are still on their way, or held there."""
    carried = {row["transmission_id"]: row["id"] for unit in units for row in unit.rows[Thing.ACKNOWLEDGMENT] if row["transmission_id"]}
    ways = _among(connection, _dlv, _dlv.c.transmission_id, carried)
    return {carried[row["transmission_id"]] for row in ways if not _row_is_closed(Thing.DELIVERY, row)}


def _busy(connection: Connection, units: Iterable[Unit]) -> set[str]:
    """Those of their things that work is still queued for."""
    names = {id_ for unit in units for thing in Thing for id_ in unit.ids(thing)}
    busy: set[str] = set()
    for chunk in _chunks(names):
        busy |= set(connection.execute(select(_job.c.thing_id).where(_job.c.thing_id.in_(chunk))).scalars())
    return busy


def remove(connection: Connection, units: Collection[Unit], now: datetime) -> dict[str, int]:
    """Delete their rows. Bytes that they named are looked after by `uses`. Gives how many rows of each kind went."""
    ids = {thing: sorted({id_ for unit in units for id_ in unit.ids(thing)}) for thing in Thing}
    transmissions, documents = ids[Thing.TRANSMISSION], ids[Thing.DOCUMENT]
    messages = list(_among(connection, _message, _message.c.transmission_id, transmissions))
    evidence = list(_among(connection, _evidence, _evidence.c.thing_id, [*transmissions, *ids[Thing.DELIVERY]]))
    unused = {value for row in (*messages, *evidence, *_all_rows(units)) for value in _digests(row)}
    for chunk in _chunks(unused):
        connection.execute(update(_payload).where(_payload.c.sha256.in_(chunk)).values(unused_since=now))
    _forget_numbers(connection, [row for unit in units for row in unit.rows[Thing.DOCUMENT]])
    counts = {}
    for column, some in (
        (DocumentReference.table().c.document_id, [*documents, *ids[Thing.TRANSACTION_SET]]),
        (WaitingDocument.table().c.document_id, documents),
        (HubDecision.table().c.document_id, documents),
        (HeldMessage.table().c.transmission_id, transmissions),
        (_message.c.transmission_id, transmissions),
        (_evidence.c.thing_id, [*transmissions, *ids[Thing.DELIVERY]]),
        *((table_of(thing).c.id, ids[thing]) for thing in Thing),
    ):
        counts[column.table.name] = _delete(connection, column, some)
    return {name: count for name, count in counts.items() if count}


def digests_of(unit: Unit) -> set[str]:
    """The payloads that it names."""
    return {digest for row in _all_rows([unit]) for digest in _digests(row)}


def _all_rows(units: Iterable[Unit]) -> Iterator[dict[str, Any]]:
    for unit in units:
        for rows in unit.rows.values():
            yield from rows


def _digests(row: dict[str, Any]) -> Iterator[str]:
    """The payloads that a row names."""
    for name in _PAYLOADS:
        if row.get(name):
            yield row[name]
    if row.get("kind") == "MDN" and isinstance(row.get("report"), dict) and row["report"].get("sha256"):
        yield row["report"]["sha256"]


def _forget_numbers(connection: Connection, documents: Iterable[dict[str, Any]]) -> None:
    """Business numbers are free again with the documents that used them."""
    own, owners = "", list[str]()
    after = select(_key.c.own).order_by(_key.c.own).limit(1)
    while (found := connection.execute(after.where(_key.c.own > own)).scalar_one_or_none()) is not None:
        owners.append(own := found)
    names = {"kind": "document_type", "usage": "usage", "partner_id": "partner_id", "key": "business_key", "document_id": "id"}
    keys = [{f"of_{column}": row[name] for column, name in names.items()} for row in documents]
    for one in owners:
        _forget.run_many(connection, [{"of_own": one, **key} for key in keys])


def _delete(connection: Connection, column: Column[Any], ids: Collection[str]) -> int:
    return sum(connection.execute(delete(column.table).where(column.in_(chunk))).rowcount for chunk in _chunks(ids))


def _among(connection: Connection, table: Table, column: Column[Any], values: Iterable[str]) -> Iterator[dict[str, Any]]:
    columns = [one for one in table.c if one.name in _NEEDED]
    for chunk in _chunks(values):
        yield from _rows(connection, select(*columns).where(column.in_(chunk)))


def _rows(connection: Connection, statement: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
