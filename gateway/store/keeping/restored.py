"""What has to be made safe when a database is brought back from a backup: what happened since is not known any more.

Control numbers may have been used since, so each sequence leaves out a margin, also one that was begun since. What was about to leave may
have left, so it is held for a person, unless told otherwise: it would leave under the same ids and bytes, which AS2 servers and hubs
drop when they have them, but folders do not. The feed leaves numbers out too, so that a hub that had read further misses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select, text, update

from gateway.errors import CAUSES, Cause
from gateway.states import DeliveryState, DocumentState, Thing
from gateway.store import control_numbers, jobs
from gateway.store.events import EventNote, note, of_thing
from gateway.store.moves import table_of
from gateway.store.schema import Batch, BatchedDocument, Job, Node
from gateway.store.schema.base import utc_text
from gateway.store.statement import is_sqlite

__all__ = ["Settled", "settle"]

_job, _batch, _batched = Job.table(), Batch.table(), BatchedDocument.table()
#: what was about to leave, and the work that would have sent it
_LEAVING: Final = (
    (Thing.DELIVERY, DeliveryState.QUEUED, DeliveryState.HELD, "deliver"),
    (Thing.DOCUMENT, DocumentState.SUBMITTED, DocumentState.HELD, "outbound"),
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was made safe."""

    numbers: int  #: sequences that leave numbers out
    held: int  #: deliveries and documents that wait for a person
    batches: int  #: that were stopped


def settle(
    connection: Connection, new_id: Callable[[str], str], *, made_at: datetime, now: datetime, margin: int, by: str, hold: bool
) -> Settled:
    """Make a restored database safe, in the transaction that brings it back; `made_at` is the moment of the backup."""
    reason = f"restored from the backup of {utc_text(made_at)}: what was given out since is not known"
    moved = control_numbers.jump(connection, new_id, margin, reason, now, actor=by)
    control_numbers.begin_later(connection, margin, reason)
    _leave_out_of_feed(connection, margin)
    connection.execute(delete(Node.table()))
    connection.execute(update(_job).values(leased_by=None, leased_until=None))
    held = sum(_hold(connection, thing, (state, to), kind, made_at, now, by) for thing, state, to, kind in _LEAVING) if hold else 0
    batches = _stop_batches(connection, reason, now, by) if hold else 0
    told = EventNote(
        action="store.restored",
        thing="store",
        thing_id="store",
        correlation_id="store",
        message="The database was brought back from a backup. What came and left since then is not known here.",
        data={"backupOf": utc_text(made_at), "margin": margin, "sequences": len(moved), "held": held, "batchesStopped": batches},
        actor=by,
    )
    note(connection, now, told)
    return Settled(len(moved), held, batches)


def _hold(connection: Connection, thing: Thing, states: tuple[Any, Any], kind: str, made_at: datetime, now: datetime, by: str) -> int:
    table, (state, to) = table_of(thing), states
    waiting = select(_batched.c.document_id)
    found = select(table).where(table.c.state == state.value)
    rows = list(connection.execute(found.where(table.c.id.not_in(waiting)) if thing is Thing.DOCUMENT else found).mappings())
    detail = f"it may have left since the backup of {utc_text(made_at)}"
    for row in rows:
        connection.execute(update(table).where(table.c.id == row["id"]).values(state=to.value, cause=Cause.RESTORED.value, detail=detail))
        jobs.drop(connection, kind, row["id"])
    action, words = f"{thing.value}.held", CAUSES[Cause.RESTORED].cause
    note(connection, now, *(of_thing(thing, dict(row), action, words, cause=Cause.RESTORED, actor=by) for row in rows))
    return len(rows)


def _stop_batches(connection: Connection, reason: str, now: datetime, by: str) -> int:
    """Their documents may have left since."""
    open_ones = (_batch.c.stopped_at.is_(None), _batch.c.id.in_(select(_batched.c.batch_id)))
    return connection.execute(update(_batch).where(*open_ones).values(stopped_at=now, stopped_by=by, reason=reason)).rowcount


def _leave_out_of_feed(connection: Connection, margin: int) -> None:
    if is_sqlite(connection):
        moved = connection.execute(
            text("UPDATE sqlite_sequence SET seq = seq + :margin WHERE name = 'feed_entry'"), {"margin": margin}
        ).rowcount
        if not moved:
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('feed_entry', :margin)"), {"margin": margin})
        return
    name = text("SELECT pg_get_serial_sequence('feed_entry', 'seq')")
    sequence = connection.execute(name).scalar_one()
    last = text("SELECT setval(:sequence, COALESCE((SELECT max(seq) FROM feed_entry), 0) + :margin)")
    connection.execute(last, {"sequence": sequence, "margin": margin})
