"""Waiting for what a process, a thread or a server does: for what is so, never for a time. The limits are for machines that stall."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60


def until(look: Callable[[], Any], seconds: float = 2 * PATIENCE) -> Any:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
    return found


async def eventually(condition: Callable[[], Any], seconds: float = PATIENCE, *, pause: float = 0.02) -> Any:
    """What a condition gives once it is true. Awaits it when it is a coroutine."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = condition()
        found = await found if asyncio.iscoroutine(found) else found
        if found:
            return found
        assert asyncio.get_running_loop().time() < end, f"not so within {seconds:.0f} s"
        await asyncio.sleep(pause)
