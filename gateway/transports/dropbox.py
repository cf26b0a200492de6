"""The drop boxes that we host: what partners put into theirs is fetched, what they are to get is left there, as in local folders."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.transports.folder import FolderTransport
from partners.model import Partner
from partners.profile import FolderSettings
from sftp.ledger import Ledger
from sftp.pickup import PickupReport, TakeFiles
from sftp.settings import PickupSettings

__all__ = ["DropboxTransport"]


class DropboxTransport(FolderTransport):
    """`box` holds a folder for each partner, with `in` and `out` in it; who writes there is the server's process, not we."""

    kind: ClassVar[str] = "dropbox"

    def __init__(self, box: Path, *, scratch: Path, clock: Clock) -> None:
        super().__init__(box, scratch=scratch, clock=clock)
        self._box = box

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

        Raises `PermanentError` when something does.
        """
        names = (folder.folder, f"{folder.folder}/{folder.work_folder}", f"{folder.folder}/{folder.archive}")
        if await asyncio.to_thread(self._leads_out, names):
            raise PermanentError(Cause.DELIVERY_REFUSED, "a folder of the box is a link")
        return await super().poll(partner, folder, ledger=ledger, take=take, stopping=stopping)

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
