"""On which day each API key was used last."""

from typing import Any

from gateway.pipeline.context import Context
from gateway.store import key_uses

__all__ = ["uses_of_keys"]


async def uses_of_keys(context: Context) -> dict[str, Any]:
    """Every key that was used ever, by its role, who has it, and its label; those that nobody used are not in it."""
    uses = await context.store.read(lambda connection: list(key_uses.key_uses(connection)))
    return {"uses": [{"role": one.role, "principal": one.principal, "key": one.key, "lastUsed": one.last_used} for one in uses]}
