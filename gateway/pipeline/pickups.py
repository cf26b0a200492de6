"""Looks at partners' folders, on servers and here, each at its own pace; what is found is received before it is moved away."""

import asyncio
from collections.abc import Sequence
from typing import Final

from gateway.errors import Cause, PermanentError, TransientError
from gateway.log import logger
from gateway.payload import StoredPayload
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context, FolderTrouble, PickupHealth
from gateway.pipeline.looks import Look, PickingTransport, looks_of
from gateway.pipeline.receive import Incoming, receive
from gateway.pipeline.timetable import Timetable, Turn
from gateway.store.errors import StoreUnavailableError
from gateway.store.pickups import StoreLedger
from sftp.errors import FileChangedError
from sftp.names import shown
from sftp.pickup import PickedFile, PickupReport
from sftp.plan import AlarmKind

__all__ = ["Pickups"]

_TICK: Final = 0.2
_MAY_BE_MEANT: Final = frozenset({AlarmKind.NOT_MATCHED.value, AlarmKind.UNFINISHED.value, AlarmKind.IN_SUBFOLDER.value})


class Pickups:
    """One look at a time per folder, the folders side by side. Follows the revision in force from look to look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._timetable = Timetable(context)
        self._found: tuple[Active, list[Look]] | None = None
        self._due: dict[str, float] = {}  #: of those without a schedule, on the loop's clock
        self._asked: set[str] = set()  #: endpoints that a person wants looked at
        self._running: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`; then what runs comes to its end."""
        self._context.signals.looks = set()
        while not self._stopping:
            await self._begin_due()
            await asyncio.sleep(_TICK)
        self._context.signals.looks = None
        await self._all_ended()

    def stop(self) -> None:
        """Begin no look more, and no file more in those that run."""
        self._stopping = True

    async def look_once(self) -> None:
        """Every folder once, due or not. For tests."""
        for look in self._looks():
            await self._look(look)

    async def look_due(self) -> None:
        """Every folder whose time has come, until all of these looks have ended. For tests."""
        await self._begin_due()
        await self._all_ended()

    async def _begin_due(self) -> None:
        looks = self._looks() if self._context.leads() else None
        await self._timetable.follow(looks)
        looks, asked = looks or [], self._context.signals.looks or set()
        self._asked |= {look.endpoint for look in looks if look.partner.id in asked}
        asked.clear()
        for gone in self._context.pickups.keys() - {look.endpoint for look in looks}:
            del self._context.pickups[gone]  # another revision looks elsewhere
        for look in looks:
            if look.endpoint not in self._busy and self._is_due(look):
                self._begin(look)

    async def _all_ended(self) -> None:
        if self._running:
            await asyncio.wait(self._running)

    def _looks(self) -> list[Look]:
        """Counted out once for each revision, since they are asked for all the time."""
        active = self._context.active
        if self._found is None or self._found[0] is not active:
            self._found = active, looks_of(self._context)
        return self._found[1]

    def _is_due(self, look: Look) -> bool:
        if look.endpoint in self._asked:
            return True
        if look.slots is not None:
            return self._timetable.is_due(look.endpoint)
        return self._due.get(look.endpoint, 0.0) <= asyncio.get_running_loop().time()

    def _begin(self, look: Look) -> None:
        asked = look.endpoint in self._asked
        self._asked.discard(look.endpoint)
        self._busy.add(look.endpoint)
        if look.slots is None:
            self._due[look.endpoint] = asyncio.get_running_loop().time() + look.folder.every
        turn = self._timetable.begin(look.endpoint, asked=asked) if look.slots is not None else None
        task = asyncio.create_task(self._look(look, turn))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _look(self, look: Look, turn: Turn | None = None) -> None:
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
        if report.waiting and look.slots is None:  # what is seen for the first time need not wait until the folder's turn comes round
            self._due[look.endpoint] = min(self._due.get(look.endpoint, 0.0), loop.time() + look.folder.looks_apart)
        cause, detail = (fault.cause, fault.detail) if fault is not None else (None, "")
        health = PickupHealth(self._context.now(), cause, detail, _troubles(report), len(report.taken), report.waiting)
        self._keep(look.endpoint, health)
        if turn is not None:
            await self._timetable.ended(turn, health, again_after=_again(look, report, fault), is_cut=self._stopping)

    def _keep(self, endpoint: str, health: PickupHealth) -> None:
        """For `gateway status`; the log is told what is new."""
        before = self._context.pickups.get(endpoint)
        self._context.pickups[endpoint] = health
        if health.is_like(before):
            return
        if health.cause is not None:
            logger().warning("pickup-failed", endpoint=endpoint, cause=health.cause.value, detail=health.detail)
        told = before.troubles if before is not None else ()
        for trouble in health.troubles:
            if trouble not in told:
                tell = logger().info if trouble.kind in _MAY_BE_MEANT else logger().warning
                tell("pickup-trouble", endpoint=endpoint, trouble=trouble.kind, files=len(trouble.files))
        if health.cause is None and not health.troubles and before is not None:
            logger().info("pickup-well-again", endpoint=endpoint)

    async def _take(self, look: Look, ledger: StoreLedger, picked: PickedFile) -> str:
        """The file's bytes, its ledger row and the job in one transaction."""
        payload = await asyncio.to_thread(self._keep_bytes, picked)
        incoming = Incoming(transport=look.kind, partner_id=look.partner.id, payload=payload, file_name=picked.name)
        received = await receive(self._context, incoming, also=lambda connection, id_: ledger.put_within(connection, picked.committed(id_)))
        return received.transmission_id

    def _keep_bytes(self, picked: PickedFile) -> StoredPayload:
        """A large file is moved to where payloads are, a small one read."""
        payloads = self._context.store.payloads
        return payloads.keep_file(picked.path, picked.sha256) if picked.path is not None else payloads.keep(picked.body.read())


def _again(look: Look, report: PickupReport, fault: TransientError | PermanentError | None) -> float | None:
    """Seconds after which a look by schedule goes on; None when it has found all there is."""
    if fault is not None:
        return (fault.after if isinstance(fault, TransientError) else None) or look.folder.every
    changed = any(isinstance(problem.error, FileChangedError) for problem in report.problems)  # it needs two looks again
    return look.folder.looks_apart if report.waiting or changed else None


def _troubles(report: PickupReport) -> tuple[FolderTrouble, ...]:
    """What was found, file by file, told together by what it is."""
    found: dict[str, list[str]] = {}
    for alarm in report.alarms:
        found.setdefault(alarm.kind.value, []).append(shown(alarm.path))
    for problem in report.problems:
        found.setdefault(problem.error.words, []).append(problem.name)
    return tuple(FolderTrouble(kind, tuple(sorted(files))) for kind, files in sorted(found.items()))
