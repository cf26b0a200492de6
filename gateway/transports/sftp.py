"""A partner's SFTP server: files left there, and files picked up. The doing is in `sftp`; here are profile, threads and causes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar, TypeVar

from gateway.clock import Clock
from gateway.errors import Cause, PermanentError
from gateway.settings import SecretError
from gateway.transports.base import Handover, Outgoing, Prepared
from gateway.transports.faults import fault_of
from gateway.transports.filenames import file_name
from gateway.transports.sftp_drops import SftpDrops
from gateway.transports.sftp_sessions import SftpSessions
from gateway.transports.threads import WaitingThreads
from partners.model import Partner
from sftp.drop import Leaving
from sftp.errors import SftpError
from sftp.ledger import Ledger
from sftp.pickup import Pickup, PickupReport, TakeFiles
from sftp.settings import PickupSettings, SftpDropSettings, SftpSettings

__all__ = ["SftpTransport"]

_T = TypeVar("_T")


class SftpTransport:
    """Both halves. Sessions are kept between uses; `close` ends them."""

    kind: ClassVar[str] = "sftp"

    def __init__(self, *, resolve: Callable[[str], str], scratch: Path, clock: Clock) -> None:
        self._sessions = SftpSessions(resolve)
        self._threads = WaitingThreads("sftp")
        self._drops = SftpDrops(self._sessions, self._threads)
        self._scratch = scratch
        self._clock = clock

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:
        """Fixes the file name."""
        _, settings = _drop_of(partner)
        name = file_name(settings.name, outgoing, partner.id, now)
        return Prepared(body=outgoing.payload, name=name, reference=outgoing.delivery_id)

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        """Temporary name, size check, rename."""
        endpoint, settings = _drop_of(partner)

        leaving = Leaving(prepared.name, prepared.body, prepared.reference)
        left = await _told(self._drops.leave(endpoint, settings, leaving))
        detail = "was there" + (", by its size" if left.assumed else "") if left.was_there else "left on the server"
        return Handover(detail=detail, reference=left.path)

    def folders(self, partner: Partner) -> tuple[PickupSettings, ...]:
        """What is to be looked at."""
        settings = partner.transports.sftp
        return settings.pickup if settings is not None else ()

    async def poll(
        self,
        partner: Partner,
        folder: PickupSettings,
        *,
        ledger: Ledger,
        take: TakeFiles,
        stopping: Callable[[], bool] = lambda: False,
    ) -> PickupReport:
        """Look once. `ledger` and `take` are called in a thread. Raises `TransientError`, `PermanentError`, and what `take` raises."""
        endpoint = _endpoint_of(partner)
        pickup = Pickup(folder, ledger, take, scratch=self._scratch, clock=self._clock, stopping=stopping)

        def work() -> PickupReport:
            with self._sessions.files(endpoint) as files:
                return pickup.run(files)

        return await _told(self._threads.run(work))

    def resume(self) -> None:
        """A person has decided: endpoints that were stopped for a host key or a login are tried again."""
        self._sessions.resume()

    async def close(self) -> None:
        """End all sessions."""
        await asyncio.to_thread(self._sessions.close)


async def _told(work: Awaitable[_T]) -> _T:
    """What it returns; a failure in the words of the pipeline."""
    try:
        return await work
    except SftpError as error:
        raise fault_of(error) from error
    except SecretError as error:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, str(error)) from error


def _endpoint_of(partner: Partner) -> SftpSettings:
    if partner.transports.sftp is None:
        raise PermanentError(Cause.NO_TRANSPORT, "the profile names no SFTP server")
    return partner.transports.sftp


def _drop_of(partner: Partner) -> tuple[SftpSettings, SftpDropSettings]:
    endpoint = _endpoint_of(partner)
    if endpoint.drop is None:
        raise PermanentError(Cause.NO_TRANSPORT, "the profile names no folder to leave files in")
    return endpoint, endpoint.drop
