"""Held work by the dozen: grouped by its cause, and decided on for all that a filter means; shown first, limited, one event for each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.errors import Cause, Refusal
from gateway.operations.interventions import reject, release
from gateway.operations.views import cause_words
from gateway.pipeline.context import Context
from gateway.store import lookup
from gateway.store.schema.base import utc_text

__all__ = ["HeldFilter", "discard_held", "held_groups", "release_held"]


@dataclass(frozen=True, slots=True)
class HeldFilter:
    """Which held things; what is None does not matter."""

    cause: str | None = None
    partner: str | None = None
    older_than: timedelta | None = None

    def found(self, context: Context) -> lookup.HeldWanted:
        """As the store looks for them."""
        before = context.now() - self.older_than if self.older_than is not None else None
        return lookup.HeldWanted(self.cause, self.partner, before)


async def held_groups(context: Context, wanted: HeldFilter) -> dict[str, Any]:
    """How many wait for each cause, since when, and what to do; the most first. A hundred failures of one destination are one line."""
    found = wanted.found(context)
    rows = await context.store.read(lambda connection: lookup.held_groups(connection, found))
    groups = [
        {
            "cause": row["cause"],
            "thing": row["thing"],
            "count": row["count"],
            "since": utc_text(row["since"]),
            "partners": row["partners"],
            **cause_words(row["cause"]),
        }
        for row in rows
    ]
    return {"groups": groups, "held": sum(row["count"] for row in rows)}


async def release_held(context: Context, wanted: HeldFilter, reason: str, *, limit: int, dry_run: bool, by: str) -> dict[str, Any]:
    """Let all go on that the filter means, the oldest first."""
    return await _decide(context, wanted, reason, release, limit=limit, dry_run=dry_run, by=by)


async def discard_held(context: Context, wanted: HeldFilter, reason: str, *, limit: int, dry_run: bool, by: str) -> dict[str, Any]:
    """Put all aside for good that the filter means, the oldest first."""
    return await _decide(context, wanted, reason, reject, limit=limit, dry_run=dry_run, by=by)


async def _decide(
    context: Context,
    wanted: HeldFilter,
    reason: str,
    decision: Callable[..., Awaitable[dict[str, Any]]],
    *,
    limit: int,
    dry_run: bool,
    by: str,
) -> dict[str, Any]:
    """One by one, each in its own transaction: what cannot be decided so stays as it is and is told. Raises Refusal without a filter."""
    if wanted == HeldFilter():
        raise Refusal(Cause.CONFLICT, "say which: by cause, partner or age")
    found = wanted.found(context)
    rows = await context.store.read(lambda connection: lookup.held(connection, limit + 1, found))
    ids, more = [row["id"] for row in rows[:limit]], len(rows) > limit
    if dry_run:
        return {"would": ids, "count": len(ids), "more": more}
    decided, refused = [], []
    for id_ in ids:
        try:
            await decision(context, id_, reason, by=by)
            decided.append(id_)
        except Refusal as fault:
            refused.append({"id": id_, "detail": fault.detail})
    return {"decided": decided, "count": len(decided), "refused": refused, "more": more}
