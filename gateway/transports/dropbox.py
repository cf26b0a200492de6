"""The drop boxes that we host: what partners put into theirs is fetched, what they are to get is left there, as in local folders."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.transports.folder import FolderTransport
from partners.model import Partner
from partners.profile import FolderSettings
from sftp.ledger import Ledger
from sftp.pickup import PickupReport, TakeFiles
from sftp.plan import Alarm, AlarmKind
from sftp.settings import PickupSettings

__all__ = ["DropboxTransport"]

_MOST_BELOW: Final = 1_000  #: files in subfolders that are looked at


class DropboxTransport(FolderTransport):
    """`box` holds a folder for each partner, with `in` and `out` in it; who writes there is the server's process, not we."""

    kind: ClassVar[str] = "dropbox"

    def __init__(self, box: Path, *, scratch: Path, clock: Clock) -> None:
        super().__init__(box, scratch=scratch, clock=clock)
        self._box = box
        self._now = clock

    async def poll(
        self,
        partner: Partner,
        folder: PickupSettings,
        *,
        ledger: Ledger,
        take: TakeFiles,
        stopping: Callable[[], bool] = lambda: False,
    ) -> PickupReport:
        """As `FolderTransport.poll`, where nothing in the box leads out of it: whoever writes there is not us.

        Files in subfolders are told. Raises `PermanentError` when something leads out.
        """
        names = (folder.folder, f"{folder.folder}/{folder.work_folder}", f"{folder.folder}/{folder.archive}")
        if await asyncio.to_thread(self._leads_out, names):
            raise PermanentError(Cause.DELIVERY_REFUSED, "a folder of the box is a link")
        report = await super().poll(partner, folder, ledger=ledger, take=take, stopping=stopping)
        report.alarms += await asyncio.to_thread(self._in_subfolders, folder)
        return report

    def _in_subfolders(self, folder: PickupSettings) -> list[Alarm]:
        """Partners may make folders in their box, and we take nothing from them. The time is of the change: no client can set it."""
        root = self._box / folder.folder
        before = self._now().timestamp() - folder.told_after
        found: list[Alarm] = []
        for path in islice(_files_below(root, {folder.work_folder, folder.archive.partition("/")[0]}), _MOST_BELOW):
            try:
                is_old = path.lstat().st_ctime <= before
            except FileNotFoundError:  # the partner has just taken it back
                continue
            if is_old:
                found.append(Alarm(AlarmKind.IN_SUBFOLDER, os.fsencode(path.relative_to(root))))
        return found

    def _leads_out(self, names: Iterable[str]) -> bool:
        return any((self._box / name).is_symlink() for name in names)

    def folders(self, partner: Partner) -> tuple[PickupSettings, ...]:
        """The partner's `in`, seen from where all boxes are."""
        box = partner.transports.dropbox
        if box is None:
            return ()
        return (box.pickup.model_copy(update={"folder": f"{partner.id}/in", "max_bytes": box.max_bytes}),)

    def settings(self, partner: Partner) -> FolderSettings | None:
        """The partner's `out`, likewise."""
        drop = partner.transports.dropbox.drop if partner.transports.dropbox is not None else None
        return FolderSettings(drop=drop.model_copy(update={"folder": f"{partner.id}/out"})) if drop is not None else None


def _files_below(root: Path, ours: set[str]) -> Iterator[Path]:
    """What lies in folders below this one, links and our own folders left out."""
    for place, folders, names in os.walk(root):
        if place == str(root):
            folders[:] = [name for name in folders if name not in ours]
            continue
        yield from (Path(place, name) for name in names)
