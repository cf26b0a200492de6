"""The rules of a pickup, without doing any of it: what to do next, from what is listed, what we remember, and the time.

+-----------+------------------------------+----------------------------------------------------------+
| our row   | on the server                | next                                                     |
+-----------+------------------------------+----------------------------------------------------------+
| none      | a wanted file                | Look, or Take where the stable rule needs no second look |
| SEEN      | the same file, time is up    | Take                                                     |
| SEEN      | gone, or another size, time  | Forget                                                   |
| CLAIMED   | under the claimed name       | Take again, without renaming; after 30 min Alarm         |
| CLAIMED   | there with another size      | Unclaim: the writer was not done                         |
| CLAIMED   | still under its own name     | Take                                                     |
| CLAIMED   | gone                         | Forget, Alarm                                            |
| COMMITTED | there                        | Archive; never read                                      |
| COMMITTED | gone                         | Finish                                                   |
| FINISHED  | there (and not `after: keep`)| Archive; after three failures Alarm                      |
| none      | a claimed name, 30 min long  | Take: our database was restored                          |
| none      | a file that nobody asked for | Look, to know for how long                               |
| SEEN      | the same, or an empty file   | never taken; after `told_after` Alarm                    |
+-----------+------------------------------+----------------------------------------------------------+
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sftp.files import RemoteFile
from sftp.ledger import LedgerRow, PickupState
from sftp.names import claim_name, claimed_id, fault_in_name, is_left, is_unfinished, is_wanted
from sftp.settings import PickupSettings

__all__ = ["Action", "Alarm", "AlarmKind", "Archive", "Finish", "Forget", "Look", "Take", "Unclaim", "plan"]

FAILURES_BEFORE_ALARM: Final = 3
ORPHANED_AFTER: Final = timedelta(minutes=30)


class AlarmKind(StrEnum):
    """What a person should know of a folder."""

    BAD_NAME = "bad-name"
    TOO_LARGE = "too-large"
    EMPTY_FILE = "empty-file"
    ATTRIBUTES_MISSING = "attributes-missing"
    VANISHED = "claimed-file-vanished"
    NOT_ARCHIVED = "not-archived"
    WAITS_LONG = "file-waits-long"
    MANY_NAMES = "many-names"
    SLOW_LISTING = "slow-listing"
    CLAIMED_LONG = "claimed-long"
    NOT_MATCHED = "not-matched"
    UNFINISHED = "unfinished"
    IN_SUBFOLDER = "in-subfolder"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell a person; `path` is partner data and is shown escaped."""

    kind: AlarmKind
    path: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """Remember the first look."""

    row: LedgerRow
    takes_next: bool = True  #: False: it is never taken, and only remembered


@dataclass(frozen=True, slots=True)
class Forget:
    """The file is another one now, or gone."""

    row: LedgerRow


@dataclass(frozen=True, slots=True)
class Take:
    """Write the row, rename `source` to `at` where they differ, read `at`, commit, archive."""

    row: LedgerRow  #: CLAIMED
    source: bytes
    at: bytes
    markers: tuple[bytes, ...] = ()  #: done markers that go with it


@dataclass(frozen=True, slots=True)
class Unclaim:
    """Give the file its name back and begin again: its writer was not done."""

    row: LedgerRow
    at: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """The bytes are ours: tidy the server's folder."""

    row: LedgerRow
    at: bytes
    markers: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """The bytes are ours and the folder is tidy: only the row is behind."""

    row: LedgerRow


Action = Look | Forget | Take | Unclaim | Archive | Finish | Alarm


def plan(listing: Sequence[RemoteFile], ledger: Sequence[LedgerRow], now: datetime, settings: PickupSettings) -> tuple[Action, ...]:
    """What to do, in this order. `listing` has the folder's names, and those of the work folder with its name before them."""
    return tuple(_Plan(listing, ledger, now, settings).actions())


class _Plan:
    def __init__(self, listing: Sequence[RemoteFile], ledger: Sequence[LedgerRow], now: datetime, settings: PickupSettings) -> None:
        self.settings = settings
        self.now = now
        self.files = {file.path: file for file in listing if file.is_regular}
        self.rows = ledger
        self.known = {row.key: row for row in ledger}
        self.our_claims = {row.claimed_as for row in ledger if row.claimed_as not in {None, row.path}}
        visible = {path for path in self.files if b"/" not in path and is_wanted(path, settings)}
        begun = {row.path for row in ledger if row.state in {PickupState.CLAIMED, PickupState.COMMITTED}}
        self.paths_by_stem = Counter(_stem(path) for path in visible | begun)

    def actions(self) -> Iterator[Action]:
        queue: list[tuple[int, bytes, Sequence[Action], bool]] = []  # time, name, actions, whether a strict folder stops here
        for row in self.rows:
            if row.state is PickupState.CLAIMED:
                actions, stops = self.go_on(row)
                queue.append((row.mtime or 0, row.path, actions, stops))
            else:
                yield from self.tidy(row)
        for file in self.files.values():
            if file.path in self.our_claims or self.state_of(file) not in {None, PickupState.SEEN}:
                continue
            actions, stops = self.begin(file)
            queue.append((file.mtime or 0, file.path, actions, stops))
        stopped = False
        for _, _, actions, stops in sorted(queue, key=lambda entry: entry[:2]):
            yield from (action for action in actions if not (stopped and isinstance(action, Take)))
            stopped = stopped or (stops and self.settings.fifo == "strict")

    # files that we have begun with

    def tidy(self, row: LedgerRow) -> Iterator[Action]:
        """SEEN, COMMITTED and FINISHED: nothing is read."""
        at = self.place_of(row)
        match row.state:
            case PickupState.SEEN if at is None:
                yield Forget(row)
            case PickupState.COMMITTED if at is None:
                yield Finish(row)
            case PickupState.COMMITTED:
                assert at is not None
                yield Archive(row, at, self.markers_of(row.path))
            case PickupState.FINISHED if at is not None and self.settings.after != "keep":
                if row.failures < FAILURES_BEFORE_ALARM:
                    yield Archive(row, at, self.markers_of(row.path))
                else:
                    yield Alarm(AlarmKind.NOT_ARCHIVED, row.path)

    def go_on(self, row: LedgerRow) -> tuple[Sequence[Action], bool]:
        """CLAIMED: a run before this one did not come to its end."""
        since = row.second_seen or row.first_seen
        alarms = (Alarm(AlarmKind.CLAIMED_LONG, row.path),) if self.now - since >= ORPHANED_AFTER else ()
        claimed = self.files.get(row.claimed_as) if row.claimed_as is not None else None
        if claimed is not None and row.claimed_as != row.path:
            if (claimed.size, claimed.mtime) != (row.size, row.mtime):
                return (Unclaim(row, claimed.path),), True
            return (Take(row, claimed.path, claimed.path, self.markers_of(row.path)), *alarms), False
        if self.is_listed(row):
            return (self.take(row), *alarms), False
        return (Forget(row), Alarm(AlarmKind.VANISHED, row.path)), False

    def place_of(self, row: LedgerRow) -> bytes | None:
        if row.claimed_as is not None and row.claimed_as != row.path and row.claimed_as in self.files:
            return row.claimed_as
        return row.path if self.is_listed(row) else None

    def is_listed(self, row: LedgerRow) -> bool:
        file = self.files.get(row.path)
        return file is not None and (file.size, file.mtime) == (row.size, row.mtime)

    # files that are new to us

    def state_of(self, file: RemoteFile) -> PickupState | None:
        row = self.known.get(_row(file, self.now).key)
        return row.state if row is not None else None

    def begin(self, file: RemoteFile) -> tuple[Sequence[Action], bool]:
        """A file without a claim of ours. The second value: it is waited for, and a strict folder waits with it."""
        orphan = claimed_id(file.path, self.settings) is not None
        if not orphan and is_left(file.path, self.settings):
            return self.leave(file), False
        if not orphan and (b"/" in file.path or not is_wanted(file.path, self.settings)):
            return (), False
        if not orphan and fault_in_name(file.path) is not None:
            return (Alarm(AlarmKind.BAD_NAME, file.path),), True
        if file.size is not None and file.size > self.settings.max_bytes:
            return (Alarm(AlarmKind.TOO_LARGE, file.path),), True
        row, is_new = self.seen(file)
        waited = self.now - row.first_seen
        first_look: tuple[Action, ...] = (Look(row),) if is_new else ()
        if orphan:
            if is_new or waited < ORPHANED_AFTER:
                return first_look, True
            return (Take(self.claimed(row, file.path), file.path, file.path),), False
        if file.size == 0:
            return first_look + self.told(AlarmKind.EMPTY_FILE, row), False
        if self.is_stable(file, row, is_new=is_new):
            return (self.take(row),), False
        if self.settings.stable == "two_looks" and (file.size is None or file.mtime is None):
            return (*first_look, Alarm(AlarmKind.ATTRIBUTES_MISSING, file.path)), True
        return first_look + self.told(AlarmKind.WAITS_LONG, row), True

    def leave(self, file: RemoteFile) -> Sequence[Action]:
        """A file that we never take."""
        row, is_new = self.seen(file)
        kind = AlarmKind.UNFINISHED if is_unfinished(file.path) else AlarmKind.NOT_MATCHED
        return (Look(row, takes_next=False),) if is_new else self.told(kind, row)

    def seen(self, file: RemoteFile) -> tuple[LedgerRow, bool]:
        """The row of a file, and whether it is a new one."""
        new = _row(file, self.now)
        row = self.known.get(new.key, new)
        if row.first_seen > self.now:  # seen by a clock that was ahead: nobody waits for that moment
            row = new
        return row, row is new

    def told(self, kind: AlarmKind, row: LedgerRow) -> tuple[Action, ...]:
        """An alarm, when the file lies there for long enough."""
        return (Alarm(kind, row.path),) if self.now - row.first_seen >= timedelta(seconds=self.settings.told_after) else ()

    def is_stable(self, file: RemoteFile, row: LedgerRow, *, is_new: bool) -> bool:
        match self.settings.stable:
            case "partner_renames":
                return True
            case "done_marker":
                return bool(self.completing(file.path))
            case _:
                known = file.size is not None and file.mtime is not None
                return known and not is_new and self.now - row.first_seen >= timedelta(seconds=self.settings.looks_apart)

    def take(self, row: LedgerRow) -> Take:
        at = claim_name(row.path, row.claim_id, self.settings)
        return Take(self.claimed(row, at), row.path, at, self.markers_of(row.path))

    def claimed(self, row: LedgerRow, at: bytes) -> LedgerRow:
        return replace(row, state=PickupState.CLAIMED, second_seen=row.second_seen or self.now, claimed_as=at)

    # done markers

    def completing(self, path: bytes) -> tuple[bytes, ...]:
        """The markers that say that this file is complete: "x.edi.done", and "x.done" where only one file can be meant."""
        named, by_stem = self.marker_names(path)
        return tuple(name for name in (named, by_stem) if name in self.files and (name == named or self.paths_by_stem[_stem(path)] <= 1))

    def markers_of(self, path: bytes) -> tuple[bytes, ...]:
        """The markers to remove with this file; one left behind would call the next file of that name complete while it is written."""
        if self.settings.stable != "done_marker":
            return ()
        return tuple(name for name in dict.fromkeys(self.marker_names(path)) if name in self.files)

    def marker_names(self, path: bytes) -> tuple[bytes, bytes]:
        suffix = self.settings.done_suffix.encode()
        return path + suffix, _stem(path) + suffix


def _stem(path: bytes) -> bytes:
    stem, dot, _ = path.rpartition(b".")
    return stem if dot else path


def _row(file: RemoteFile, now: datetime) -> LedgerRow:
    return LedgerRow(file.path, file.size, file.mtime, PickupState.SEEN, first_seen=now)
