"""The comparison of partners, gateway and hub: run now, and how each flow of each day stands."""

from datetime import date
from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.alarms import alarm_view
from gateway.pipeline.context import Context
from gateway.pipeline.reconciling.run import FLOWS, day_of, reconcile
from gateway.store import alarms, reconciliation
from gateway.store.schema.base import utc_text

__all__ = ["reconcile_run", "reconcile_status"]


async def reconcile_run(context: Context, day: str | None = None) -> dict[str, Any]:
    """Compare a day anew, today where none is named; gives how it stands then. Raises Refusal."""
    chosen = day_of(context, _date(day))
    raised, resolved = await reconcile(context, [chosen])
    return {"raised": len(raised), "resolved": resolved, **await reconcile_status(context, day=chosen.text)}


async def reconcile_status(context: Context, *, day: str | None = None, flow: str | None = None, limit: int = 200) -> dict[str, Any]:
    """How flows of a day, or of the last days, came out, and what differs still. Raises Refusal."""
    if flow is not None and flow not in {one.name for one in FLOWS}:
        raise Refusal(Cause.MALFORMED_REQUEST, f"one of {', '.join(one.name for one in FLOWS)}")
    chosen = _date(day)
    text = chosen.isoformat() if chosen else None
    most = min(limit, context.settings.limits.page)

    def find(connection: Connection) -> dict[str, Any]:
        rows = reconciliation.days(connection, day=text, flow=flow, limit=most)
        names = {one.name for one in FLOWS}
        open_ = [
            row
            for row in alarms.listed(connection, limit=most, everything=True, flow=flow, day=text)
            if row["resolved_at"] is None and row["flow"] in names
        ]
        return {
            "days": [
                {
                    "day": row["day"],
                    "flow": row["flow"],
                    "partnerId": row["partner_id"],
                    "compared": row["compared"],
                    "matched": row["matched"],
                    "waiting": row["waiting"],
                    "differing": row["differing"],
                    "status": "differs" if row["differing"] else "waiting" if row["waiting"] else "matches",
                    "at": utc_text(row["at"]),
                }
                for row in rows
            ],
            "alarms": [alarm_view(context, row) for row in open_],
        }

    return await context.store.read(find)


def _date(day: str | None) -> date | None:
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        raise Refusal(Cause.MALFORMED_REQUEST, "a day is written 2026-11-18") from None
