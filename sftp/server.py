"""A small SFTP server for tests, demonstrations and closed networks: one user, one folder, uploads that show only when complete.

Not for the Internet: our code would parse the network as our user. There, OpenSSH with `internal-sftp` and a chroot does it better
(sftp.md 5); the gateway then reads its folder as a local one.
"""

import hmac
import io
import itertools
import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_FAILURE, SFTP_NO_SUCH_FILE, SFTP_OK, SFTP_OP_UNSUPPORTED, SFTP_PERMISSION_DENIED

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["SftpServer"]

_SILENT: Final = "sftp.server.ssh"
logging.getLogger(_SILENT).addHandler(logging.NullHandler())
logging.getLogger(_SILENT).propagate = False

_SESSIONS: Final = 10
_LOGIN_PAUSE: Final = 0.5  #: seconds that a refused login costs
_UPLOAD: Final = ".upload-"  #: names of files that are still written; nobody sees them
_Answer = TypeVar("_Answer")
_WHOLE: Final = os.O_TRUNC | os.O_EXCL


class SftpServer:
    """Serves `root` to `user` on a free loopback port from `start` to `stop`. Also a context manager."""

    def __init__(
        self,
        root: Path,
        *,
        user: str,
        password: str | None = None,
        public_keys: Sequence[str] = (),
        host_key: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        max_file_bytes: int = 1 << 30,
    ) -> None:
        """`public_keys` as in authorized_keys ("kind base64"); `host_key` is a private key's text, a new Ed25519 one without it."""
        self._root = root.resolve()
        self._user = user
        self._password = password
        self._public_keys = {tuple(line.split()[:2]) for line in public_keys}
        self._key = paramiko.Ed25519Key.from_private_key(io.StringIO(host_key or _new_key()))
        self._address = (host, port)
        self._max_file_bytes = max_file_bytes
        self._listener: socket.socket | None = None
        self._sessions: list[paramiko.Transport] = []
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where it listens. Only after `start`."""
        assert self._listener is not None, "the server was not started"
        return int(self._listener.getsockname()[1])

    @property
    def host_key(self) -> str:
        """The public key, as profiles pin it."""
        return f"{self._key.get_name()} {self._key.get_base64()}"

    def start(self) -> None:
        """Listen, and serve in threads."""
        self._listener = socket.create_server(self._address)
        self._thread = threading.Thread(target=self._accept, args=(self._listener,), name="sftp-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every session. May be called twice."""
        if self._listener is None:
            return
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        for session in self._sessions:
            session.close()
        if self._thread is not None:
            self._thread.join(5)
        self._listener = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._sessions = [session for session in self._sessions if session.is_active()]
            if len(self._sessions) >= _SESSIONS:
                connection.close()
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = paramiko.Transport(connection)
            session.set_log_channel(_SILENT)
            session.add_server_key(self._key)
            session.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, self._root, self._max_file_bytes)
            with suppress(paramiko.SSHException, OSError, EOFError):
                session.start_server(event=threading.Event(), server=_Door(self._user, self._password, self._public_keys))
                self._sessions.append(session)


def _new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()).decode()


class _Door(paramiko.ServerInterface):
    """Who may come in, and for what."""

    def __init__(self, user: str, password: str | None, public_keys: set[tuple[str, ...]]) -> None:
        self._user = user
        self._password = password
        self._public_keys = public_keys

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - the same for every name, so that names cannot be tried out
        return ",".join([*(["publickey"] if self._public_keys else []), *(["password"] if self._password is not None else [])])

    def check_auth_password(self, username: str, password: str) -> int:
        known = self._password is not None and hmac.compare_digest(password.encode(), self._password.encode())
        return self._answer(username, known=known)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._answer(username, known=(key.get_name(), key.get_base64()) in self._public_keys)

    def _answer(self, username: str, *, known: bool) -> int:
        if known and hmac.compare_digest(username.encode(), self._user.encode()):
            return AUTH_SUCCESSFUL
        time.sleep(_LOGIN_PAUSE)
        return AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's signature
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _RefusedError(Exception):
    """A request that gets a status instead of an answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Folder(paramiko.SFTPServerInterface):
    """The folder as one session sees it. No links, no way out, no half files."""

    _numbers = itertools.count(1)

    def __init__(self, server: paramiko.ServerInterface, root: Path, max_file_bytes: int) -> None:
        super().__init__(server)
        self._root = root
        self._max_file_bytes = max_file_bytes
        self._ended = False

    def session_ended(self) -> None:
        """Called before open files are closed: what is open now was cut off and must not show."""
        self._ended = True

    def _place(self, path: str) -> Path:
        """The local path, after every check: inside the root by its real folder, not a link, not an upload under way."""
        parts = Path(os.path.normpath("/" + path)).parts[1:]
        place = self._root.joinpath(*parts)
        real = Path(os.path.realpath(place.parent)) / place.name if parts else self._root
        if "\0" in path or not real.is_relative_to(self._root):
            raise _RefusedError(SFTP_PERMISSION_DENIED)
        if real.is_symlink() or real.name.startswith(_UPLOAD):
            raise _RefusedError(SFTP_NO_SUCH_FILE)
        return real

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        def listing() -> list[paramiko.SFTPAttributes]:
            found = []
            with os.scandir(self._place(path)) as entries:
                for entry in entries:
                    if entry.name.startswith(_UPLOAD) or entry.is_symlink() or not entry.name.isprintable():
                        continue
                    with suppress(FileNotFoundError):
                        found.append(paramiko.SFTPAttributes.from_stat(entry.stat(follow_symlinks=False), entry.name))
            return found

        return _answered(listing)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        return _answered(lambda: paramiko.SFTPAttributes.from_stat(self._place(path).lstat()))

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:  # noqa: ARG002 - modes are ours
        def opened() -> paramiko.SFTPHandle:
            place = self._place(path)
            if flags & (os.O_WRONLY | os.O_RDWR) == 0:
                return _Reading(place)
            if place.exists() and flags & os.O_EXCL:
                raise _RefusedError(SFTP_FAILURE)
            if not flags & os.O_CREAT or (place.exists() and not flags & _WHOLE):
                raise _RefusedError(SFTP_OP_UNSUPPORTED)  # whole files only: no appending, no changing in place
            hidden = place.with_name(f"{_UPLOAD}{os.getpid()}-{next(self._numbers)}")
            return _Upload(hidden, place, self._max_file_bytes, lambda: self._ended)

        return _answered(opened)

    def remove(self, path: str) -> int:
        return _done(lambda: self._place(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        def renamed() -> None:
            if self._place(newpath).exists():
                raise _RefusedError(SFTP_FAILURE)  # as OpenSSH does
            self._place(oldpath).rename(self._place(newpath))

        return _done(renamed)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return _done(lambda: self._place(oldpath).replace(self._place(newpath)))

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:  # noqa: ARG002 - modes are ours
        return _done(lambda: self._place(path).mkdir())

    def rmdir(self, path: str) -> int:
        return _done(lambda: self._place(path).rmdir())

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:  # noqa: ARG002 - clients set modes and times out of habit
        return SFTP_OK


class _Reading(paramiko.SFTPHandle):
    def __init__(self, place: Path) -> None:
        super().__init__(os.O_RDONLY)
        if not stat.S_ISREG(place.lstat().st_mode):
            raise _RefusedError(SFTP_FAILURE)
        self.readfile = place.open("rb")

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Upload(paramiko.SFTPHandle):
    """Written under a hidden name; the closing of the handle makes it a file."""

    def __init__(self, hidden: Path, final: Path, max_bytes: int, is_cut_off: Callable[[], bool]) -> None:
        super().__init__(os.O_WRONLY)
        self._hidden = hidden
        self._final = final
        self._max_bytes = max_bytes
        self._is_cut_off = is_cut_off
        self.writefile = hidden.open("xb")

    def write(self, offset: int, data: "ReadableBuffer") -> int:
        return SFTP_FAILURE if offset + memoryview(data).nbytes > self._max_bytes else super().write(offset, data)

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.writefile.fileno()))

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:  # noqa: ARG002 - as in the folder
        return SFTP_OK

    def close(self) -> None:
        super().close()
        if self._is_cut_off():
            self._hidden.unlink(missing_ok=True)
        else:
            self._hidden.replace(self._final)


def _answered(work: Callable[[], _Answer]) -> _Answer | int:
    try:
        return work()
    except _RefusedError as refused:
        return refused.status
    except OSError as error:
        return paramiko.SFTPServer.convert_errno(error.errno or 0)


def _done(work: Callable[[], object]) -> int:
    def done() -> int:
        work()
        return SFTP_OK

    return _answered(done)
