"""The operations about consumers of the feed: who is how far, and putting one elsewhere."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from gateway.operations.consumers import consumers, forget_consumer, set_position
from gateway.pipeline.context import Context
from gateway.service.operation import Decision, Operation
from gateway.service.operations_replay import Moment
from gateway.service.query import HIGHEST

__all__ = ["CONSUMERS"]


class Place(Decision):
    """Where in the feed a consumer goes on."""

    to: Annotated[int, Field(ge=0, le=HIGHEST, strict=True)] | Moment = Field(
        description="Behind this number, or with what came from this moment on."
    )


async def _set(context: Context, id_: str, a: Place) -> dict[str, Any]:
    return await set_position(context, id_, a.to, a.reason, by=a.by)


async def _forget(context: Context, id_: str, a: Decision) -> dict[str, Any]:
    return await forget_consumer(context, id_, a.reason, by=a.by)


CONSUMERS: Final[Mapping[str, Operation]] = {
    "consumers": Operation("GET", "/feed/consumers", "Who reads the feed, and how far behind", lambda c, _, __: consumers(c)),
    "consumer-position": Operation("POST", "/feed/consumers/{id}/position", "Have a consumer of the feed go on elsewhere", _set, Place),
    "consumer-forget": Operation("POST", "/feed/consumers/{id}/forget", "A consumer of the feed that reads no more", _forget, Decision),
}
