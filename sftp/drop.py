"""Leaving files with a partner: temporary name, size check, rename, so that nobody ever reads half a file.

May be called again with the same bytes and name after an unclear end: what is there already is recognised and not written twice.
Several files go through each step together. Works on a server and on a local folder alike, through `Files`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sftp.errors import (
    FileChangedError,
    NameTakenError,
    NotPermittedError,
    Operation,
    ServerFailureError,
    SftpError,
    UnreachableError,
    VanishedError,
)
from sftp.files import Files, RemoteFile, Source, source_of
from sftp.names import is_counted, join, numbered, temporary_name
from sftp.settings import DropSettings

__all__ = ["Dropped", "Leaving", "drop", "drop_all", "is_listed"]

_READ_BACK: Final = 10 << 20  #: larger files are recognised by their size alone
_LAST_COUNTER: Final = 9999


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is to be left. `drop_id` is the same at every attempt, and makes the temporary name ours."""

    name: str  #: a rendered template
    data: bytes | Source = field(repr=False)
    drop_id: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The file is under its final name."""

    path: str
    size: int
    sha256: str
    was_there: bool = False  #: an attempt before this one had come to its end
    assumed: bool = False  #: recognised by its size only


def drop(files: Files, settings: DropSettings, name: str, data: bytes | Source, *, drop_id: str) -> Dropped:
    """Leave one file. A `Source` is read block by block, and never held as a whole.

    Raises `NameTakenError`, and every other `SftpError`.
    """
    [outcome] = drop_all(files, settings, [Leaving(name, data, drop_id)])
    if isinstance(outcome, SftpError):
        raise outcome
    return outcome


def drop_all(files: Files, settings: DropSettings, leaving: Sequence[Leaving]) -> list[Dropped | SftpError]:
    """Leave files, with the outcome of each. Raises `UnreachableError`, which says (`unclear`) whether some may have come to their end."""
    drops = [_Drop(one, settings) for one in leaving]
    while going := [drop for drop in drops if drop.outcome is None]:
        by_target: dict[bytes, _Drop] = {}
        for drop in going:
            by_target.setdefault(drop.target, drop)  # two under one name go one after the other: together they would be mixed
        try:
            _leave(files, settings, list(by_target.values()))
        except UnreachableError as error:
            error.unclear = any(drop.is_visible for drop in drops)
            raise
    return [drop.outcome for drop in drops if drop.outcome is not None]


def is_listed(files: Files, settings: DropSettings, left: Dropped) -> bool:
    """Whether a file that was left is in the folder (`verify: list`): some servers report success and have stored nothing."""
    name = left.path.rpartition("/")[2].encode()
    return any(file.path == name and file.size in {None, left.size} for file in files.names(settings.folder.encode()))


def _leave(files: Files, settings: DropSettings, drops: Sequence["_Drop"]) -> None:
    """Each under its present name. What has no outcome after it has another name to be tried."""
    direct = settings.temporary == "direct"
    free = _well(drops, _look(files, settings, drops)) if settings.confirm else drops
    going = [drop for drop in free if not drop.was_there]
    _visible(going if direct else ())
    begun = {drop.written: drop for drop in going}
    going = _well(going, _write(files, going, exclusive=not direct))
    if settings.confirm:
        going = _well(going, _check(files, going, direct=direct))
    if not direct:
        _visible(going)
        going = _well(going, files.rename_all([(drop.written, drop.target) for drop in going], replace=settings.overwrite))
        files.remove_all([path for path, drop in begun.items() if drop not in going])
    done = [drop for drop in free if drop.was_there] + going
    if settings.done_marker:
        markers: list[tuple[bytes, Source]] = [(drop.target + settings.done_suffix.encode(), source_of(b"")) for drop in done]
        done = _well(done, files.write_all(markers, exclusive=False))
    for drop in done:
        drop.done()


def _visible(drops: Iterable["_Drop"]) -> None:
    """From here on each may stand under its final name."""
    for drop in drops:
        drop.is_visible = True


def _well(drops: Sequence["_Drop"], outcomes: Sequence[SftpError | None]) -> list["_Drop"]:
    """Those that went well; the others know."""
    for drop, error in zip(drops, outcomes, strict=True):
        if error is not None:
            drop.failed(error)
    return [drop for drop, error in zip(drops, outcomes, strict=True) if error is None]


def _look(files: Files, settings: DropSettings, drops: Sequence["_Drop"]) -> Sequence[SftpError | None]:
    """What stands under the final names: nothing, the very file, or another one, which may be replaced or not."""
    outcomes: list[SftpError | None] = []
    for drop, there in zip(drops, files.stat_all([drop.target for drop in drops]), strict=True):
        if there is None or isinstance(there, SftpError):
            outcomes.append(there)
            continue
        drop.was_there = _is_same(files, drop, there)
        replaced = settings.overwrite or settings.temporary == "direct"
        outcomes.append(None if drop.was_there or replaced else NameTakenError(Operation.RENAME))
    return outcomes


def _is_same(files: Files, drop: "_Drop", there: RemoteFile) -> bool:
    content = drop.content
    if there.size != content.size:
        return False
    drop.assumed = content.size > _READ_BACK
    if drop.assumed:
        return True
    try:
        digest = hashlib.sha256()
        for block in files.read(drop.target, content.size):
            digest.update(block)
    except NotPermittedError:  # a folder to write into, not to read
        drop.assumed = True
        return True
    except (VanishedError, FileChangedError):
        return False
    return digest.hexdigest() == content.sha256


def _write(files: Files, drops: Sequence["_Drop"], *, exclusive: bool) -> Sequence[SftpError | None]:
    outcomes = list(files.write_all([(drop.written, drop.content) for drop in drops], exclusive=exclusive))
    stale = [number for number, error in enumerate(outcomes) if exclusive and _is_taken(error)]  # of an attempt that was cut off
    if stale:
        removed = files.remove_all([drops[number].written for number in stale])
        for number, refused in zip(stale, removed, strict=True):  # few, if any; where we may not remove it, it is still ours to write over
            drop = drops[number]
            [outcomes[number]] = files.write_all([(drop.written, drop.content)], exclusive=not isinstance(refused, NotPermittedError))
    return outcomes


def _is_taken(error: SftpError | None) -> bool:
    """Version 3 has no status for it, so that it may be a bare failure."""
    return isinstance(error, NameTakenError | ServerFailureError) and error.operation is Operation.OPEN_NEW


def _check(files: Files, drops: Sequence["_Drop"], *, direct: bool) -> Sequence[SftpError | None]:
    """The size; a partner that takes files at once may have taken what was written under the final name."""
    outcomes: list[SftpError | None] = []
    for drop, there in zip(drops, files.stat_all([drop.written for drop in drops]), strict=True):
        if isinstance(there, SftpError):
            outcomes.append(there)
        else:
            fits = direct if there is None else there.size in {None, drop.content.size}
            outcomes.append(None if fits else FileChangedError(Operation.WRITE))
    return outcomes


class _Content:
    """What is left: read once, on its way to the server, where nothing else is asked of it."""

    def __init__(self, source: Source) -> None:
        self.size = source.size
        self._source = source
        self._sha256: str | None = None

    def blocks(self, size: int = 1 << 20) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for block in self._source.blocks(size):
            digest.update(block)
            yield block
        self._sha256 = digest.hexdigest()

    @property
    def sha256(self) -> str:
        if self._sha256 is None:
            for _ in self.blocks():
                pass
        assert self._sha256 is not None
        return self._sha256


class _Drop:
    """One file, under one name after the other where its name has a counter."""

    def __init__(self, leaving: Leaving, settings: DropSettings) -> None:
        self.content = _Content(source_of(leaving.data))
        self.outcome: Dropped | SftpError | None = None
        self.was_there = self.assumed = False
        self.is_visible = False  #: it may stand under its final name, whatever was answered
        self._leaving = leaving
        self._settings = settings
        self._counter = 0
        self._next_name()

    def _next_name(self) -> None:
        self._counter += 1
        settings, name = self._settings, numbered(self._leaving.name, self._counter)
        self.target = join(settings.folder, name.encode())
        self.written = join(settings.tmp_folder or settings.folder, temporary_name(name, self._leaving.drop_id, settings))

    def failed(self, error: SftpError) -> None:
        """A name that was taken, maybe in between, is no end while there are others."""
        if isinstance(error, NameTakenError) and is_counted(self._leaving.name) and self._counter < _LAST_COUNTER:
            self._next_name()
        else:
            self.outcome = error

    def done(self) -> None:
        """Its bytes are under the final name."""
        self.outcome = Dropped(self.target.decode(), self.content.size, self.content.sha256, self.was_there, self.assumed)
