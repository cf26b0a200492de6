"""The doing of a pickup: looks at one folder, and carries out what `plan` says, so that a cut between any two steps loses nothing.

The order of the steps is the guarantee (sftp.md 3): row CLAIMED, rename, read, the store's commit with row COMMITTED, archive, row
FINISHED. Works on a server and on a local folder alike, through `Files`.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from sftp.errors import Action as ErrorAction
from sftp.errors import (
    FileChangedError,
    LocalDiskFullError,
    NoSuchFolderError,
    NotPermittedError,
    Operation,
    SftpError,
    UnreachableError,
    VanishedError,
)
from sftp.files import Files, RemoteFile
from sftp.ledger import Ledger, LedgerRow, PickupState
from sftp.names import archive_name, join, shown
from sftp.plan import Action, Alarm, AlarmKind, Archive, Finish, Forget, Look, Take, Unclaim, plan
from sftp.scratch import Scratch
from sftp.settings import PickupSettings

__all__ = ["PickedFile", "Pickup", "PickupReport", "Problem", "TakeFile", "plan"]

KEEP_FREE: Final = 1 << 30  #: bytes of our own disk that a pickup never uses
SLOW_LISTING: Final = 30.0
_CLAIMING: Final = frozenset({Operation.RENAME, Operation.MAKE_FOLDER})  #: forbidden for one file is forbidden for all
_MOST_NAMES: Final = 100_000


@dataclass(frozen=True, slots=True)
class PickedFile:
    """A file that was read to its end. `body` is ours only during the call of `take`, positioned at its begin."""

    name: str  #: for people: printable, maybe escaped; never a path
    size: int
    sha256: str
    body: IO[bytes] = field(repr=False)
    row: LedgerRow
    path: Path | None = field(default=None, repr=False)  #: of a large one: a file of ours with these bytes, synced, that may be moved away

    def committed(self, transmission_id: str) -> LedgerRow:
        """The ledger row that `take` writes in the same transaction as the bytes."""
        return self.row.committed(transmission_id, self.sha256)


#: Stores the bytes, a transmission and `PickedFile.committed(transmission_id)` in one transaction; returns the id after the commit.
TakeFile = Callable[[PickedFile], str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be fetched this time."""

    name: str
    error: SftpError


@dataclass(slots=True)
class PickupReport:
    """What one look at one folder came to."""

    taken: list[str] = field(default_factory=list)  #: transmission ids, in order
    alarms: list[Alarm] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: int = 0  #: files seen for the first time: worth a second look soon


class Pickup:
    """One folder of one partner. One worker at a time; the caller sees to that."""

    def __init__(
        self,
        settings: PickupSettings,
        ledger: Ledger,
        take: TakeFile,
        *,
        scratch: Path,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
        keep_free: int = KEEP_FREE,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._take = take
        self._scratch = scratch
        self._clock = clock
        self._stopping = stopping
        self._keep_free = keep_free
        self._folders: set[bytes] = set()  #: known to be there, in this run

    def run(self, files: Files) -> PickupReport:
        """Look once. A problem of one file is in the report; one of the connection, the folder or our own disk is raised.

        Raises `UnreachableError`, `BusyError`, `NoSuchFolderError`, `NotPermittedError`, `LocalDiskFullError`, and what `take` raises.
        """
        report = PickupReport()
        self._folders = {self._path(b"")}
        listing = self._listing(files, report)
        actions = plan(listing, self._ledger.rows(), self._clock(), self._settings)
        self._note_looks(actions, report)
        for action in actions:
            if self._stopping():
                break
            match action:
                case Alarm():
                    report.alarms.append(action)
                case Finish(row):
                    self._finish(row)
                case Archive(row, at, markers):
                    self._archive(files, row, at, markers, report)
                case Unclaim(row, at):
                    self._unclaim(files, row, at)
                case Take():
                    if not self._take_one(files, action, report) and self._settings.fifo == "strict":
                        break
        return report

    def _note_looks(self, actions: Sequence[Action], report: PickupReport) -> None:
        """In two calls of the ledger, for a folder may have thousands of new names."""
        forgotten = [action.row for action in actions if isinstance(action, Forget)]
        seen = [action.row for action in actions if isinstance(action, Look)]
        if forgotten:
            self._ledger.forget(*forgotten)
        if seen:
            self._ledger.put(*seen)
        report.waiting = len(seen)

    def _listing(self, files: Files, report: PickupReport) -> Sequence[RemoteFile]:
        begun = time.monotonic()
        listing = []
        for file in files.names(self._path(b"")):
            listing.append(file)
            if len(listing) >= _MOST_NAMES:
                break
        if self._settings.claim == "work_folder":
            work = self._settings.work_folder
            with suppress(NoSuchFolderError):
                listing += [replace(file, path=join(work, file.path)) for file in files.names(self._path(work.encode()))]
        if time.monotonic() - begun > SLOW_LISTING:
            report.alarms.append(Alarm(AlarmKind.SLOW_LISTING))
        return listing

    def _take_one(self, files: Files, action: Take, report: PickupReport) -> bool:
        """Claim, read, commit, archive. False: this file not now."""
        row = action.row
        if shutil.disk_usage(self._scratch).free < self._keep_free + (row.size or 0):
            raise LocalDiskFullError(Operation.READ)
        try:
            self._claim(files, action)
            with self._read(files, action) as picked:
                transmission_id = self._take(picked)
                row = picked.committed(transmission_id)
        except VanishedError:
            self._ledger.forget(row)
            return False
        except FileChangedError as error:
            self._unclaim(files, row, action.at)
            report.problems.append(Problem(shown(row.path), error))
            return False
        except SftpError as error:
            if error.action is ErrorAction.RETRY or (isinstance(error, NotPermittedError) and error.operation in _CLAIMING):
                raise
            report.problems.append(Problem(shown(row.path), error))
            return False
        report.taken.append(transmission_id)
        self._archive(files, row, action.at, action.markers, report)
        return True

    def _claim(self, files: Files, action: Take) -> None:
        """The row goes first: a claimed name that we do not remember could not be told from another gateway's."""
        self._ledger.put(action.row)
        if action.source == action.at:
            return
        source, at = self._path(action.source), self._path(action.at)
        try:
            self._make_folder_of(files, at)
            files.rename(source, at, replace=False)
        except NotPermittedError:
            self._ledger.put(replace(action.row, state=PickupState.SEEN, claimed_as=None))  # the profile must say `claim: none`
            raise

    @contextmanager
    def _read(self, files: Files, action: Take) -> Iterator[PickedFile]:
        """The whole file, and the proof that it is the one that was listed."""
        row, digest, size = action.row, hashlib.sha256(), 0
        with Scratch(self._scratch) as scratch:
            for block in files.read(self._path(action.at), row.size):
                size += len(block)
                if size > self._settings.max_bytes:
                    raise FileChangedError(Operation.READ)
                digest.update(block)
                scratch.write(block)
            if action.source == action.at == row.path:  # not renamed: its writer may have come back
                now = files.stat(self._path(action.at))
                if now is None or (now.size, now.mtime) != (row.size, row.mtime):
                    raise FileChangedError(Operation.READ)
            scratch.finish()
            yield PickedFile(shown(row.path.rpartition(b"/")[2]), size, digest.hexdigest(), scratch.body, row, scratch.path)

    def _archive(self, files: Files, row: LedgerRow, at: bytes, markers: Sequence[bytes], report: PickupReport) -> None:
        """Tidy the folder: the markers first, so that none is left to vouch for the next file of that name."""
        try:
            for marker in markers:
                with suppress(VanishedError):
                    files.remove(self._path(marker))
            self._move_away(files, row, at)
        except UnreachableError:
            raise
        except VanishedError:
            pass  # archived by the run before this one, which could not say so any more
        except SftpError as error:
            report.problems.append(Problem(shown(row.path), error))
            report.alarms.append(Alarm(AlarmKind.NOT_ARCHIVED, row.path))
            row = replace(row, failures=row.failures + 1)
        self._finish(row)

    def _move_away(self, files: Files, row: LedgerRow, at: bytes) -> None:
        """Archive, else delete, else leave: as the profile says, and down that list where the server forbids it."""
        source = self._path(at)
        if self._settings.after == "keep":
            if at != row.path:
                files.rename(source, self._path(row.path), replace=False)
            return
        if self._settings.after == "archive":
            target = self._path(archive_name(row.path, row.claim_id, row.first_seen, self._settings))
            try:
                self._make_folder_of(files, target)
                files.rename(source, target, replace=True)
            except (UnreachableError, VanishedError):
                raise
            except SftpError:
                files.remove(source)
            return
        files.remove(source)

    def _finish(self, row: LedgerRow) -> None:
        self._ledger.put(replace(row, state=PickupState.FINISHED, finished=self._clock()))

    def _unclaim(self, files: Files, row: LedgerRow, at: bytes) -> None:
        """Give it its name back, and begin again with two looks. If the name is taken, the claimed one is found as an orphan later."""
        if at != row.path:
            try:
                files.rename(self._path(at), self._path(row.path), replace=False)
            except UnreachableError:
                raise
            except SftpError:
                pass
        self._ledger.forget(row)

    def _make_folder_of(self, files: Files, path: bytes) -> None:
        folder = path.rpartition(b"/")[0]
        if folder not in self._folders:
            files.make_folders(folder)
            self._folders.add(folder)

    def _path(self, relative: bytes) -> bytes:
        return join(self._settings.folder, relative) if relative else self._settings.folder.encode()
