"""The folder of an account as one session sees it: no links, no way out, no half files, no more bytes than agreed."""

import itertools
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import paramiko
from paramiko.sftp import SFTP_FAILURE, SFTP_NO_SUCH_FILE, SFTP_OK, SFTP_OP_UNSUPPORTED, SFTP_PERMISSION_DENIED

from sftp.accounts import Account
from sftp.names import fault_in_name

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Admitted", "Jail", "Usage"]

_UPLOAD: Final = ".upload-"  #: names of files that are still written; nobody sees them
_Answer = TypeVar("_Answer")
_WHOLE: Final = os.O_TRUNC | os.O_EXCL
_LEAST: Final = 4096  #: bytes that a file or folder counts for, however empty: there are only so many on a disk
_DEAD: Final = 86400.0  #: seconds without a byte; the session of an upload has ended long before
_MOST_NAMES: Final = 100_000  #: that one listing tells
_DEEPEST: Final = 8  #: folders below each other in a drop box


class _RefusedError(Exception):
    """A request that gets a status instead of an answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Usage:
    """How many bytes lie in a folder; shared by all sessions of an account, so that two uploads at once have one limit."""

    def __init__(self, root: Path, quota: int | None) -> None:
        self._root = root
        self._quota = quota
        self._lock = threading.Lock()
        self._used = 0

    def measure(self) -> None:
        """Count anew what is there, for others take files away; uploads of a process that was killed are removed."""
        if self._quota is None:
            return
        used = 0
        for folder, folders, names in os.walk(self._root):
            used += len(folders) * _LEAST
            for name in names:
                with suppress(OSError):
                    path = Path(folder, name)
                    found = path.lstat()
                    if name.startswith(_UPLOAD) and found.st_mtime < time.time() - _DEAD:
                        path.unlink()
                    else:
                        used += max(found.st_size, _LEAST)
        with self._lock:
            self._used = used

    def grows(self, count: int) -> bool:
        """Take so many bytes more; False when they are too many."""
        if self._quota is None:
            return True
        with self._lock:
            if self._used + count > self._quota:
                return False
            self._used += count
            return True


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who has logged in; `hear` is called with each request."""

    account: Account
    usage: Usage
    hear: Callable[[], None]


class Jail(paramiko.SFTPServerInterface):
    """One session's view. paramiko calls it from the session's own thread."""

    _numbers = itertools.count(1)

    def __init__(self, server: paramiko.ServerInterface, admitted: Callable[[paramiko.ServerInterface], Admitted]) -> None:
        super().__init__(server)
        self._admitted = admitted(server)
        self._account = self._admitted.account
        self._root = Path(os.path.realpath(self._account.root))
        self._ended = False

    def session_ended(self) -> None:
        """Called before open files are closed: what is open now was cut off and must not show."""
        self._ended = True

    def _place(self, path: str, allowed: frozenset[str] | None = None) -> Path:
        """The local path, after every check: inside the root by its real folder, not a link, not an upload under way."""
        self._admitted.hear()
        parts = Path(os.path.normpath("/" + path)).parts[1:]
        if "\0" in path or (allowed is not None and (len(parts) < 2 or parts[0] not in allowed)):
            raise _RefusedError(SFTP_PERMISSION_DENIED)
        place = self._root.joinpath(*parts)
        real = Path(os.path.realpath(place.parent)) / place.name if parts else self._root
        if not real.is_relative_to(self._root):
            raise _RefusedError(SFTP_PERMISSION_DENIED)
        if real.is_symlink() or real.name.startswith(_UPLOAD):
            raise _RefusedError(SFTP_NO_SUCH_FILE)
        return real

    def _writable(self, path: str) -> Path:
        return self._named(path, self._account.writable)

    def _arranged(self, path: str, *, beside: str | None = None) -> Path:
        """Where names may be given and folders made, for readers claim and archive; never from one folder of the box into the other."""
        if self._account.removable is not None:
            tops = {Path(os.path.normpath("/" + one)).parts[1:2] for one in (path, beside) if one is not None}
            if len(tops) > 1 or path.count("/") > _DEEPEST:
                raise _RefusedError(SFTP_PERMISSION_DENIED)
        return self._named(path, self._account.removable)

    def _named(self, path: str, allowed: frozenset[str] | None) -> Path:
        place = self._place(path, allowed)
        if fault_in_name(os.fsencode(place.name)) is not None:
            raise _RefusedError(SFTP_PERMISSION_DENIED)
        return place

    def _one_more(self) -> None:
        """A file or a folder is to be made: if there is room for it."""
        self._admitted.usage.measure()
        if not self._admitted.usage.grows(_LEAST):
            raise _RefusedError(SFTP_FAILURE)

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        def listing() -> list[paramiko.SFTPAttributes]:
            found: list[paramiko.SFTPAttributes] = []
            with os.scandir(self._place(path)) as entries:
                for entry in entries:
                    if entry.name.startswith(_UPLOAD) or entry.is_symlink() or not entry.name.isprintable():
                        continue
                    with suppress(FileNotFoundError):
                        found.append(paramiko.SFTPAttributes.from_stat(entry.stat(follow_symlinks=False), entry.name))
                    if len(found) == _MOST_NAMES:
                        break
            return found

        return _answered(listing)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        return _answered(lambda: paramiko.SFTPAttributes.from_stat(self._place(path).lstat()))

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:  # noqa: ARG002 - modes are ours
        def opened() -> paramiko.SFTPHandle:
            if flags & (os.O_WRONLY | os.O_RDWR) == 0:
                return _Reading(self._place(path), self._admitted)
            place = self._writable(path)
            if place.exists() and flags & os.O_EXCL:
                raise _RefusedError(SFTP_FAILURE)
            if not flags & os.O_CREAT or (place.exists() and not flags & _WHOLE):
                raise _RefusedError(SFTP_OP_UNSUPPORTED)  # whole files only: no appending, no changing in place
            self._one_more()
            hidden = place.with_name(f"{_UPLOAD}{os.getpid()}-{next(self._numbers)}")
            return _Upload(hidden, place, self._admitted, lambda: self._ended)

        return _answered(opened)

    def remove(self, path: str) -> int:
        return _done(lambda: self._place(path, self._account.removable).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        def renamed() -> None:
            target = self._arranged(newpath, beside=oldpath)
            if target.exists():
                raise _RefusedError(SFTP_FAILURE)  # as OpenSSH does
            self._arranged(oldpath).rename(target)

        return _done(renamed)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return _done(lambda: self._arranged(oldpath).replace(self._arranged(newpath, beside=oldpath)))

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:  # noqa: ARG002 - modes are ours
        def made() -> None:
            place = self._arranged(path)
            self._one_more()
            place.mkdir()

        return _done(made)

    def rmdir(self, path: str) -> int:
        return _done(lambda: self._arranged(path).rmdir())

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:  # noqa: ARG002 - clients set modes and times out of habit
        return SFTP_OK


class _Reading(paramiko.SFTPHandle):
    def __init__(self, place: Path, admitted: Admitted) -> None:
        super().__init__(os.O_RDONLY)
        self._hear = admitted.hear
        if not stat.S_ISREG(place.lstat().st_mode):
            raise _RefusedError(SFTP_FAILURE)
        self.readfile = place.open("rb")

    def read(self, offset: int, length: int) -> bytes | int:
        self._hear()
        return super().read(offset, length)

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Upload(paramiko.SFTPHandle):
    """Written under a hidden name; the closing of the handle makes it a file."""

    def __init__(self, hidden: Path, final: Path, admitted: Admitted, is_cut_off: Callable[[], bool]) -> None:
        super().__init__(os.O_WRONLY)
        self._hidden = hidden
        self._final = final
        self._admitted = admitted
        self._is_cut_off = is_cut_off
        self._size = 0
        self._refused = False
        self.writefile = hidden.open("xb")

    def write(self, offset: int, data: "ReadableBuffer") -> int:
        self._admitted.hear()
        end = offset + memoryview(data).nbytes
        growth = max(end - self._size, 0)
        if end > self._admitted.account.max_file_bytes or not self._admitted.usage.grows(growth):
            self._refused = True
            return SFTP_FAILURE
        self._size += growth
        answer = super().write(offset, data)
        self._refused |= answer != SFTP_OK  # our disk is full
        return answer

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.writefile.fileno()))

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:  # noqa: ARG002 - as in the folder
        return SFTP_OK

    def close(self) -> None:
        """The partner deletes its own copy after this, so the file is on our disk first. What fails here ends the session."""
        try:
            self.writefile.flush()
            os.fsync(self.writefile.fileno())
        except OSError:
            self._refused = True
            raise
        finally:
            super().close()
            if self._refused or self._is_cut_off():
                self._hidden.unlink(missing_ok=True)  # a client that does not look at the answers must not leave half a file
            else:
                self._hidden.replace(self._final)
        folder = os.open(self._final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


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
