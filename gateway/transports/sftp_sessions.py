"""Open sessions with partners' SFTP servers, one per endpoint: used again while they are fresh, and not tried again once refused."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sftp.errors import HostKeyError, LoginError, SftpError, UnreachableError
from sftp.remote import RemoteFiles
from sftp.session import Secrets, Session, connect
from sftp.settings import SftpSettings

__all__ = ["SftpSessions"]

IDLE: Final = 15 * 60.0
OLDEST: Final = 8 * 3600.0
LOGINS: Final = 2  #: refused ones, before the endpoint rests: accounts get locked


@dataclass(slots=True)
class _Endpoint:
    lock: threading.Lock
    session: Session | None = None
    opened: float = 0.0
    used: float = 0.0
    users: int = 0
    refused: int = 0
    stopped: SftpError | None = None  #: until settings, secrets or a person change something


class SftpSessions:
    """Safe to use from several threads; each use gets a channel of its own."""

    def __init__(self, resolve: Callable[[str], str], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._resolve = resolve
        self._monotonic = monotonic
        self._endpoints: dict[object, _Endpoint] = {}
        self._lock = threading.Lock()

    @contextmanager
    def files(self, settings: SftpSettings) -> Iterator[RemoteFiles]:
        """The server's files, for a while. Raises every `SftpError` of `connect`, and what `resolve` raises.

        A refused host key or a second refused login is raised again, without connecting, until the settings or the secrets are
        others or `resume` is called.
        """
        secrets = Secrets.of(settings, self._resolve)
        endpoint = self._endpoint(settings, secrets)
        session = self._session(endpoint, settings, secrets)
        try:
            with session.borrowed() as files:
                yield files
        except UnreachableError:
            self._discard(endpoint, session)
            raise
        finally:
            with endpoint.lock:
                endpoint.users -= 1
                endpoint.used = self._monotonic()

    def resume(self) -> None:
        """A person has decided: endpoints that were stopped are tried again."""
        with self._lock:
            for endpoint in self._endpoints.values():
                endpoint.stopped, endpoint.refused = None, 0

    def close(self) -> None:
        """End every session."""
        with self._lock:
            for endpoint in self._endpoints.values():
                if endpoint.session is not None:
                    endpoint.session.close()
            self._endpoints.clear()

    def _endpoint(self, settings: SftpSettings, secrets: Secrets) -> _Endpoint:
        """By all that decides how we connect; a changed password is another endpoint, and is tried at once."""
        parts = (secrets.password, secrets.key, secrets.key_passphrase)
        digest = hashlib.sha256(repr([part and part.encode() for part in parts]).encode()).digest()
        key = (settings.model_copy(update={"pickup": (), "drop": None}), digest)
        with self._lock:
            self._sweep()
            return self._endpoints.setdefault(key, _Endpoint(threading.Lock()))

    def _session(self, endpoint: _Endpoint, settings: SftpSettings, secrets: Secrets) -> Session:
        with endpoint.lock:
            if endpoint.stopped is not None:
                raise endpoint.stopped
            now = self._monotonic()
            if endpoint.session is None or not endpoint.session.is_alive or (now - endpoint.opened > OLDEST and endpoint.users == 0):
                if endpoint.session is not None:
                    endpoint.session.close()
                endpoint.session = self._connect(endpoint, settings, secrets)
                endpoint.opened = now
            endpoint.users += 1
            return endpoint.session

    @staticmethod
    def _connect(endpoint: _Endpoint, settings: SftpSettings, secrets: Secrets) -> Session:
        try:
            session = connect(settings, secrets)
        except HostKeyError as error:
            endpoint.stopped = error
            raise
        except LoginError as error:
            endpoint.refused += 1
            endpoint.stopped = error if endpoint.refused >= LOGINS else None
            raise
        endpoint.refused = 0
        return session

    @staticmethod
    def _discard(endpoint: _Endpoint, session: Session) -> None:
        with endpoint.lock:
            session.close()
            if endpoint.session is session:
                endpoint.session = None

    def _sweep(self) -> None:
        """Close what nobody used for a while. An endpoint that is being connected is in use."""
        now = self._monotonic()
        for endpoint in self._endpoints.values():
            if not endpoint.lock.acquire(blocking=False):
                continue
            try:
                if endpoint.session is not None and endpoint.users == 0 and now - endpoint.used > IDLE:
                    endpoint.session.close()
                    endpoint.session = None
            finally:
                endpoint.lock.release()
