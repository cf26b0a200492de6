"""Finding documents by what people know of them: a number, a partner, a type, a state."""

from typing import Any

from gateway.errors import Cause, Refusal
from gateway.operations.views import acknowledgment_status, delivery_status, row_view, validation_status
from gateway.pipeline.context import Context
from gateway.states import Thing
from gateway.store import lookup

__all__ = ["search"]


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
    """Documents, the newest first, each with its three statuses. `po` is any number of it; `after` the `next` of the page before."""
    if not 1 <= limit <= context.settings.limits.page:
        raise Refusal(Cause.MALFORMED_REQUEST, f"limit is 1 to {context.settings.limits.page}")

    def find(connection: Any) -> tuple[list[lookup.Found], dict[Thing, list[lookup.Found]]]:
        rows = lookup.documents(
            connection,
            number=po,
            partner=partner,
            document_type=document_type,
            state=state,
            correlation=correlation,
            before=after,
            limit=limit + 1,
        )
        outbound = [row["transmission_id"] for row in rows if row["direction"] == "outbound" and row["transmission_id"]]
        inbound = [row["transmission_id"] for row in rows if row["direction"] == "inbound"]
        return rows, lookup.related(connection, {*outbound, *inbound}, [row["id"] for row in rows])

    rows, related = await context.store.read(find)
    page = rows[:limit]
    return {
        "documents": [_summary(row, related) for row in page],
        "next": page[-1]["id"] if len(rows) > limit else None,
    }


def _summary(row: lookup.Found, related: dict[Thing, list[lookup.Found]]) -> dict[str, Any]:
    deliveries = [d for d in related[Thing.DELIVERY] if _carries(d, row)]
    acknowledgments = [a for a in related[Thing.ACKNOWLEDGMENT] if a["answers_transmission_id"] == row["transmission_id"]]
    view = row_view(Thing.DOCUMENT, row)
    view.pop("map", None)
    view.pop("findings", None)
    return view | {
        "validation": validation_status(row, ()),
        "delivery": delivery_status(deliveries),
        "acknowledgment": acknowledgment_status(acknowledgments),
    }


def _carries(delivery: lookup.Found, document: lookup.Found) -> bool:
    """Inbound documents have deliveries of their own; outbound ones travel in their transmission."""
    if document["direction"] == "inbound":
        return bool(delivery["document_id"] == document["id"])
    return document["transmission_id"] is not None and delivery["transmission_id"] == document["transmission_id"]
