"""Whether something new can be taken on. When more waits than can be worked on soon, or the disk is nearly full, intake says "later"."""

import shutil
from functools import partial
from typing import Final

from gateway.errors import Cause, Refusal
from gateway.log import logger
from gateway.pipeline.watch import Watch
from gateway.store import jobs
from gateway.store.errors import DatabaseDamagedError, StoreUnavailableError

__all__ = ["Pressure"]

_LATER: Final = 30  #: seconds until those who were sent away should ask again
_MIB: Final = 1024 * 1024


class Pressure(Watch):
    """Compares what waits with the marks in `limits`, again and again. What is under way is worked on as ever."""

    name = "pressure"
    usual = 2.0

    def check(self) -> None:
        """Raises `Refusal` while nothing new is taken on."""
        if self._context.overload:
            raise Refusal(Cause.OVERLOADED, "; ".join(self._context.overload), retry_after=_LATER)

    async def look(self) -> None:
        """Measure once."""
        limits, store = self._context.settings.limits, self._context.store
        reasons = []
        if shutil.disk_usage(store.folder).free < limits.free_bytes:
            reasons.append(f"less than {limits.free_bytes // _MIB} MiB are free in the data folder")
        if not store.is_in_place:
            reasons.append("the file of the database was moved or removed: put it back before the gateway ends, then it goes on")
        if store.backlog > limits.writer_backlog:
            reasons.append(f"more than {limits.writer_backlog} changes wait for the store")
        try:
            if await store.read(partial(jobs.are_due, now=self._context.now(), more_than=limits.due_jobs)):
                reasons.append(f"more than {limits.due_jobs} jobs are due")
        except StoreUnavailableError as fault:
            reasons.append(fault.detail if isinstance(fault, DatabaseDamagedError) else "the store does not answer")
        if bool(reasons) != bool(self._context.overload):
            logger().warning("intake-stopped" if reasons else "intake-resumed", reasons=reasons)
        self._context.overload = tuple(reasons)
