"""Batches as people look at them and decide on them: what waits, leaving now, stopping, starting again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.pipeline.batching import batch_name, set_moment, settings_of
from gateway.pipeline.context import Context
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.plural import counted
from gateway.store import batches
from gateway.store.batches import Batch, Waiting
from gateway.store.events import EventNote, note
from gateway.store.schema.base import utc_text

__all__ = ["batch_list", "batch_release", "batch_start", "batch_stop", "waiting_batches"]

Decision = Callable[[Connection, Batch, Waiting, datetime], None]


async def batch_list(context: Context, *, partner: str | None = None) -> dict[str, Any]:
    """Every batch: how much waits in it since when, when it leaves, when it left last, and whether somebody stopped it."""
    found = await context.store.read(lambda connection: batches.listed(connection, partner))
    return {"batches": [_view(batch, waiting) for batch, waiting in found]}


def waiting_batches(connection: Connection) -> list[dict[str, Any]]:
    """Those in which something waits."""
    return [_view(batch, waiting) for batch, waiting in batches.listed(connection) if waiting.documents]


async def batch_release(
    context: Context, partner: str, *, name: str | None = None, usage: str | None = None, by: str = "operator", reason: str
) -> dict[str, Any]:
    """Have what waits for a partner leave now: all, or the batch of one name. Raises Refusal where nothing waits, or it is stopped."""

    def go(connection: Connection, batch: Batch, _waiting: Waiting, now: datetime) -> None:
        if batch.stopped_at is not None:
            raise Refusal(Cause.CONFLICT, f"the batch {batch.name} is stopped; start it first")
        batches.due(connection, batch.id, now, ACKNOWLEDGMENT, now)

    return await _decide(context, partner, (name, usage), by, reason, ("release", "A person or a program had it leave"), go, empty=False)


async def batch_stop(
    context: Context, partner: str, *, name: str | None = None, usage: str | None = None, by: str = "operator", reason: str
) -> dict[str, Any]:
    """Nothing of it leaves until it is started again; what comes waits. Raises Refusal where there is no such batch."""

    def halt(connection: Connection, batch: Batch, _waiting: Waiting, now: datetime) -> None:
        batches.stop(connection, batch.id, by, reason, now)

    return await _decide(context, partner, (name, usage), by, reason, ("stop", "A person stopped it"), halt, empty=True)


async def batch_start(
    context: Context, partner: str, *, name: str | None = None, usage: str | None = None, by: str = "operator", reason: str
) -> dict[str, Any]:
    """It leaves at its next moment again; one that passed meanwhile is made up for at once. Raises Refusal as `batch_stop`."""
    found = context.workspace.partners.get(partner)

    def go_on(connection: Connection, batch: Batch, waiting: Waiting, now: datetime) -> None:
        batches.start(connection, batch.id)
        settings = settings_of(found, batch.name) if found is not None else None
        if found is not None and settings is not None:
            set_moment(connection, settings, found, batch.id, ACKNOWLEDGMENT, now)
        elif waiting.documents:
            batches.due(connection, batch.id, now, ACKNOWLEDGMENT, now)

    return await _decide(context, partner, (name, usage), by, reason, ("start", "A person started it again"), go_on, empty=True)


async def _decide(
    context: Context,
    partner: str,
    which: tuple[str | None, str | None],
    by: str,
    reason: str,
    what: tuple[str, str],
    decision: Decision,
    *,
    empty: bool,
) -> dict[str, Any]:
    """Carry a decision out on each batch that is meant, with its event; `empty` ones too."""
    now, (name, usage), (action, words) = context.now(), which, what
    found = context.workspace.partners.get(partner)
    agreed = next((a for a in found.agreements if a.id == name and a.batch is not None), None) if found is not None else None
    if agreed is not None:  # people may also name the agreement
        name = batch_name(agreed)

    def work(connection: Connection) -> dict[str, Any]:
        meant = [
            (batch, waiting)
            for batch, waiting in batches.listed(connection, partner)
            if name in {None, batch.name} and usage in {None, batch.usage} and (empty or waiting.documents)
        ]
        if not meant:
            raise Refusal(Cause.NOT_FOUND, "there is no such batch" if empty else "nothing waits in such a batch")
        for batch, waiting in meant:
            decision(connection, batch, waiting, now)
            data = {"batch": batch.id, "documents": waiting.documents, "reason": reason}
            told = EventNote(f"batch.{action}", "batch", batch.id, batch.id, f"{words}.", partner_id=partner, data=data, actor=by)
            note(connection, now, told)
        there = {batch.id: (batch, waiting) for batch, waiting in batches.listed(connection, partner)}
        return {"batches": [_view(*there[batch.id]) for batch, _ in meant], "documents": sum(w.documents for _, w in meant)}

    answer = await context.store.write(work)
    context.signals.work.set()
    return answer


def _view(batch: Batch, waiting: Waiting) -> dict[str, Any]:
    moments = {"since": waiting.oldest, "due": batch.due_at, "lastSlot": batch.last_slot, "releasedAt": batch.released_at}
    view = {
        "id": batch.id,
        "partnerId": batch.partner_id,
        "name": batch.name,
        "usage": batch.usage,
        "documents": waiting.documents,
        "bytes": waiting.size,
        **{key: utc_text(moment) for key, moment in moments.items() if moment is not None},
    }
    if batch.stopped_at is not None:
        view["stopped"] = {"at": utc_text(batch.stopped_at), "by": batch.stopped_by, "reason": batch.reason}
    elif waiting.documents:
        leaves = utc_text(batch.due_at) if batch.due_at is not None else "when it is full or released"
        view["says"] = f"{counted(waiting.documents, 'document')} leave {leaves}"
    return view
