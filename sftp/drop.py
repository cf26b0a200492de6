"""Leaving a file with a partner: temporary name, size check, rename, so that nobody ever reads half a file (sftp.md 4).

May be called again with the same bytes and name after an unclear end: what is there already is recognised and not written twice.
Works on a server and on a local folder alike, through `Files`.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sftp.errors import FileChangedError, NameTakenError, NotPermittedError, Operation, SftpError, UnreachableError, VanishedError
from sftp.files import Files, Source, source_of
from sftp.names import is_counted, join, numbered, temporary_name
from sftp.settings import DropSettings

__all__ = ["Dropped", "drop"]

_READ_BACK: Final = 10 << 20  #: larger files are recognised by their size alone
_LAST_COUNTER: Final = 9999


@dataclass(frozen=True, slots=True)
class Dropped:
    """The file is under its final name."""

    path: str
    size: int
    sha256: str
    was_there: bool = False  #: an attempt before this one had come to its end
    assumed: bool = False  #: recognised by its size only


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
            deque(self.blocks(), maxlen=0)
        assert self._sha256 is not None
        return self._sha256


def drop(files: Files, settings: DropSettings, name: str, data: bytes | Source, *, drop_id: str) -> Dropped:
    """Leave `data` as `name`, a rendered template. `drop_id` is the same at every attempt, and makes the temporary name ours.

    A `Source` is read block by block, and never held as a whole.

    Raises `NameTakenError`, and every other `SftpError`.
    """
    counted, content = is_counted(name), _Content(source_of(data))
    for counter in range(1, _LAST_COUNTER + 1 if counted else 2):
        numbered_name = numbered(name, counter)
        target = join(settings.folder, numbered_name.encode())
        found = _compare(files, settings, target, content)
        if found is None or (not found.is_same and (settings.overwrite or settings.temporary == "direct")):
            try:
                _leave(files, settings, numbered_name, target, content, drop_id)
            except NameTakenError:  # in between, or where nobody may look
                if not counted:
                    raise
                continue
        elif not found.is_same:
            continue
        if settings.done_marker:
            files.write(target + settings.done_suffix.encode(), b"", exclusive=False)
        was_there = found is not None and found.is_same
        return Dropped(target.decode(), content.size, content.sha256, was_there, assumed=found is not None and found.is_assumed)
    raise NameTakenError(Operation.RENAME)


@dataclass(frozen=True, slots=True)
class _Found:
    is_same: bool
    is_assumed: bool = False


def _compare(files: Files, settings: DropSettings, target: bytes, content: _Content) -> _Found | None:
    """What stands under the final name; None when nothing does, or when the server lets nobody look."""
    if not settings.confirm:
        return None
    there = files.stat(target)
    if there is None:
        return None
    if there.size != content.size:
        return _Found(is_same=False)
    if content.size > _READ_BACK:
        return _Found(is_same=True, is_assumed=True)
    try:
        digest = hashlib.sha256()
        for block in files.read(target, content.size):
            digest.update(block)
        return _Found(is_same=digest.hexdigest() == content.sha256)
    except NotPermittedError:  # a folder to write into, not to read
        return _Found(is_same=True, is_assumed=True)
    except VanishedError:
        return None
    except FileChangedError:
        return _Found(is_same=False)


def _leave(files: Files, settings: DropSettings, name: str, target: bytes, content: _Content, drop_id: str) -> None:
    if settings.temporary == "direct":
        files.write(target, content, exclusive=False)
        _check_size(files, settings, target, content)
        return
    temporary = join(settings.tmp_folder or settings.folder, temporary_name(name, drop_id, settings))
    with suppress(VanishedError, NotPermittedError):
        files.remove(temporary)  # of an attempt that was cut off
    files.write(temporary, content, exclusive=True)
    try:
        _check_size(files, settings, temporary, content)
        files.rename(temporary, target, replace=settings.overwrite)
    except UnreachableError:
        raise
    except SftpError:
        with suppress(SftpError):
            files.remove(temporary)
        raise


def _check_size(files: Files, settings: DropSettings, path: bytes, content: _Content) -> None:
    if not settings.confirm:
        return
    there = files.stat(path)
    if there is None and settings.temporary == "direct":
        return  # a partner that takes files at once has taken it
    if there is None or (there.size is not None and there.size != content.size):
        raise FileChangedError(Operation.WRITE)
