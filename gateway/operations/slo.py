"""Objectives and how they are met: by type of document and direction, with the error budget that is left."""

from datetime import timedelta
from typing import Any

from gateway.operations.latency import spread
from gateway.pipeline.attainment import Attainment, attainments
from gateway.pipeline.context import Context
from gateway.store.schema.base import utc_text

__all__ = ["slo"]


async def slo(context: Context, *, days: int = 30) -> dict[str, Any]:
    """From our first byte until the other side had it, over the last so many days; what is not through yet counts once it is late."""
    now = context.now()
    since = now - timedelta(days=days)
    found = await context.store.read(lambda connection: attainments(context, connection, since))
    return {"at": utc_text(now), "since": utc_text(since), "flows": [_view(one) for one in found]}


def _view(one: Attainment) -> dict[str, Any]:
    view: dict[str, Any] = {
        "documentType": one.document_type,
        "direction": one.direction,
        "tier": one.tier.value,
        "judged": one.judged,
        "late": one.late,
        "waiting": one.waiting,
        "oldestWaitingSeconds": round(one.oldest_waiting, 3),
        "seconds": spread(one.seconds),
        "isMet": not one.is_missed,
    }
    if one.objective is not None:
        view |= {
            "within": one.objective.within,
            "target": one.objective.target,
            "percent": round(one.percent, 3),
            "budgetLeft": round(one.budget_left or 0.0, 1),
        }
    return view
