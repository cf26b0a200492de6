"""The work list: what waits for a person, why, whose turn it is, and what to do."""

from typing import Any

from gateway.operations.views import cause_words, state_words
from gateway.pipeline.context import Context
from gateway.states import Thing
from gateway.store import lookup
from gateway.store.schema.base import utc_text

__all__ = ["held"]


async def held(context: Context, *, limit: int = 200) -> dict[str, Any]:
    """Everything held, refused or overdue, the oldest first."""
    rows = await context.store.read(lambda connection: lookup.held(connection, min(limit, context.settings.limits.page)))
    return {
        "held": [
            {
                "thing": row["thing"],
                "id": row["id"],
                "state": row["state"],
                "stateMeaning": state_words(Thing(row["thing"]), row["state"]),
                "partnerId": row["partner_id"],
                "correlationId": row["correlation_id"],
                "detail": row["detail"],
                "since": utc_text(row["created_at"]),
                **cause_words(row["cause"]),
            }
            for row in rows
        ]
    }
