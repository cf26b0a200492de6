"""Looking into a partner's folders now, instead of when their turn comes."""

import asyncio
from typing import Any, Final

from gateway.errors import Cause, Refusal
from gateway.operations.folders import folders
from gateway.pipeline.context import Context, PickupHealth
from gateway.pipeline.looks import PickingTransport

__all__ = ["poll"]

_TICK: Final = 0.05


async def poll(context: Context, partner_id: str, *, patience: float = 30.0) -> dict[str, Any]:
    """Look, and tell how it went; `complete` is false when a folder took longer than `patience` seconds. Raises Refusal."""
    partner = context.workspace.partners.get(partner_id)
    if partner is None:
        raise Refusal(Cause.NOT_FOUND, "no partner has this id")
    count = sum(len(one.folders(partner)) for one in context.transports.values() if isinstance(one, PickingTransport))
    if not count:
        raise Refusal(Cause.NOT_FOUND, "its profile names no folder to fetch from")
    asked = context.signals.looks
    if asked is None:
        raise Refusal(Cause.CONFLICT, "nobody looks into folders: the gateway is not running")
    before = dict(context.pickups)
    asked.add(partner_id)
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while len(found := _since(before, context, partner_id)) < count and loop.time() < until:  # noqa: ASYNC110 - each look ends in its own time
        await asyncio.sleep(_TICK)
    return {"partner": partner_id, "complete": len(found) == count, "folders": folders(found)}


def _since(before: dict[str, PickupHealth], context: Context, partner_id: str) -> dict[str, PickupHealth]:
    """The folders that were looked at since."""
    return {
        endpoint: health
        for endpoint, health in context.pickups.items()
        if endpoint.startswith(f"{partner_id}:") and before.get(endpoint) is not health
    }
