"""The doing of a pickup: looks at one folder, and carries out what `plan` says, so that a cut between any two steps loses nothing.

The order of the steps is the guarantee: rows CLAIMED, rename, read, the store's commit with rows COMMITTED, archive, rows
FINISHED. Small files go through each step together, for a step of a hundred files takes hardly longer than that of one; the guarantee
is each file's own. Works on a server and on a local folder alike, through `Files`.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

from sftp.errors import Action as ErrorAction
from sftp.errors import FileChangedError, LocalDiskFullError, NoSuchFolderError, NotPermittedError, Operation, SftpError, VanishedError
from sftp.files import Files, RemoteFile, outcome_of
from sftp.ledger import Ledger, LedgerRow, PickupState, key_of
from sftp.listing import sifted
from sftp.names import claimed_id, join, shown
from sftp.picked import PickedFile, PickupReport, Problem, TakeFiles
from sftp.plan import Alarm, AlarmKind, Archive, Finish, Forget, Look, Take, Unclaim, plan
from sftp.scratch import Scratch
from sftp.settings import PickupSettings
from sftp.tidy import Folder, only

__all__ = ["PickedFile", "Pickup", "PickupReport", "Problem", "TakeFiles", "plan"]

KEEP_FREE: Final = 1 << 30  #: bytes of our own disk that a pickup never uses
SLOW_LISTING: Final = 30.0
MANY_NAMES: Final = 10_000
_TOGETHER: Final = 128  #: files
_BYTES_TOGETHER: Final = 4 << 20
T = TypeVar("T")


class Pickup:
    """One folder of one partner. One worker at a time; the caller sees to that."""

    def __init__(
        self,
        settings: PickupSettings,
        ledger: Ledger,
        take: TakeFiles,
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
        self._finished: list[LedgerRow] = []  #: rows that go to the ledger with the next ones; until then they are COMMITTED there

    def run(self, files: Files) -> PickupReport:
        """Look once. A problem of one file is in the report; one of the connection, the folder or our own disk is raised.

        Raises `UnreachableError`, `BusyError`, `NoSuchFolderError`, `NotPermittedError`, `LocalDiskFullError`, and what `take` raises.
        """
        report, folder = PickupReport(), Folder.of(files, self._settings)
        self._finished = []
        keeps = self._settings.after == "keep"  # then what was read is listed for ever
        ledger = self._ledger.rows() if keeps else self._ledger.open()
        listing = self._listing(folder, ledger, report)
        ledger = ledger if keeps else [*ledger, *self._read_before(listing, ledger)]
        actions = plan(listing, ledger, self._clock(), self._settings)
        report.alarms += [action for action in actions if isinstance(action, Alarm)]
        looks = [action for action in actions if isinstance(action, Look)]
        report.waiting = sum(look.takes_next for look in looks)
        self._forget([action.row for action in actions if isinstance(action, Forget)])
        self._put(*(look.row for look in looks))
        self._finished += [self._done(action.row) for action in actions if isinstance(action, Finish)]
        self._archive(folder, [action for action in actions if isinstance(action, Archive)], report)
        self._unclaim(folder, [action for action in actions if isinstance(action, Unclaim)])
        for batch in self._batches([action for action in actions if isinstance(action, Take)]):
            if self._stopping() or not (self._fetch(folder, batch, report) or self._settings.fifo == "by_time"):
                break
        self._put()
        return report

    def _listing(self, folder: Folder, ledger: Sequence[LedgerRow], report: PickupReport) -> Sequence[RemoteFile]:
        begun = time.monotonic()
        listing = sifted(self._names(folder), ledger, self._settings)
        if listing.count > MANY_NAMES:
            report.alarms.append(Alarm(AlarmKind.MANY_NAMES))
        if time.monotonic() - begun > SLOW_LISTING:
            report.alarms.append(Alarm(AlarmKind.SLOW_LISTING))
        return listing.files

    def _read_before(self, listing: Sequence[RemoteFile], ledger: Sequence[LedgerRow]) -> Sequence[LedgerRow]:
        """What we are done with and is there all the same: it is put away again, never read."""
        known, claims = {row.key for row in ledger}, {row.claimed_as for row in ledger}
        keys = {key for file in listing if (key := key_of(file.path, file.size, file.mtime)) not in known}
        names = {file.path for file in listing if file.path not in claims and claimed_id(file.path, self._settings) is not None}
        return self._ledger.finished(keys, names) if keys else ()

    def _names(self, folder: Folder) -> Iterator[RemoteFile]:
        """In the folder, and in that of the claims with its name before them."""
        yield from folder.files.names(folder.path(b""))
        if self._settings.claim == "work_folder":
            work = self._settings.work_folder
            with suppress(NoSuchFolderError):
                for file in folder.files.names(folder.path(work.encode())):
                    folder.known.add(folder.path(work.encode()))
                    yield replace(file, path=join(work, file.path))

    # files that are fetched

    def _batches(self, takes: Sequence[Take]) -> Iterator[Sequence[Take]]:
        """In their order: a large file alone, small ones together; one at a time where a held file stops the folder."""
        most = 1 if self._settings.fifo == "strict" else _TOGETHER
        batch: list[Take] = []
        size = 0
        for take in takes:
            length = take.row.size if take.row.size is not None else _BYTES_TOGETHER
            if batch and (len(batch) == most or size + length > _BYTES_TOGETHER):
                yield batch
                batch, size = [], 0
            batch.append(take)
            size += length
        if batch:
            yield batch

    def _fetch(self, folder: Folder, batch: Sequence[Take], report: PickupReport) -> bool:
        """Claim, read, commit, archive. False: not all of them now."""
        if shutil.disk_usage(self._scratch).free < self._keep_free + sum(take.row.size or 0 for take in batch):
            raise LocalDiskFullError(Operation.READ)
        with ExitStack() as kept:
            read = self._read(folder, self._claim(folder, batch, report), kept, report)
            ids = self._take([picked for _, picked in read]) if read else ()
        report.taken += ids
        committed = [Archive(picked.committed(id_), take.at, take.markers) for (take, picked), id_ in zip(read, ids, strict=True)]
        self._archive(folder, committed, report)
        return len(committed) == len(batch)

    def _claim(self, folder: Folder, batch: Sequence[Take], report: PickupReport) -> Sequence[Take]:
        """The rows go first: a claimed name that we do not remember could not be told from another gateway's."""
        self._put(*(take.row for take in batch))
        try:
            outcomes = folder.claim(batch)
        except NotPermittedError as error:  # to make the folder for claims
            outcomes = [error if take.source != take.at else None for take in batch]
        forbidden = [take for take, error in zip(batch, outcomes, strict=True) if isinstance(error, NotPermittedError)]
        if forbidden:  # what is forbidden for one file is for all: the profile must say `claim: none`
            self._put(*(replace(take.row, state=PickupState.SEEN, claimed_as=None) for take in forbidden))
            raise NotPermittedError(Operation.RENAME)
        return [take for take, _ in self._well(folder, batch, outcomes, report)]

    def _read(self, folder: Folder, batch: Sequence[Take], kept: ExitStack, report: PickupReport) -> list[tuple[Take, PickedFile]]:
        """Whole files, and the proof that they are those that were listed."""
        outcomes: Sequence[PickedFile | SftpError]
        if len(batch) == 1:
            scratch = kept.enter_context(Scratch(self._scratch))
            outcomes = [outcome_of(lambda: self._read_one(folder, batch[0], scratch))]
        else:
            contents = folder.files.read_all([(folder.path(take.at), take.row.size or 0) for take in batch])
            outcomes = [_held(take, content) for take, content in zip(batch, contents, strict=True)]
        read = self._well(folder, batch, outcomes, report)
        batch = [take for take, _ in read]
        changes = only(batch, lambda take: take.at == take.row.path, folder.changes)  # without a claim its writer may be back
        return self._well(folder, batch, [change or picked for change, (_, picked) in zip(changes, read, strict=True)], report)

    def _read_one(self, folder: Folder, take: Take, scratch: Scratch) -> PickedFile:
        """A file of any size."""
        digest, size = hashlib.sha256(), 0
        for block in folder.files.read(folder.path(take.at), take.row.size):
            size += len(block)
            if size > self._settings.max_bytes:
                raise FileChangedError(Operation.READ)
            digest.update(block)
            scratch.write(block)
        scratch.finish()
        return PickedFile(_name(take.row), size, digest.hexdigest(), scratch.body, take.row, scratch.path)

    def _well(self, folder: Folder, takes: Sequence[Take], outcomes: Sequence[T | SftpError], report: PickupReport) -> list[tuple[Take, T]]:
        """Those that went well; what has to be done about the others is done."""
        well: list[tuple[Take, T]] = []
        changed: list[Unclaim] = []
        for take, outcome in zip(takes, outcomes, strict=True):
            match outcome:
                case VanishedError():
                    self._forget([take.row])
                case FileChangedError():
                    changed.append(Unclaim(take.row, take.at))
                    report.problems.append(Problem(shown(take.row.path), outcome))
                case SftpError(action=ErrorAction.RETRY):
                    raise outcome
                case SftpError():
                    report.problems.append(Problem(shown(take.row.path), outcome))
                case _:
                    well.append((take, outcome))
        self._unclaim(folder, changed)
        return well

    # files that are ours, and those that are not yet

    def _archive(self, folder: Folder, done: Sequence[Archive], report: PickupReport) -> None:
        for one, outcome in zip(done, folder.archive(done), strict=True):
            row = one.row
            if outcome is not None:
                report.problems.append(Problem(shown(row.path), outcome))
                report.alarms.append(Alarm(AlarmKind.NOT_ARCHIVED, row.path))
                row = replace(row, failures=row.failures + 1)
            self._finished.append(self._done(row))

    def _unclaim(self, folder: Folder, claims: Sequence[Unclaim]) -> None:
        """Begin again with two looks."""
        folder.unclaim(claims)
        self._forget([one.row for one in claims])

    def _done(self, row: LedgerRow) -> LedgerRow:
        return replace(row, state=PickupState.FINISHED, finished=self._clock())

    # the ledger, in few calls, for a folder may have thousands of names

    def _put(self, *rows: LedgerRow) -> None:
        finished, self._finished = self._finished, []
        if finished or rows:
            self._ledger.put(*finished, *rows)

    def _forget(self, rows: Sequence[LedgerRow]) -> None:
        if rows:
            self._ledger.forget(*rows)


def _held(take: Take, content: bytes | SftpError) -> PickedFile | SftpError:
    if isinstance(content, SftpError):
        return content
    return PickedFile(_name(take.row), len(content), hashlib.sha256(content).hexdigest(), BytesIO(content), take.row)


def _name(row: LedgerRow) -> str:
    return shown(row.path.rpartition(b"/")[2])
