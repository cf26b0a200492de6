"""`Watch`: something that is looked at now and then for as long as the gateway runs, and whose faults end no look but the present one."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from gateway.log import logger
from gateway.pipeline.context import Context
from gateway.store.errors import DatabaseDamagedError, StoreUnavailableError

__all__ = ["Watch"]


class Watch(ABC):
    """`run` looks every so many seconds. `name` stands in the log when a look fails."""

    name: str
    usual: float = 60.0  #: seconds between looks, where nothing else is said
    everywhere = False  #: whether every process looks; else only the one that leads

    def __init__(self, context: Context, *, every: float | None = None) -> None:
        self._context = context
        self._every = self.usual if every is None else every

    async def run(self, leads: Callable[[], bool] = lambda: True) -> None:
        """Until cancelled; where only one process may look, while `leads` says that it is this one."""
        while True:
            try:
                if self.everywhere or leads():
                    await self.look()
            except DatabaseDamagedError:
                pass  # the store has told it, once
            except (StoreUnavailableError, OSError) as fault:
                logger().warning("not-looked", watch=self.name, kind=type(fault).__name__)
            except Exception:
                logger().exception("look-failed", watch=self.name)
            await asyncio.sleep(self._every)

    @abstractmethod
    async def look(self) -> object:
        """One look."""
