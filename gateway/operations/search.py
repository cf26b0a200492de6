"""Finding documents by what people know of them: a number, a partner, a type, a state. What became no document is found as its set."""

from typing import Any

from sqlalchemy import Connection

from gateway.operations.statuses import statuses
from gateway.pipeline.context import Context
from gateway.store import lookup
from gateway.store.bare_sets import bare_sets

__all__ = ["find_documents", "search"]


async def search(
    context: Context,
    *,
    po: str | None = None,
    partner: str | None = None,
    document_type: str | None = None,
    state: str | None = None,
    correlation: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> dict[str, Any]:
    """Documents, the newest first, each with its three statuses. `po` is any number of it; `after` the `next` of the page before.

    A page has at most as many as the settings say, whatever `limit` is.

    Sets that were rejected or held before they became a document stand among them: `thing` tells which is which.
    """
    limit = min(limit, context.settings.limits.page)
    moment = after.partition("_")[2] if after else ""
    agreements = [a.id for p in context.workspace.partners.values() for a in p.agreements if a.document == document_type]

    def find(connection: Connection) -> dict[str, Any]:
        documents = lookup.documents(
            connection,
            number=po,
            partner=partner,
            document_type=document_type,
            state=state,
            correlation=correlation,
            before=f"doc_{moment}" if moment else None,
            limit=limit + 1,
        )
        sets = bare_sets(
            connection,
            number=po,
            partner=partner,
            set_id=document_type,
            agreements=agreements,
            state=state,
            correlation=correlation,
            before=f"set_{moment}" if moment else None,
            limit=limit + 1,
        )
        page = sorted((*documents, *sets), key=_moment, reverse=True)
        shown = {row["id"] for row in page[:limit]}
        rows = statuses(connection, [d for d in documents if d["id"] in shown], [s for s in sets if s["id"] in shown])
        return {"documents": sorted(rows, key=_moment, reverse=True), "next": page[limit - 1]["id"] if len(page) > limit else None}

    return await context.store.read(find)


async def find_documents(context: Context, *, limit: int, **filters: str | None) -> dict[str, Any]:
    """Documents alone, the newest first, for the hub: what became none is the operators' business. `filters` as in `lookup.documents`."""

    def find(connection: Connection) -> dict[str, Any]:
        rows = lookup.documents(connection, limit=limit + 1, **filters)
        more = {"next": rows[limit - 1]["id"]} if len(rows) > limit else {}
        return {"documents": statuses(connection, rows[:limit], []), **more}

    return await context.store.read(find)


def _moment(row: dict[str, Any]) -> str:
    """What ids begin with behind their kind: the moment, to the millisecond."""
    return str(row["id"]).partition("_")[2]
