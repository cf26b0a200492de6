"""How long answers take: by partner, kind and set, from our sending to the answer; and ours, from what came to our answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import ceil
from typing import Any, Final

from sqlalchemy import Connection

from gateway.pipeline.clocks import level_of
from gateway.pipeline.context import Context
from gateway.store import owed
from gateway.store.schema.base import utc_text

__all__ = ["latency", "quantile", "spread"]

_MOST: Final = 100_000  #: rows of each kind; of more, the newest


async def latency(context: Context, *, days: int = 30, partner: str | None = None) -> dict[str, Any]:
    """Count, median, 95th percentile and maximum in seconds, over the answers that came in the last so many days."""
    now = context.now()
    since = now - timedelta(days=days)

    def find(connection: Connection) -> dict[str, Any]:
        theirs = owed.answer_times(connection, since, partner=partner, limit=_MOST)
        receipts = owed.receipt_times(connection, since, partner=partner, limit=_MOST)
        ours = owed.own_times(connection, since, partner=partner, limit=_MOST)
        times: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
        for side, kind, rows in (("theirs", "MDN", receipts), ("theirs", None, theirs), ("ours", None, ours)):
            for row in rows:
                begun = row.get("sent_at") or row["created_at"]
                key = (row["partner_id"] or "", side, kind or row["kind"], row.get("set_id") or "")
                times[key].append(max(0.0, (row["finished_at"] - begun).total_seconds()))
        return {
            "at": utc_text(now),
            "since": utc_text(since),
            "isComplete": max(len(theirs), len(receipts), len(ours)) < _MOST,
            "latency": [
                {"partnerId": whose, "side": side, "kind": kind, "level": level_of(kind), "set": set_id or None, **spread(seconds)}
                for (whose, side, kind, set_id), seconds in sorted(times.items())
            ],
        }

    return await context.store.read(find)


def spread(seconds: Iterable[float]) -> dict[str, Any]:
    """Count, p50, p95, p99 and max, in seconds to the millisecond."""
    ordered = sorted(seconds)
    if not ordered:
        return {"count": 0}
    return {
        "count": len(ordered),
        "p50": round(quantile(ordered, 0.5), 3),
        "p95": round(quantile(ordered, 0.95), 3),
        "p99": round(quantile(ordered, 0.99), 3),
        "max": round(ordered[-1], 3),
    }


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed (nearest rank); of values in order, at least one."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
