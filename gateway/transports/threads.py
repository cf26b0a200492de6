"""Threads that wait for others: for partners' servers, and for folders that may be shares.

They stand apart from those that do our own work: a partner whose server is slow must not hold up what has nothing to do with it, and a
pickup that waits in one of these until its file is stored needs another one to store it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

__all__ = ["WaitingThreads"]

_MOST: Final = 128  #: all deliveries that may be under way, and some folders

_T = TypeVar("_T")


class WaitingThreads:
    """Of one transport. Threads are made when needed."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(_MOST, thread_name_prefix=name)

    async def run(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """What `work` returns. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
