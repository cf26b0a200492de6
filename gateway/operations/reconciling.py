"""The comparison of partners, gateway and hub: run now, and how each flow of each day stands."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.alarms import alarm_view
from gateway.pipeline.context import Context
from gateway.pipeline.reconciling.flow import Day
from gateway.pipeline.reconciling.run import FLOWS, day_of, reconcile
from gateway.store import alarms, reconciliation
from gateway.store.schema.base import utc_text

__all__ = ["reconcile_run", "reconcile_status"]

_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(2999, 12, 31)


async def reconcile_run(context: Context, day: date | None = None) -> dict[str, Any]:
    """Compare a day anew, today where none is named; gives how it stands then. Raises Refusal."""
    chosen = _known(context, day)
    raised, resolved = await reconcile(context, [chosen])
    return {"raised": len(raised), "resolved": resolved, **await reconcile_status(context, day=chosen.date)}


async def reconcile_status(context: Context, *, day: date | None = None, flow: str | None = None, limit: int = 200) -> dict[str, Any]:
    """How flows of a day, or of the last days, came out, and what differs still. Raises Refusal."""
    text = _known(context, day).text if day is not None else None
    most = min(limit, context.settings.limits.page)

    def find(connection: Connection) -> dict[str, Any]:
        rows = reconciliation.days(connection, day=text, flow=flow, limit=most)
        names = {one.name for one in FLOWS}
        open_ = [row for row in alarms.listed(connection, limit=most, reviewed=True, flow=flow, day=text) if row["flow"] in names]
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


def _known(context: Context, day: date | None) -> Day:
    if day is not None and not _FIRST <= day <= _LAST:
        raise Refusal(Cause.NOT_FOUND, "nothing is known of this day")
    return day_of(context, day)
