"""The books: everything taken over is finished, on its way, or held; what is none of these is lost, and that is a fault of ours."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

__all__ = ["Reconciliation", "reconcile"]

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
_TAKEN: Final = {
    "transmission": "direction = 'inbound'",
    "document": "direction = 'outbound'",
    "delivery": "1 = 1",
}
_HELD: Final = {
    "transmission": "state = 'HELD'",
    "document": "state = 'HELD'",
    "delivery": "state IN ('HELD', 'REFUSED', 'MIC_MISMATCH', 'MDN_UNVERIFIED', 'OVERDUE')",
}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many inbound transmissions, outbound documents and deliveries there are, by what became of them."""

    received: dict[str, int]
    finished: dict[str, int]
    waiting: dict[str, int]
    held: dict[str, int]
    lost: list[str]  #: ids


def reconcile(connection: Connection) -> Reconciliation:
    """Count in one moment of the database."""
    received: dict[str, int] = {}
    waiting: dict[str, int] = {}
    held: dict[str, int] = {}
    lost: list[str] = []
    for (table, kind), is_open in _OPEN.items():
        received[table] = _count(connection, table, _TAKEN[table])
        held[table] = _count(connection, table, f"{_TAKEN[table]} AND {_HELD[table]}")
        # Names and conditions are the constants above, never data.
        has_job = f"EXISTS (SELECT 1 FROM job WHERE job.kind = '{kind}' AND job.thing_id = {table}.id)"  # noqa: S608 - constants
        has_job = _IN_A_BATCH if kind == "batch" else has_job
        waiting[table] = waiting.get(table, 0) + _count(connection, table, f"{is_open} AND {has_job}")
        rows: Any = connection.execute(text(f"SELECT id FROM {table} WHERE {is_open} AND NOT {has_job}"))  # noqa: S608
        lost += [row.id for row in rows]
    finished = {
        table: received[table] - waiting[table] - held[table] - sum(i.startswith(_PREFIX[table]) for i in lost) for table in received
    }
    return Reconciliation(received, finished, waiting, held, lost)


_PREFIX: Final = {"transmission": "trn_", "document": "doc_", "delivery": "dlv_"}


def _count(connection: Connection, table: str, condition: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {condition}")).scalar_one())  # noqa: S608 - as above
