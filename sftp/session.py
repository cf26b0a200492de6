"""One authenticated SSH session with a partner's server: pinned host key, our own algorithm lists, no agent, no key files."""

import base64
import hashlib
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

import paramiko

from sftp.algorithms import Algorithms, advice
from sftp.errors import AlgorithmError, BusyError, HostKeyError, Operation, SftpError, UnreachableError, classify
from sftp.login import Secrets, log_in, private_key
from sftp.offered import offered
from sftp.remote import RemoteFiles
from sftp.settings import SftpSettings
from sftp.transport import Transport
from sftp.wire import Wire

__all__ = ["Secrets", "Session", "connect", "fingerprint", "offered_host_key"]

_CHANNELS: Final = 8  #: at most; more bring nothing

#: paramiko logs the remote banner, names and paths; none of it may reach a log of ours
_SILENT: Final = "sftp.ssh"
logging.getLogger(_SILENT).addHandler(logging.NullHandler())
logging.getLogger(_SILENT).propagate = False


class Session:
    """An open session. Each thread has a channel of its own: `files()`, or `borrowed()` for a while."""

    def __init__(self, transport: Transport, settings: SftpSettings) -> None:
        self._transport = transport
        self._settings = settings
        self._opening = threading.Lock()
        self._idle: list[RemoteFiles] = []
        self._open = 0
        self._most = _CHANNELS
        self._returned = threading.Condition()

    @property
    def is_alive(self) -> bool:
        """Whether the connection stands, as far as we know."""
        return self._transport.is_active()

    @property
    def host_key(self) -> str:
        """The fingerprint of the key that the server showed."""
        return fingerprint(_shown(self._transport))

    def files(self) -> RemoteFiles:
        """A new channel. Raises `BusyError` when the server opens no more."""
        try:
            with self._opening:  # paramiko tells one of several refusals only
                channel = self._transport.open_session(timeout=self._settings.timeouts.connect)
            channel.settimeout(self._settings.timeouts.read)
            channel.invoke_subsystem("sftp")
            return RemoteFiles(Wire(channel, window=self._settings.window))
        except paramiko.ChannelException as error:
            raise BusyError(Operation.OPEN_CHANNEL) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise UnreachableError(Operation.OPEN_CHANNEL) from error

    @contextmanager
    def borrowed(self) -> Iterator[RemoteFiles]:
        """A channel for a while, and for the next one after that: on the server, opening one starts a process.

        Where the server opens no more, those that are open go round. Raises `BusyError` when none comes back in time.
        """
        files = self._borrow()
        try:
            yield files
        except SftpError as error:
            self._give_back(None if isinstance(error, UnreachableError) else files)
            raise
        except BaseException:
            files.close()
            self._give_back(None)
            raise
        else:
            self._give_back(files)

    def _borrow(self) -> RemoteFiles:
        while True:
            with self._returned:
                if not self._returned.wait_for(lambda: self._idle or self._open < self._most, self._settings.timeouts.connect):
                    raise BusyError(Operation.OPEN_CHANNEL)
                if self._idle:
                    return self._idle.pop()
                self._open += 1
            try:
                return self.files()
            except BusyError:
                with self._returned:
                    self._open -= 1
                    if not self._open:
                        raise
                    self._most = self._open  # fewer channels
            except BaseException:
                self._give_back(None)
                raise

    def _give_back(self, files: RemoteFiles | None) -> None:
        with self._returned:
            if files is None:
                self._open -= 1
            else:
                self._idle.append(files)
            self._returned.notify()

    def close(self) -> None:
        """End it."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def fingerprint(host_key: str) -> str:
    """As `ssh-keygen -l` shows it, to be compared by phone: "ssh-ed25519 SHA256:..."."""
    kind, blob = host_key.split(" ")[:2]
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode().rstrip("=")
    return f"{kind} SHA256:{digest}"


def connect(settings: SftpSettings, secrets: Secrets) -> Session:
    """Open a session. Nothing, not even the user name, is sent to a server whose key is not pinned.

    Raises `UnreachableError`, `HostKeyError`, `LoginError`, `SecretError`, `AlgorithmError`.
    """
    key = private_key(settings, secrets)
    transport = _negotiated(settings, _opened(settings))
    try:
        _check_host_key(transport, settings)
        log_in(transport, settings, secrets, key)
        transport.set_keepalive(settings.timeouts.keepalive)
    except BaseException:
        transport.close()
        raise
    return Session(transport, settings)


def _opened(settings: SftpSettings) -> socket.socket:
    """Our own socket, for paramiko sets no option on one: with Nagle's algorithm on, each window of reads waits for 40 ms."""
    try:
        opened = socket.create_connection((settings.host, settings.port), timeout=settings.timeouts.connect)
    except OSError as error:
        raise classify(error, Operation.CONNECT) from error
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _negotiated(settings: SftpSettings, opened: socket.socket) -> Transport:
    try:
        transport = Transport(opened)
        transport.set_log_channel(_SILENT)
        transport.banner_timeout = settings.timeouts.banner
        transport.auth_timeout = settings.timeouts.auth
        transport.agree_to(Algorithms.of(settings))
    except (paramiko.SSHException, OSError) as error:
        opened.close()
        raise UnreachableError(Operation.CONNECT) from error
    done = threading.Event()
    transport.start_client(event=done)
    in_time = done.wait(settings.timeouts.banner + settings.timeouts.connect)
    if in_time and transport.is_active():
        return transport
    transport.close()
    if isinstance(transport.get_exception(), paramiko.ssh_exception.IncompatiblePeer):
        found = offered(_opened(settings))
        raise AlgorithmError(Operation.CONNECT, advice(found, settings) if found is not None else "")
    raise UnreachableError(Operation.CONNECT)


def offered_host_key(settings: SftpSettings) -> str:
    """The key that a server shows, as a profile pins it, whether it is pinned or not; nobody logs in.

    Raises `UnreachableError`, `AlgorithmError`.
    """
    transport = _negotiated(settings, _opened(settings))
    try:
        return _shown(transport)
    finally:
        transport.close()


def _shown(transport: Transport) -> str:
    shown = transport.get_remote_server_key()
    return f"{shown.get_name()} {shown.get_base64()}"


def _check_host_key(transport: Transport, settings: SftpSettings) -> None:
    seen = _shown(transport)
    if seen not in settings.host_keys.accepted:
        raise HostKeyError(tuple(fingerprint(key) for key in settings.host_keys.accepted), fingerprint(seen))
