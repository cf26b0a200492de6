"""The operations by which a person decides on a partner's document in the hub's stead."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import StringConstraints

from gateway.operations.hub_decision import decide_document
from gateway.pipeline.context import Context
from gateway.pipeline.hub_answer import HubReason, HubSaid
from gateway.service.operation import Arguments, Operation

__all__ = ["DOCUMENTS"]


class Accepted(Arguments):
    """Who accepts, and why."""

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


class Rejected(Accepted):
    """With a word for the reason."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)] = "mutual"


async def _accept(context: Context, id_: str, a: Accepted) -> dict[str, Any]:
    said = HubSaid(note=a.why)
    return await decide_document(context, id_, said, accepts=True, client=a.by)


async def _reject(context: Context, id_: str, a: Rejected) -> dict[str, Any]:
    said = HubSaid(reasons=(HubReason(code=a.code, text=a.why),))
    return await decide_document(context, id_, said, accepts=False, client=a.by)


DOCUMENTS: Final[Mapping[str, Operation]] = {
    "document-accept": Operation("POST", "/documents/{id}/accept", "Accept a partner's document", _accept, Accepted),
    "document-reject": Operation("POST", "/documents/{id}/reject", "Reject a partner's document", _reject, Rejected),
}
