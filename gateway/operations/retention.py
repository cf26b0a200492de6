"""What a person asks of retention: run it now, say what would go, keep something whatever its age."""

from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.retention import Run, run_once
from gateway.store import lookup
from gateway.store.events import EventNote, note
from gateway.store.keeping import space
from gateway.store.schema import Document, RetentionHold
from gateway.store.schema.base import utc_text

__all__ = ["keep", "kept", "let_go", "retain"]

_hold, _document = RetentionHold.table(), Document.table()
_SECONDS: Final = 240.0  #: a request waits no longer; the rest is for the next run


async def retain(context: Context, *, dry_run: bool, by: str) -> dict[str, Any]:
    """One run, or what it would remove: rows of each table, files, bytes; and how large the database is."""
    rules = context.settings.retention
    if dry_run:
        run = Run(context.store, rules, context.now, look_only=True)
        await run.all()
    else:
        run = await run_once(context, actor=by, seconds=_SECONDS)
    measured = await context.store.read(space.measure)
    return {
        "dryRun": dry_run,
        "removed": {name: count for name, count in sorted(run.counts.items()) if count},
        "finished": run.is_finished,
        "databaseBytes": measured.size,
        "freeBytes": measured.free,
        "shrinks": measured.shrinks,
        "days": {name: getattr(rules, name) for name in ("documents", "payloads", "evidence", "events", "test", "seen")},
    }


async def kept(context: Context) -> dict[str, Any]:
    """What is kept whatever its age."""

    def find(connection: Connection) -> list[dict[str, Any]]:
        return [dict(row) for row in connection.execute(select(_hold).order_by(_hold.c.at)).mappings()]

    return {"kept": [{**row, "at": utc_text(row["at"])} for row in await context.store.read(find)]}


async def keep(context: Context, subject: str, reason: str, *, by: str) -> dict[str, Any]:
    """Nothing of this goes: a transmission, a document, a correlation, or all of a partner. Raises Refusal."""

    def work(connection: Connection) -> None:
        if not _is_known(context, connection, subject):
            raise Refusal(Cause.NOT_FOUND, "no transmission, document, correlation or partner has this id")
        if connection.execute(select(_hold).where(_hold.c.subject == subject)).first() is not None:
            raise Refusal(Cause.CONFLICT, "it is kept already")
        connection.execute(insert(_hold), [{"subject": subject, "reason": reason, "by": by, "at": context.now()}])
        note(connection, context.now(), _event("retention.kept", subject, f"Kept whatever its age: {reason}", by))

    await context.store.write(work)
    return {"id": subject, "kept": True}


async def let_go(context: Context, subject: str, reason: str, *, by: str) -> dict[str, Any]:
    """It goes when its time is over again. Raises Refusal."""

    def work(connection: Connection) -> None:
        if not connection.execute(delete(_hold).where(_hold.c.subject == subject)).rowcount:
            raise Refusal(Cause.NOT_FOUND, "it is not kept")
        note(connection, context.now(), _event("retention.released", subject, f"Not kept any longer than others: {reason}", by))

    await context.store.write(work)
    return {"id": subject, "kept": False}


def _is_known(context: Context, connection: Connection, subject: str) -> bool:
    if subject in context.workspace.partners or lookup.by_id(connection, subject) is not None:
        return True
    return connection.execute(select(_document.c.id).where(_document.c.correlation_id == subject).limit(1)).first() is not None


def _event(action: str, subject: str, message: str, by: str) -> EventNote:
    return EventNote(action=action, thing="store", thing_id=subject, correlation_id=subject, message=message, actor=by)
