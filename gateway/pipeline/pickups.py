"""Looks at partners' folders, on servers and here, each at its own pace; what is found is received before it is moved away."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from gateway.errors import Cause, PermanentError, TransientError
from gateway.log import logger
from gateway.payload import StoredPayload
from gateway.pipeline.context import Context, FolderTrouble, PickupHealth
from gateway.pipeline.receive import Incoming, receive
from gateway.store.errors import StoreUnavailableError
from gateway.store.pickups import StoreLedger
from partners.model import Partner
from sftp.ledger import Ledger
from sftp.names import shown
from sftp.pickup import PickedFile, PickupReport, TakeFiles
from sftp.settings import PickupSettings

__all__ = ["PickingTransport", "Pickups"]

_TICK: Final = 0.2


@runtime_checkable
class PickingTransport(Protocol):
    """A transport that partners leave files at."""

    def folders(self, partner: Partner) -> tuple[PickupSettings, ...]:
        """What is to be looked at."""
        ...

    async def poll(
        self,
        partner: Partner,
        folder: PickupSettings,
        *,
        ledger: Ledger,
        take: TakeFiles,
        stopping: Callable[[], bool],
    ) -> PickupReport:
        """Look once. Raises `TransientError`, `PermanentError`, and what `take` raises."""
        ...


@dataclass(frozen=True, slots=True)
class _Look:
    """One folder of one partner."""

    endpoint: str  #: "northmart:sftp:/out"
    kind: str
    partner: Partner
    folder: PickupSettings


class Pickups:
    """One look at a time per folder, the folders side by side. Follows the revision in force from look to look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._due: dict[str, float] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`; then what runs comes to its end."""
        loop = asyncio.get_running_loop()
        asked = self._context.signals.looks = set()
        while not self._stopping:
            looks = self._looks() if self._context.leads() else []
            self._due |= {look.endpoint: 0.0 for look in looks if look.partner.id in asked}
            asked.clear()
            for gone in self._context.pickups.keys() - {look.endpoint for look in looks}:
                del self._context.pickups[gone]  # another revision looks elsewhere
            for look in looks:
                if look.endpoint not in self._busy and self._due.get(look.endpoint, 0.0) <= loop.time():
                    self._due[look.endpoint] = loop.time() + look.folder.every
                    self._busy.add(look.endpoint)
                    task = asyncio.create_task(self._look(look))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
            await asyncio.sleep(_TICK)
        self._context.signals.looks = None
        if self._running:
            await asyncio.wait(self._running)

    def stop(self) -> None:
        """Begin no look more, and no file more in those that run."""
        self._stopping = True

    async def look_once(self) -> None:
        """Every folder once. For tests and commands."""
        for look in self._looks():
            await self._look(look)

    def _looks(self) -> list[_Look]:
        timing = self._context.settings.timing
        defaults = {
            "sftp": {"every": timing.sftp_every, "looks_apart": timing.sftp_stable},
            "folder": {"every": timing.folder_every, "looks_apart": min(timing.sftp_stable, timing.folder_every)},
        }
        return [
            _Look(f"{partner.id}:{kind}:{folder.folder}", kind, partner, folder.with_defaults(**defaults.get(kind, {})))
            for partner in self._context.workspace.partners.values()
            for kind, transport in self._context.transports.items()
            if isinstance(transport, PickingTransport)
            for folder in transport.folders(partner)
        ]

    async def _look(self, look: _Look) -> None:
        transport = self._context.transports[look.kind]
        assert isinstance(transport, PickingTransport)
        ledger = StoreLedger(self._context.store, look.endpoint)
        loop = asyncio.get_running_loop()

        async def take_all(picked: Sequence[PickedFile]) -> list[str]:
            taking = (self._take(look, ledger, file) for file in picked)  # they share the store's commits
            taken = await asyncio.gather(*taking, return_exceptions=True)  # all: the next look would take again what goes on
            for fault in (one for one in taken if isinstance(one, BaseException)):
                raise fault
            return [one for one in taken if isinstance(one, str)]

        def take(picked: Sequence[PickedFile]) -> list[str]:
            return asyncio.run_coroutine_threadsafe(take_all(picked), loop).result()

        fault: TransientError | PermanentError | None = None
        report = PickupReport()
        try:
            report = await transport.poll(look.partner, look.folder, ledger=ledger, take=take, stopping=lambda: self._stopping)
        except (TransientError, PermanentError) as error:
            fault = error
        except StoreUnavailableError:
            fault = TransientError(Cause.STORE_UNAVAILABLE, "nothing was taken")
        except Exception:
            logger().exception("pickup-failed", endpoint=look.endpoint)
            fault = PermanentError(Cause.INTERNAL_ERROR, "a fault of ours")
        finally:
            self._busy.discard(look.endpoint)
        if report.waiting:  # what is seen for the first time need not wait until the folder's turn comes round
            self._due[look.endpoint] = min(self._due.get(look.endpoint, 0.0), loop.time() + look.folder.looks_apart)
        cause, detail = (fault.cause, fault.detail) if fault is not None else (None, "")
        health = PickupHealth(self._context.now(), cause, detail, _troubles(report), len(report.taken), report.waiting)
        self._keep(look.endpoint, health)

    def _keep(self, endpoint: str, health: PickupHealth) -> None:
        """For `gateway status`; the log is told what is new."""
        before = self._context.pickups.get(endpoint)
        self._context.pickups[endpoint] = health
        if health.is_like(before):
            return
        if health.cause is not None:
            logger().warning("pickup-failed", endpoint=endpoint, cause=health.cause.value, detail=health.detail)
        for trouble in health.troubles:
            logger().warning("pickup-trouble", endpoint=endpoint, trouble=trouble.kind, files=len(trouble.files))
        if health.cause is None and not health.troubles and before is not None:
            logger().info("pickup-well-again", endpoint=endpoint)

    async def _take(self, look: _Look, ledger: StoreLedger, picked: PickedFile) -> str:
        """The file's bytes, its ledger row and the job in one transaction."""
        payload = await asyncio.to_thread(self._keep_bytes, picked)
        incoming = Incoming(transport=look.kind, partner_id=look.partner.id, payload=payload, file_name=picked.name)
        received = await receive(self._context, incoming, also=lambda connection, id_: ledger.put_within(connection, picked.committed(id_)))
        return received.transmission_id

    def _keep_bytes(self, picked: PickedFile) -> StoredPayload:
        """A large file is moved to where payloads are, a small one read."""
        payloads = self._context.store.payloads
        return payloads.keep_file(picked.path, picked.sha256) if picked.path is not None else payloads.keep(picked.body.read())


def _troubles(report: PickupReport) -> tuple[FolderTrouble, ...]:
    """What was found, file by file, told together by what it is."""
    found: dict[str, list[str]] = {}
    for alarm in report.alarms:
        found.setdefault(alarm.kind.value, []).append(shown(alarm.path))
    for problem in report.problems:
        found.setdefault(problem.error.words, []).append(problem.name)
    return tuple(FolderTrouble(kind, tuple(sorted(files))) for kind, files in sorted(found.items()))
