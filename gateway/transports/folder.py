"""Folders of this machine, or a share: files left for the partner, and files picked up that the partner left for us."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.transports.base import Handover, Outgoing, Prepared
from gateway.transports.faults import fault_of
from gateway.transports.filenames import file_name
from gateway.transports.local_files import LocalFiles
from gateway.transports.threads import WaitingThreads
from partners.model import Partner
from partners.profile import FolderSettings
from sftp.drop import drop
from sftp.errors import SftpError
from sftp.ledger import Ledger
from sftp.pickup import Pickup, PickupReport, TakeFiles
from sftp.settings import DropSettings, PickupSettings

__all__ = ["FolderTransport"]


class FolderTransport:
    """Both halves. Relative folders begin at the workspace and are made when missing; absolute ones may be shares, and are not."""

    kind: ClassVar[str] = "folder"

    def __init__(self, root: Path, *, scratch: Path, clock: Clock) -> None:
        self._root = root
        self._files = LocalFiles(root)
        self._threads = WaitingThreads(self.kind)
        self._scratch = scratch
        self._clock = clock

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:
        """Fixes the file name."""
        name = file_name(self._drop_of(partner).name, outgoing, partner.id, now)
        return Prepared(body=outgoing.payload, name=name, reference=outgoing.delivery_id)

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        """Temporary name, synced, renamed."""
        settings = self._drop_of(partner)

        def work() -> Handover:
            for folder in (settings.folder, settings.tmp_folder):
                self._make(folder)
            left = drop(self._files, settings, prepared.name, prepared.body, drop_id=prepared.reference)
            return Handover(detail="was there" if left.was_there else "left in the folder", reference=left.path)

        try:
            return await self._threads.run(work)
        except SftpError as error:
            raise fault_of(error) from error

    def folders(self, partner: Partner) -> tuple[PickupSettings, ...]:
        """What is to be looked at."""
        settings = self.settings(partner)
        return settings.pickup if settings is not None else ()

    def settings(self, partner: Partner) -> FolderSettings | None:
        """What the profile says."""
        return partner.transports.folder

    async def poll(
        self,
        partner: Partner,  # noqa: ARG002 - the server of the other pickups is the partner's; here the folder says all
        folder: PickupSettings,
        *,
        ledger: Ledger,
        take: TakeFiles,
        stopping: Callable[[], bool] = lambda: False,
    ) -> PickupReport:
        """Look once. `ledger` and `take` are called in a thread. Raises `TransientError`, `PermanentError`, and what `take` raises."""
        pickup = Pickup(folder, ledger, take, scratch=self._scratch, clock=self._clock, stopping=stopping)

        def work() -> PickupReport:
            self._make(folder.folder)
            return pickup.run(self._files)

        try:
            return await self._threads.run(work)
        except SftpError as error:
            raise fault_of(error) from error

    def _make(self, folder: str | None) -> None:
        if folder is not None and not folder.startswith("/"):
            self._files.make_folders(folder.encode())

    def _drop_of(self, partner: Partner) -> DropSettings:
        settings = self.settings(partner)
        if settings is None or settings.drop is None:
            raise PermanentError(Cause.NO_TRANSPORT, "the profile names no folder to leave files in")
        return settings.drop
