"""A folder as a source: one JSON document a file, picked up as partners' files are, moved to the archive when it is stored."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError, Refusal
from gateway.pipeline.hub_message import HubMessage
from gateway.source_settings import FolderSource as Settings
from gateway.sources.base import Connected
from gateway.store.pickups import StoreLedger
from gateway.store.store import Store
from gateway.transports.faults import fault_of
from gateway.transports.local_files import LocalFiles
from sftp.errors import SftpError
from sftp.pickup import PickedFile, Pickup, PickupReport
from sftp.settings import PickupSettings

__all__ = ["FolderSource"]

_MOST_BYTES: Final = 64 * 1024 * 1024  #: larger files stay where they are, and are told of


@dataclass(frozen=True, slots=True)
class _Arrival:
    message: HubMessage
    stored: "asyncio.Future[str]"

    async def taken(self, id_: str) -> None:
        if not self.stored.done():
            self.stored.set_result(id_)

    async def dead(self, id_: str, refusal: Refusal) -> None:  # noqa: ARG002 - the archive has it too, and the gateway tells why
        await self.taken(id_)


class FolderSource:
    """Looks at one folder. Only one process may."""

    kind: ClassVar[str] = "folder"
    alone: ClassVar[bool] = True

    def __init__(self, name: str, settings: Settings, *, root: Path, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._files = LocalFiles(root)
        self._store = store
        self._clock = clock
        self._ledger = StoreLedger(store, f"source:{name}")
        self._pickup = PickupSettings(
            folder=str(settings.path),
            patterns=("*.json",),
            stable=settings.stable,
            archive=settings.archive,
            looks_apart=settings.every,
            every=settings.every,
            max_bytes=_MOST_BYTES,
        )

    async def arrivals(self, connected: Connected) -> AsyncGenerator[_Arrival, None]:
        """As `Source.arrivals`."""
        loop, offered, stopping = asyncio.get_running_loop(), asyncio.Queue[_Arrival](), False

        async def offer(picked: Sequence[PickedFile]) -> list[str]:
            arrivals = [_Arrival(self._message(file), loop.create_future()) for file in picked]
            for arrival in arrivals:
                offered.put_nowait(arrival)
            return list(await asyncio.gather(*(arrival.stored for arrival in arrivals)))

        def take(picked: Sequence[PickedFile]) -> list[str]:
            return asyncio.run_coroutine_threadsafe(offer(picked), loop).result()

        def look() -> PickupReport:
            self._files.make_folders(str(self._settings.path).encode())
            pickup = Pickup(self._pickup, self._ledger, take, scratch=self._store.scratch, clock=self._clock, stopping=lambda: stopping)
            return pickup.run(self._files)

        waiting: list[_Arrival] = []
        looking: asyncio.Future[PickupReport] | None = None
        try:
            while True:
                looking = loop.run_in_executor(None, look)
                getting = asyncio.ensure_future(offered.get())
                while not looking.done():
                    either: set[asyncio.Future[Any]] = {looking, getting}
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                    if getting.done():
                        waiting.append(arrival := getting.result())
                        yield arrival
                        getting = asyncio.ensure_future(offered.get())
                getting.cancel()
                report = looking.result()
                if report.problems:
                    raise fault_of(report.problems[0].error)
                connected(None)
                waiting.clear()
                await asyncio.sleep(self._settings.every)
        except SftpError as fault:
            raise fault_of(fault) from fault
        finally:
            stopping = True
            while not offered.empty():
                waiting.append(offered.get_nowait())
            for arrival in waiting:  # what was not stored stays claimed, and is read again
                if not arrival.stored.done():
                    arrival.stored.set_exception(PermanentError(Cause.STORE_UNAVAILABLE, "the source was stopped"))

    def _message(self, picked: PickedFile) -> HubMessage:
        return HubMessage(
            body=picked.body.read(),
            place=picked.name,
            key=f"{picked.name} {picked.sha256}",
            document_type=self._settings.document_type,
            partner=self._settings.partner,
        )
