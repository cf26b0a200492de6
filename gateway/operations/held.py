"""The work list: what waits for a person, why, whose turn it is, and what to do."""

from typing import Any

from sqlalchemy import Connection

from gateway.operations.alarms import alarm_view, owner_of
from gateway.operations.decisions import decisions
from gateway.operations.held_many import HeldFilter
from gateway.operations.subjects import Subjects
from gateway.operations.views import cause_words, state_words, whose_turn
from gateway.pipeline.context import Context
from gateway.pipeline.findings import sentence_of
from gateway.states import Thing
from gateway.store import alarms, lookup
from gateway.store.schema.base import utc_text

__all__ = ["held"]

_MOST_SENTENCES = 3


async def held(context: Context, *, limit: int = 200, wanted: HeldFilter | None = None) -> dict[str, Any]:
    """Everything held, refused or overdue, and every alarm that is open, the oldest first; or what a filter means."""
    found = (wanted or HeldFilter()).found(context)
    most = min(limit, context.settings.limits.page)

    def find(connection: Connection) -> dict[str, Any]:
        rows = lookup.held(connection, most, found)
        subjects = Subjects(connection, [row["id"] for row in rows])
        full = {row["id"]: lookup.by_id(connection, row["id"]) or row for row in rows}
        views = [_view(context, row, full[row["id"]], subjects) for row in rows]
        raised = [row for row in alarms.listed(connection, limit=most) if _is_wanted(row, found)]
        views += [{**alarm_view(context, row), "errors": 0, "sentences": []} for row in raised]
        return {"held": sorted(views, key=lambda one: str(one["since"]))[:most]}

    return await context.store.read(find)


def _is_wanted(alarm: lookup.Found, found: lookup.HeldWanted) -> bool:
    return (
        found.cause in (None, alarm["cause"])
        and found.partner in (None, alarm["partner_id"])
        and (found.before is None or alarm["raised_at"] <= found.before)
    )


def _view(context: Context, row: lookup.Found, full: lookup.Found, subjects: Subjects) -> dict[str, Any]:
    thing = Thing(row["thing"])
    errors = [sentence_of(finding) for finding in full.get("findings") or [] if finding.get("severity") == "error"]
    words = {**cause_words(row["cause"]), **whose_turn(full)}
    return {
        "thing": row["thing"],
        "id": row["id"],
        **subjects.fields(row["id"]),
        "state": row["state"],
        "stateMeaning": state_words(thing, row["state"]),
        "partnerId": row["partner_id"],
        "correlationId": row["correlation_id"],
        "detail": row["detail"],
        "since": utc_text(row["created_at"]),
        **words,
        **owner_of(context, words.get("owner"), row["partner_id"], full.get("agreement_id")),
        "errors": len(errors),
        "sentences": errors[:_MOST_SENTENCES],
        "decisions": decisions(thing, full),
    }
