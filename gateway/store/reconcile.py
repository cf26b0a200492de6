"""The books: what is not finished is on its way, or held; what is neither is lost, and that is a fault of ours.

Only what is open is looked at, by indexes that hold little else: this takes as long with a million messages behind it as with none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from gateway.store.schema import Delivery, Document, Transmission

__all__ = ["Reconciliation", "passed", "reconcile"]

_transmission, _document, _delivery = Transmission.table(), Document.table(), Delivery.table()
#: what still has to be done, and the job that must be there to do it
_OPEN: Final = {
    ("transmission", "inbound"): "direction = 'inbound' AND state IN ('RECEIVED', 'OPENED') AND finished_at IS NULL",
    ("document", "outbound"): "state = 'SUBMITTED'",
    ("document", "batch"): "state = 'BATCHED'",
    ("delivery", "deliver"): "state = 'QUEUED'",
    ("delivery", "mdn-due"): "state = 'AWAITING_MDN'",
}
#: a batch may have no moment, where only a person releases it
_IN_A_BATCH: Final = "EXISTS (SELECT 1 FROM batched_document WHERE batched_document.document_id = document.id)"
_HELD: Final = {
    "transmission": "state = 'HELD' AND direction = 'inbound'",
    "document": "state = 'HELD' AND direction = 'outbound'",
    "delivery": "state IN ('HELD', 'REFUSED', 'MIC_MISMATCH', 'MDN_UNVERIFIED', 'OVERDUE')",
}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many inbound transmissions, outbound documents and deliveries are not finished, by what becomes of them."""

    waiting: dict[str, int]
    held: dict[str, int]
    lost: list[str]  #: ids


def reconcile(connection: Connection) -> Reconciliation:
    """Count in one moment of the database."""
    waiting: dict[str, int] = {}
    lost: list[str] = []
    for (table, kind), is_open in _OPEN.items():
        # Names and conditions are the constants above, never data.
        has_job = f"EXISTS (SELECT 1 FROM job WHERE job.kind = '{kind}' AND job.thing_id = {table}.id)"  # noqa: S608 - constants
        has_job = _IN_A_BATCH if kind == "batch" else has_job
        waiting[table] = waiting.get(table, 0) + _count(connection, table, f"{is_open} AND {has_job}")
        rows: Any = connection.execute(text(f"SELECT id FROM {table} WHERE {is_open} AND NOT {has_job}"))  # noqa: S608
        lost += [row.id for row in rows]
    return Reconciliation(waiting, {table: _count(connection, table, is_held) for table, is_held in _HELD.items()}, lost)


def passed(connection: Connection, since: datetime, types: Collection[str]) -> dict[str, int]:
    """What went through since a moment: transmissions that came, documents of these types from the hub, deliveries that ended."""
    came = select(func.count()).where(_transmission.c.created_at >= since, _transmission.c.direction == "inbound")
    submitted = select(func.count()).where(
        _document.c.document_type.in_(sorted(types)), _document.c.created_at >= since, _document.c.direction == "outbound"
    )
    ended = select(func.count()).where(_delivery.c.finished_at >= since)
    asked = {"transmission": came, "document": submitted, "delivery": ended}
    return {name: int(connection.execute(statement).scalar_one()) for name, statement in asked.items()}


def _count(connection: Connection, table: str, condition: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {condition}")).scalar_one())  # noqa: S608 - as above
