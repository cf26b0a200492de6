"""One authenticated SSH session with a partner's server: pinned host key, our own algorithm lists, no agent, no key files (sftp.md 2)."""

import base64
import hashlib
import io
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sftp.errors import AlgorithmError, BusyError, HostKeyError, LoginError, Operation, SecretError, SftpError, UnreachableError, classify
from sftp.remote import RemoteFiles
from sftp.settings import SftpSettings
from sftp.wire import Wire

__all__ = ["CIPHERS", "MACS", "Secrets", "Session", "connect", "fingerprint", "offered_host_key"]

CIPHERS: Final = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
MACS: Final = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
_CBC: Final = ("aes128-cbc", "aes192-cbc", "aes256-cbc")
_HOST_KEYS: Final = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256")
_RSA_SIGNATURES: Final = ("rsa-sha2-512", "rsa-sha2-256")
_SMALLEST_RSA: Final = 2048
_CHANNELS: Final = 8  #: at most; more bring nothing

#: paramiko logs the remote banner, names and paths; none of it may reach a log of ours
_SILENT: Final = "sftp.ssh"
logging.getLogger(_SILENT).addHandler(logging.NullHandler())
logging.getLogger(_SILENT).propagate = False


@dataclass(frozen=True, slots=True)
class Secrets:
    """The resolved secrets of one endpoint. Never shown."""

    password: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    key_passphrase: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: SftpSettings, resolve: Callable[[str], str]) -> Self:
        """Resolve what the profile refers to."""
        references = (settings.password, settings.key, settings.key_passphrase)
        return cls(*(resolve(reference) if reference is not None else None for reference in references))


class Session:
    """An open session. Each thread has a channel of its own: `files()`, or `borrowed()` for a while."""

    def __init__(self, transport: paramiko.Transport, settings: SftpSettings) -> None:
        self._transport = transport
        self._settings = settings
        self._idle: list[RemoteFiles] = []
        self._lent = 0
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
        with self._returned:
            if not self._returned.wait_for(lambda: self._idle or self._lent < self._most, self._settings.timeouts.connect):
                raise BusyError(Operation.OPEN_CHANNEL)
            self._lent += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self.files()
        except BusyError:
            self._give_back(None)
            with self._returned:
                if not self._lent:
                    raise
                self._most = self._lent  # fewer channels
            return self._borrow()
        except BaseException:
            self._give_back(None)
            raise

    def _give_back(self, files: RemoteFiles | None) -> None:
        with self._returned:
            self._lent -= 1
            if files is not None:
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
    key = _private_key(settings, secrets)
    transport = _negotiated(settings, _opened(settings))
    try:
        _check_host_key(transport, settings)
        _log_in(transport, settings, secrets, key)
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


def _negotiated(settings: SftpSettings, opened: socket.socket) -> paramiko.Transport:
    try:
        transport = paramiko.Transport(opened, disabled_algorithms=_disabled(settings))
        transport.set_log_channel(_SILENT)
        transport.banner_timeout = settings.timeouts.banner
        transport.auth_timeout = settings.timeouts.auth
        options = transport.get_security_options()
        options.ciphers = _only(options.ciphers, _ciphers(settings))
        options.digests = _only(options.digests, _macs(settings))
        options.key_types = _only(options.key_types, _host_key_kinds(settings))
        options.kex = tuple(name for name in options.kex if not name.endswith("-sha1"))
    except (paramiko.SSHException, OSError) as error:
        opened.close()
        raise UnreachableError(Operation.CONNECT) from error
    done = threading.Event()
    transport.start_client(event=done)
    in_time = done.wait(settings.timeouts.banner + settings.timeouts.connect)
    if in_time and transport.is_active():
        return transport
    transport.close()
    incompatible = isinstance(transport.get_exception(), paramiko.ssh_exception.IncompatiblePeer)
    raise (AlgorithmError if incompatible else UnreachableError)(Operation.CONNECT)


def _only(known: Sequence[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in known)


def _ciphers(settings: SftpSettings) -> tuple[str, ...]:
    cbc = _CBC if "aes-cbc" in settings.legacy else ()
    return (*CIPHERS, *cbc, *(("3des-cbc",) if "3des-cbc" in settings.legacy else ()))


def _macs(settings: SftpSettings) -> tuple[str, ...]:
    return (*MACS, "hmac-sha1") if "hmac-sha1" in settings.legacy else MACS


def _host_key_kinds(settings: SftpSettings) -> tuple[str, ...]:
    """The kinds of the pinned keys first, so that a server with several keys shows the one we know."""
    pinned = {kind for key in settings.host_keys.accepted for kind in _signatures(key.split(" ")[0])}
    return (*(kind for kind in _HOST_KEYS if kind in pinned), *(kind for kind in _HOST_KEYS if kind not in pinned))


def _signatures(kind: str) -> tuple[str, ...]:
    return _RSA_SIGNATURES if kind == "ssh-rsa" else (kind,)


def _disabled(settings: SftpSettings) -> dict[str, list[str]]:
    """Servers that announce no signature kinds refuse RSA with SHA-512, which paramiko then tries first (paramiko#2017)."""
    return {"pubkeys": ["rsa-sha2-512", "rsa-sha2-512-cert-v01@openssh.com"]} if "rsa-sha2-256" in settings.legacy else {}


def offered_host_key(settings: SftpSettings) -> str:
    """The key that a server shows, as a profile pins it, whether it is pinned or not; nobody logs in.

    Raises `UnreachableError`, `AlgorithmError`.
    """
    transport = _negotiated(settings, _opened(settings))
    try:
        return _shown(transport)
    finally:
        transport.close()


def _shown(transport: paramiko.Transport) -> str:
    shown = transport.get_remote_server_key()
    return f"{shown.get_name()} {shown.get_base64()}"


def _check_host_key(transport: paramiko.Transport, settings: SftpSettings) -> None:
    seen = _shown(transport)
    if seen not in settings.host_keys.accepted:
        raise HostKeyError(tuple(fingerprint(key) for key in settings.host_keys.accepted), fingerprint(seen))


def _log_in(transport: paramiko.Transport, settings: SftpSettings, secrets: Secrets, key: paramiko.PKey | None) -> None:
    """Key, then password where the server asks for both; the password also answers keyboard-interactive."""
    begun = time.monotonic()
    try:
        missing = transport.auth_publickey(settings.user, key) if key is not None else ["password"]
        if missing and secrets.password is not None:
            missing = transport.auth_password(settings.user, secrets.password)
    except paramiko.AuthenticationException as error:
        # paramiko says "authentication failed" of a connection that went away or fell silent, too; only a refusal may stop the endpoint
        answered = transport.is_active() and time.monotonic() - begun < settings.timeouts.auth
        raise (LoginError if answered else UnreachableError)(Operation.LOGIN) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise UnreachableError(Operation.LOGIN) from error
    if missing or not transport.is_authenticated():
        raise LoginError(Operation.LOGIN)


def _private_key(settings: SftpSettings, secrets: Secrets) -> paramiko.PKey | None:
    if secrets.key is None:
        return None
    try:
        key = _key_class(secrets.key, secrets.key_passphrase).from_private_key(io.StringIO(secrets.key), secrets.key_passphrase)
        if settings.certificate is not None:
            key.load_certificate(settings.certificate)
    except (ValueError, TypeError, UnsupportedAlgorithm, paramiko.SSHException) as error:
        raise SecretError(Operation.LOGIN) from error
    return key


def _key_class(text: str, passphrase: str | None) -> type[paramiko.PKey]:
    """Which kind of key it is. Raises `ValueError`, `TypeError` for what is no key of ours."""
    data, secret = text.encode(), passphrase.encode() if passphrase is not None else None
    with suppress(ValueError):
        return _class_of(serialization.load_ssh_private_key(data, secret))
    return _class_of(serialization.load_pem_private_key(data, secret))


def _class_of(loaded: object) -> type[paramiko.PKey]:
    match loaded:
        case ed25519.Ed25519PrivateKey():
            return paramiko.Ed25519Key
        case ec.EllipticCurvePrivateKey():
            return paramiko.ECDSAKey
        case rsa.RSAPrivateKey(key_size=bits) if bits >= _SMALLEST_RSA:
            return paramiko.RSAKey
    raise TypeError
