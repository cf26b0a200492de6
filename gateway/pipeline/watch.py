"""`Watch`: something that is looked at now and then for as long as the gateway runs, and whose faults end no look but the present one."""

import asyncio
from abc import ABC, abstractmethod

from gateway.log import logger
from gateway.store.errors import StoreUnavailableError

__all__ = ["Watch"]


class Watch(ABC):
    """`run` looks every so many seconds. `name` stands in the log when a look fails."""

    name: str

    def __init__(self, every: float) -> None:
        self._every = every

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (StoreUnavailableError, OSError) as fault:
                logger().warning("not-looked", watch=self.name, kind=type(fault).__name__)
            except Exception:
                logger().exception("look-failed", watch=self.name)
            await asyncio.sleep(self._every)

    @abstractmethod
    async def look(self) -> object:
        """One look."""
