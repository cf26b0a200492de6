"""The data folder of a process: its lock, where payload files stand, and a place for files that are not yet payloads."""

import fcntl
import os
import shutil
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from gateway.store.errors import DataFolderLockedError, StoreUnavailableError

__all__ = ["DataFolder"]


class DataFolder:
    """With SQLite one process has the folder; with a shared database any number, each with a scratch folder of its own."""

    def __init__(self, path: Path, payloads: Path, scratch: Path, lock: int, scratch_lock: int | None) -> None:
        self.path = path
        self.payloads = payloads
        self.scratch = scratch  #: on the same disk as the payloads, for files are moved
        self._lock = lock
        self._scratch_lock = scratch_lock

    @classmethod
    def take(cls, path: Path, *, payloads: Path | None, is_shared: bool) -> "DataFolder":
        """Make it where it is not there, and lock it. Raises DataFolderLockedError, StoreUnavailableError."""
        files = payloads or path / "payloads"
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            files.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise _unusable(fault) from fault
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as fault:
            os.close(lock)
            raise DataFolderLockedError(f"{path} is open in another process") from fault
        try:
            scratch, scratch_lock = _own_scratch(files.parent / "scratch") if is_shared else (_emptied(path / "scratch"), None)
        except OSError as fault:
            os.close(lock)
            raise _unusable(fault) from fault
        return cls(path, files, scratch, lock, scratch_lock)

    @property
    def remembers(self) -> str:
        """The name of the database's file that was made here; "" before the first."""
        return os.pread(self._lock, 255, 0).decode(errors="replace").strip()

    def remember(self, name: str) -> None:
        """A later process that does not find this file does not begin an empty one in its place."""
        if self.remembers != name:
            os.pwrite(self._lock, f"{name}\n".encode(), 0)
            os.fsync(self._lock)

    def leave(self) -> None:
        """Give it free."""
        if self._scratch_lock is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
            os.close(self._scratch_lock)
            self._scratch_lock = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _unusable(fault: OSError) -> StoreUnavailableError:
    return StoreUnavailableError(f"the data folder cannot be used: {type(fault).__name__}")


def _emptied(folder: Path) -> Path:
    """What a process left that was killed is removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for entry in os.scandir(folder):
        if entry.is_file(follow_symlinks=False):
            os.unlink(entry.path)  # noqa: PTH108 - as scandir gives it
    return folder


def _own_scratch(folder: Path) -> tuple[Path, int]:
    """A folder of this process; those of processes of this machine that died are removed, which their locks tell."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    here = socket.gethostname()
    guard = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX)  # a neighbour that begins now must not take ours for a dead one's
        for old in folder.glob(f"{here}-*"):
            _remove_dead(old)
        made = Path(tempfile.mkdtemp(prefix=f"{here}-", dir=folder))
        lock = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_SH)
    finally:
        os.close(guard)
    return made, lock


def _remove_dead(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
