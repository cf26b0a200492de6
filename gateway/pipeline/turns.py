"""Work that is done side by side comes to its commit in the order in which it was begun: per key, here per partner.

An order change must not overtake the order it changes, although the two are read by different threads. Only the commits wait for each
other, and only until the one before is in the writer's queue, which keeps the order from there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Turn", "Turns"]


class Turn:
    """A place in the order of one key."""

    def __init__(self, before: "Turn | None") -> None:
        self._before = before
        self._over = asyncio.Event()

    async def come(self) -> None:
        """Wait until everything before is in the queue, or has failed."""
        if self._before is not None:
            await self._before._over.wait()
            self._before = None  # else the whole past would be kept

    def over(self) -> None:
        """The next may go on."""
        self._over.set()


class Turns:
    """The last place of each key."""

    def __init__(self) -> None:
        self._last: dict[str, Turn] = {}

    @asynccontextmanager
    async def taken(self, key: str) -> AsyncIterator[Turn]:
        """A place behind all that were taken before under this key; it is over at the end, whatever happens."""
        turn = Turn(self._last.get(key))
        self._last[key] = turn
        try:
            yield turn
        finally:
            try:
                await turn.come()  # one that failed or needed no commit must not let the next overtake what is before
            finally:
                turn.over()
                if self._last.get(key) is turn:
                    del self._last[key]
