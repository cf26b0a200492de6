"""Whether all is well: what is open, what waits, and whether nothing is missing between received and delivered."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from canonical.registry import DOCUMENTS
from gateway.operations.batch import waiting_batches
from gateway.operations.certificates import expiring_view
from gateway.operations.circuits import circuits_view, degraded_of
from gateway.operations.consumers import consumers_view
from gateway.operations.folders import all_folders
from gateway.operations.sources import sources
from gateway.operations.views import cause_words
from gateway.pipeline.context import Context
from gateway.pipeline.expiries import expiries_now
from gateway.states import LIVES, Thing
from gateway.store import alarms, jobs, lookup, nodes
from gateway.store.reconcile import passed, reconcile
from gateway.store.schema.base import utc_text

__all__ = ["counts", "status"]

_LATELY: Final = timedelta(days=1)


async def status(context: Context) -> dict[str, Any]:
    """One look: revision, open things by state, jobs, what waits for a person, destinations that do not answer, folders, certificates."""
    now = context.now()

    def look(connection: Connection) -> dict[str, Any]:
        by_state = lookup.open_by_state(connection)
        oldest = jobs.oldest_due(connection, now)
        return {
            "at": utc_text(now),
            "environment": context.workspace.own.environment,
            "revision": context.active.number,
            "things": {thing.value: by_state[thing] for thing in Thing},
            "jobs": jobs.waiting(connection),
            "oldestDueSeconds": 0.0 if oldest is None else (now - oldest).total_seconds(),
            "held": sum(by_state[thing][state] for thing, life in LIVES.items() for state in life.needs_a_person),
            "alarms": sum(alarms.counts(connection).values()),
            "resting": jobs.resting(connection, now),
            "breakers": (found := circuits_view(connection, now)),
            "degraded": degraded_of(found),
            "retrying": [{**row, **cause_words(row["cause"])} for row in lookup.retrying(connection)],
            "feed": lookup.last_feed_number(connection),
            "consumers": consumers_view(connection, now),
            "nodes": [_node_view(row, now) for row in nodes.listed(connection)],
            "batches": waiting_batches(connection),
            "folders": all_folders(context, connection, now),
            "sources": sources(context.sources),
            "overload": list(context.overload),
            "https": [
                {"listener": place, "fingerprint": served.fingerprint, "until": utc_text(served.not_after), "fault": served.fault}
                for place, served in context.tls.items()
                if served.not_after is not None
            ],
            "certificates": expiring_view(expiries_now(context, connection, now)),
        }

    return await context.store.read(look)


async def counts(context: Context) -> dict[str, Any]:
    """The reconciliation: what is open is on its way with a job, or held; `lost` lists what is neither; `lately` is the last day."""
    since = context.now() - _LATELY

    def look(connection: Connection) -> dict[str, Any]:
        found, lately = reconcile(connection), passed(connection, since, DOCUMENTS.keys())
        return {"since": utc_text(since), "lately": lately, "waiting": found.waiting, "held": found.held, "lost": found.lost}

    return await context.store.read(look)


def _node_view(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """One process of the gateway, and whether its heart beats."""
    return {
        "id": row["id"],
        "role": row["role"],
        "host": row["host"],
        "pid": row["pid"],
        "release": row["release"],
        "state": row["state"] if now - row["seen_at"] < nodes.ALIVE else "dead",
        "leads": row["is_leader"],
        "startedAt": utc_text(row["started_at"]),
        "seenAt": utc_text(row["seen_at"]),
    }
