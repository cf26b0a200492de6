"""Which folders of partners are looked at, and by which schedule: as the revision in force has it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from gateway.pipeline.context import Context
from gateway.store.clock_fault import TOLERATED
from partners.model import Partner
from partners.pickups import PartnerPickup
from partners.slots import Timed
from sftp.ledger import Ledger
from sftp.pickup import PickupReport, TakeFiles
from sftp.settings import PickupSettings

__all__ = ["Look", "PickingTransport", "is_timed", "looks_of", "next_look", "timed_looks"]


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
class Look:
    """One folder of one partner."""

    endpoint: str  #: "northmart:sftp:/out"
    kind: str
    partner: Partner
    folder: PickupSettings
    slots: Timed | None = None  #: when it has a schedule
    schedule: str = ""  #: the same in words


def looks_of(context: Context) -> list[Look]:
    """All folders that are looked at, with what gateway.yaml says where a profile does not."""
    timing = context.settings.timing
    defaults = {
        "sftp": {"every": timing.sftp_every, "looks_apart": timing.sftp_stable},
        "folder": {"every": timing.folder_every, "looks_apart": min(timing.sftp_stable, timing.folder_every)},
    }
    return [
        _look(partner, kind, folder.with_defaults(**defaults.get(kind, {})))
        for partner in context.workspace.partners.values()
        for kind, transport in context.transports.items()
        if isinstance(transport, PickingTransport)
        for folder in transport.folders(partner)
    ]


def timed_looks(partner: Partner) -> list[Look]:
    """The folders of a partner that have a schedule."""
    return [_look(partner, kind, folder) for kind, folder in _timed(partner)]


def is_timed(partner: Partner) -> bool:
    """Whether it has such a folder."""
    return any(True for _ in _timed(partner))


def _timed(partner: Partner) -> Iterator[tuple[str, PartnerPickup]]:
    for kind, settings in (("sftp", partner.transports.sftp), ("folder", partner.transports.folder)):
        yield from ((kind, folder) for folder in (settings.pickup if settings is not None else ()) if folder.schedule)


def next_look(slots: Timed, up_to: datetime, now: datetime) -> datetime:
    """When a folder is looked at next, of which the slots up to a moment are done: now, where one is due and its window has not closed."""
    following = slots.after(up_to if up_to <= now + TOLERATED else now)  # else written by a clock that was ahead
    if following > now:
        return following
    return now if slots.open_until(up_to, now) > now else slots.after(now)


def _look(partner: Partner, kind: str, folder: PickupSettings) -> Look:
    endpoint = f"{partner.id}:{kind}:{folder.folder}"
    if not isinstance(folder, PartnerPickup):
        return Look(endpoint, kind, partner, folder)
    return Look(endpoint, kind, partner, folder, folder.slots(partner.zone), folder.words(partner.zone))
