"""The drop boxes that we host: what partners put into theirs is fetched, what they are to get is left there, as in local folders."""

from pathlib import Path
from typing import ClassVar

from gateway.clock import Clock
from gateway.transports.folder import FolderTransport
from partners.model import Partner
from partners.profile import FolderSettings

__all__ = ["DropboxTransport"]


class DropboxTransport(FolderTransport):
    """`box` holds a folder for each partner, with `in` and `out` in it; who writes there is the server's process, not we."""

    kind: ClassVar[str] = "dropbox"

    def __init__(self, box: Path, *, scratch: Path, clock: Clock) -> None:
        super().__init__(box, scratch=scratch, clock=clock)

    def settings(self, partner: Partner) -> FolderSettings | None:
        """The two folders, seen from where all boxes are."""
        box = partner.transports.dropbox
        if box is None:
            return None
        drop = box.drop
        pickup = box.pickup.model_copy(update={"folder": f"{partner.id}/in", "max_bytes": box.max_bytes})
        return FolderSettings(pickup=(pickup,), drop=drop.model_copy(update={"folder": f"{partner.id}/out"}) if drop is not None else None)
