"""The operations about batches."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

from gateway.operations.batch import batch_list, batch_release, batch_start, batch_stop
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Decision, Operation

__all__ = ["BATCHES"]


class OfPartner(Arguments):
    """Whose; absent: everybody's."""

    partner: str | None = None


class Named(Decision):
    """Which of a partner's batches; absent: all."""

    name: str | None = None
    usage: Literal["test", "live"] | None = None


def _deciding(decide: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[[Context, str, Named], Awaitable[dict[str, Any]]]:
    return lambda context, partner, a: decide(context, partner, name=a.name, usage=a.usage, by=a.by, reason=a.reason)


async def _list(context: Context, _id: str, a: OfPartner) -> dict[str, Any]:
    return await batch_list(context, partner=a.partner)


BATCHES: Final[Mapping[str, Operation]] = {
    "batch-list": Operation("GET", "/batches", "What waits to leave together, and when it leaves", _list, OfPartner),
    "batch-release": Operation("POST", "/partners/{id}/batches/release", "Have what waits leave now", _deciding(batch_release), Named),
    "batch-stop": Operation("POST", "/partners/{id}/batches/stop", "Let nothing leave for the time being", _deciding(batch_stop), Named),
    "batch-start": Operation("POST", "/partners/{id}/batches/start", "Let it leave again", _deciding(batch_start), Named),
}
