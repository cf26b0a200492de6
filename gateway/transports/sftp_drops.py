"""Files that wait for the same folder of a partner are left together: each step of a drop is then one round trip for all of them."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from gateway.transports.sftp_sessions import SftpSessions
from gateway.transports.threads import WaitingThreads
from sftp.drop import Dropped, Leaving, drop_all, is_listed
from sftp.errors import FileChangedError, Operation, SftpError
from sftp.files import source_of
from sftp.settings import SftpDropSettings, SftpSettings

__all__ = ["SftpDrops"]

_SMALL: Final = 1 << 20  #: bytes; larger ones make nobody wait
_TOGETHER: Final = 64

_Place = tuple[SftpSettings, SftpDropSettings]
_Waiting = tuple[Leaving, "asyncio.Future[Dropped]"]


class SftpDrops:
    """Belongs to the event loop; the leaving is done in threads. While one lot is under way, the next gathers."""

    def __init__(self, sessions: SftpSessions, threads: WaitingThreads) -> None:
        self._sessions = sessions
        self._threads = threads
        self._waiting: defaultdict[_Place, list[_Waiting]] = defaultdict(list)
        self._working: dict[_Place, asyncio.Task[None]] = {}

    async def leave(self, endpoint: SftpSettings, settings: SftpDropSettings, leaving: Leaving) -> Dropped:
        """Leave one file. Raises `SftpError`, and what resolving a secret raises.

        With `verify: list` a file that is gone a while later is a `FileChangedError`: it is left once more.
        """
        if source_of(leaving.data).size > _SMALL:
            [outcome] = await self._threads.run(self._leave, endpoint, settings, [leaving])
            if isinstance(outcome, SftpError):
                raise outcome
        else:
            outcome = await self._with_others((endpoint, settings), leaving)
        if settings.verify == "list":
            await asyncio.sleep(settings.verify_after)
            if not await self._threads.run(self._is_listed, endpoint, settings, outcome):
                gone = FileChangedError(Operation.LIST, "the file that was left is not in the folder any more")
                gone.unclear = True  # or the partner was quick
                raise gone
        return outcome

    async def _with_others(self, place: _Place, leaving: Leaving) -> Dropped:
        future: asyncio.Future[Dropped] = asyncio.get_running_loop().create_future()
        self._waiting[place].append((leaving, future))
        if place not in self._working:
            self._working[place] = asyncio.create_task(self._work(place))
        return await future

    async def _work(self, place: _Place) -> None:
        """Until nobody waits."""
        try:
            while waiting := self._waiting.pop(place, None):
                for start in range(0, len(waiting), _TOGETHER):
                    await self._leave_some(place, waiting[start : start + _TOGETHER])
        finally:
            del self._working[place]

    async def _leave_some(self, place: _Place, some: Sequence[_Waiting]) -> None:
        outcomes: Sequence[Dropped | Exception]
        try:
            outcomes = await self._threads.run(self._leave, *place, [leaving for leaving, _ in some])
        except Exception as error:
            outcomes = [error] * len(some)
        for (_, future), outcome in zip(some, outcomes, strict=True):
            if future.done():  # its delivery was cancelled
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _leave(self, endpoint: SftpSettings, settings: SftpDropSettings, leaving: Sequence[Leaving]) -> list[Dropped | SftpError]:
        with self._sessions.files(endpoint) as files:
            return drop_all(files, settings, leaving)

    def _is_listed(self, endpoint: SftpSettings, settings: SftpDropSettings, left: Dropped) -> bool:
        with self._sessions.files(endpoint) as files:
            return is_listed(files, settings, left)
