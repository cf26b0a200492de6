"""Taking a document over from the hub: checked, stored, queued; the same key gives the same answer for ever."""

from typing import Any

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.submission import Submission, take_submission

__all__ = ["submit"]


async def submit(
    context: Context,
    document_type: str,
    body: Any,
    idempotency_key: str,
    *,
    partner: str | None = None,
    usage: str | None = None,
    client: str = "hub",
) -> dict[str, Any]:
    """Take a document over; what comes back is durable. `partner` says for whom, where neither the order that it answers nor its
    receiver's id does; `usage` whether it is test or live traffic, where it is not that of the environment.

    Raises Refusal: a fault of its form with every path, nobody that it could be for, a key that was used for something else, or the store.
    """
    if not idempotency_key:
        raise Refusal(Cause.IDEMPOTENCY_KEY_MISSING)
    return await take_submission(context, Submission(document_type, body, idempotency_key, partner, client, usage))
