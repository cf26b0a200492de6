"""An SFTP server for tests, demonstrations and closed networks: accounts with a folder each, uploads that show only when complete.

Not for the Internet: our code would parse the network as our user. There, OpenSSH with `internal-sftp` and a chroot does it better; the
gateway then reads its folder as a local one.
"""

import io
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED

from sftp.accounts import NOBODY, Account, PasswordDigest
from sftp.algorithms import CIPHERS, MACS
from sftp.jail import Admitted, Jail, Usage

__all__ = ["Limits", "SftpServer", "new_host_key", "public_host_key"]

_SILENT: Final = "sftp.server.ssh"
logging.getLogger(_SILENT).addHandler(logging.NullHandler())
logging.getLogger(_SILENT).propagate = False

_LOGIN_PAUSE: Final = 0.5  #: seconds that a refused login costs
_BREATH: Final = 0.1  #: seconds without accepting, when that has failed
_ADDRESSES: Final = 10_000  #: whose refused logins are remembered

#: gives the account of a user; asked anew at each login, so that accounts change without a restart
FindAccount = Callable[[str], Account | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What all accounts share."""

    connections: int = 200
    waiting: int = 50  #: connections that have not logged in yet
    login_seconds: float = 30.0
    idle_seconds: float = 900.0
    refusals: int = 10  #: logins from one address that may be refused before it is turned away
    refusal_seconds: float = 600.0  #: for how long


@dataclass(eq=False, slots=True)
class _Session:
    transport: paramiko.Transport
    address: str
    opened: float
    door: "_Door"


@dataclass(slots=True)
class _Refusals:
    """When logins from an address were refused."""

    limits: Limits
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _by_address: dict[str, deque[float]] = field(default_factory=dict)

    def note(self, address: str) -> None:
        with self._lock:
            if len(self._by_address) >= _ADDRESSES:
                self._by_address.pop(next(iter(self._by_address)))
            self._by_address.setdefault(address, deque(maxlen=self.limits.refusals)).append(time.monotonic())

    def too_many(self, address: str) -> bool:
        with self._lock:
            moments = self._by_address.get(address, ())
            since = time.monotonic() - self.limits.refusal_seconds
            return sum(1 for moment in moments if moment > since) >= self.limits.refusals


class SftpServer:
    """Serves accounts from `start` to `stop`. Also a context manager."""

    def __init__(
        self, find: FindAccount, *, host_key: str | None = None, host: str = "127.0.0.1", port: int = 0, limits: Limits = Limits()
    ) -> None:
        """`host_key` is a private key's text, a new Ed25519 one without it; port 0 is a free one. Raises ValueError for another kind."""
        self._find = find
        self._key = _loaded(host_key or new_host_key())
        self._address = (host, port)
        self._limits = limits
        self._refusals = _Refusals(limits)
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()
        self._sessions: list[_Session] = []
        self._usages: dict[tuple[Path, int | None], Usage] = {}
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    @classmethod
    def of_one(
        cls,
        root: Path,
        *,
        user: str,
        password: str | None = None,
        public_keys: Sequence[str] = (),
        host_key: str | None = None,
        max_file_bytes: int = 1 << 30,
    ) -> Self:
        """One user who may do everything in one folder; `public_keys` as in authorized_keys."""
        keys = frozenset(" ".join(line.split()[:2]) for line in public_keys)
        digest = PasswordDigest.of(password) if password is not None else None
        account = Account(user, root, keys, digest, max_file_bytes)
        return cls(lambda name: account if name == user else None, host_key=host_key)

    @property
    def port(self) -> int:
        """Where it listens. Only after `start`."""
        assert self._listener is not None, "the server was not started"
        return int(self._listener.getsockname()[1])

    @property
    def host_key(self) -> str:
        """The public key, as profiles pin it."""
        return _public(self._key)

    def start(self) -> None:
        """Listen, and serve in threads. Raises OSError when the port is taken."""
        self._listener = socket.create_server(self._address)
        self._stopped.clear()
        self._threads = [
            threading.Thread(target=self._accept, args=(self._listener,), name="sftp-server", daemon=True),
            threading.Thread(target=self._tidy, name="sftp-server-tidy", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End every session. May be called twice."""
        if self._listener is None:
            return
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        for session in self._sessions:
            session.transport.close()
        for thread in self._threads:
            thread.join(5)
        self._listener = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, (address, *_) = listener.accept()
            except OSError:  # the peer has gone again, or there is no descriptor for it
                if self._stopped.wait(_BREATH):
                    return
                continue
            if self._is_full() or self._refusals.too_many(address):
                connection.close()
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = paramiko.Transport(connection)
            session.set_log_channel(_SILENT)
            _narrow(session)
            session.add_server_key(self._key)
            session.set_subsystem_handler("sftp", paramiko.SFTPServer, Jail, self._admitted)
            door = _Door(self._find, self._has_room, partial(self._refusals.note, address), session.close)
            with suppress(paramiko.SSHException, OSError, EOFError):
                session.start_server(event=threading.Event(), server=door)
                with self._lock:
                    self._sessions.append(_Session(session, address, time.monotonic(), door))

    def _is_full(self) -> bool:
        with self._lock:
            self._sessions = [session for session in self._sessions if session.transport.is_active()]
            waiting = sum(1 for session in self._sessions if not session.transport.is_authenticated())
            return len(self._sessions) >= self._limits.connections or waiting >= self._limits.waiting

    def _has_room(self, account: Account) -> bool:
        """Whether the user may have one more session."""
        with self._lock:
            users = [one.door.account.user for one in self._sessions if one.door.account is not None and one.transport.is_authenticated()]
            return users.count(account.user) < account.max_sessions

    def _tidy(self) -> None:
        """Ends who does not log in, who is silent, and who has no account any more."""
        while not self._stopped.wait(min(1.0, self._limits.login_seconds / 4)):
            now = time.monotonic()
            with self._lock:
                sessions = list(self._sessions)
            for session in sessions:
                account = session.door.account
                if account is None or not session.transport.is_authenticated():
                    unwanted = now - session.opened > self._limits.login_seconds
                else:
                    unwanted = now - session.door.heard > self._limits.idle_seconds or self._find(account.user) is None
                if unwanted:
                    session.transport.close()

    def _admitted(self, door: paramiko.ServerInterface) -> Admitted:
        assert isinstance(door, _Door)
        account = door.account
        assert account is not None  # nobody asks for a subsystem without having logged in
        with self._lock:
            usage = self._usages.setdefault((account.root, account.quota), Usage(account.root, account.quota))
        return Admitted(account, usage, door.hear)


def _narrow(transport: paramiko.Transport) -> None:
    """What is no longer safe is not offered."""
    options = transport.get_security_options()
    options.ciphers = tuple(name for name in CIPHERS if name in options.ciphers)
    options.digests = tuple(name for name in MACS if name in options.digests)
    options.kex = tuple(name for name in options.kex if not name.endswith("-sha1"))


def new_host_key() -> str:
    """An Ed25519 private key, as OpenSSH writes it."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()).decode()


def public_host_key(text: str) -> str:
    """The public part of a private host key, as profiles pin it. Raises ValueError when it is no Ed25519 key."""
    return _public(_loaded(text))


def _loaded(text: str) -> paramiko.Ed25519Key:
    try:
        return paramiko.Ed25519Key.from_private_key(io.StringIO(text))
    except paramiko.SSHException as fault:
        raise ValueError("no Ed25519 private key") from fault


def _public(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


class _Door(paramiko.ServerInterface):
    """Who may come in, and for what."""

    def __init__(
        self, find: FindAccount, has_room: Callable[[Account], bool], refused: Callable[[], None], hang_up: Callable[[], None]
    ) -> None:
        self._find = find
        self._has_room = has_room
        self._refused = refused
        self._hang_up = hang_up
        self.account: Account | None = None
        self.heard = time.monotonic()  #: when it last asked for something

    def hear(self) -> None:
        """It asks for something."""
        self.heard = time.monotonic()

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - the same for every name, so that names cannot be tried out
        return "publickey,password"

    def check_auth_password(self, username: str, password: str) -> int:
        account = self._find(username)
        digest = account.password if account is not None else None
        fits = (digest or NOBODY).fits(password)
        if fits and digest is not None:
            return self._admit(account)
        self._refused()
        time.sleep(_LOGIN_PAUSE)
        return AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Refusals cost nothing: clients offer all the keys they have, and a key cannot be guessed."""
        account = self._find(username)
        known = account is not None and f"{key.get_name()} {key.get_base64()}" in account.public_keys
        return self._admit(account if known else None)

    def _admit(self, account: Account | None) -> int:
        if account is None:
            return AUTH_FAILED
        if not self._has_room(account):
            self._hang_up()  # a refused login would tell the client that its key or password is wrong
            return AUTH_FAILED
        self.account = account
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's signature
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
