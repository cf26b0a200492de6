"""A folder of this machine as pickup and drop see it: `Files` with every write synced, and links never followed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Final

from sftp.errors import FileChangedError, NameTakenError, Operation, VanishedError, classify
from sftp.files import OneByOne, RemoteFile, Source, source_of

__all__ = ["LocalFiles"]

_BLOCK: Final = 256 * 1024


class LocalFiles(OneByOne):
    """See `sftp.files.Files`. Relative paths begin at `root`; absolute ones are taken as they are, for shares stand elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)

    def names(self, folder: bytes) -> Iterator[RemoteFile]:
        """As `Files.names`."""
        with _classified(Operation.LIST), os.scandir(self._at(folder)) as entries:
            for entry in entries:
                try:
                    yield _file(entry.name, entry.stat(follow_symlinks=False))
                except FileNotFoundError:
                    continue

    def stat(self, path: bytes) -> RemoteFile | None:
        """As `Files.stat`."""
        try:
            with _classified(Operation.STAT):
                return _file(path, os.lstat(self._at(path)))
        except VanishedError:
            return None

    def read(self, path: bytes, size: int | None) -> Iterator[bytes]:
        """As `Files.read`."""
        received = 0
        with _classified(Operation.READ):
            descriptor = os.open(self._at(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe must not make us wait
            with os.fdopen(descriptor, "rb") as file:
                while block := file.read(_BLOCK):
                    received += len(block)
                    if size is not None and received > size:
                        break
                    yield block
        if size is not None and received != size:
            raise FileChangedError(Operation.READ)

    def write(self, path: bytes, data: bytes | Source, *, exclusive: bool) -> None:
        """As `Files.write`."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_EXCL if exclusive else os.O_TRUNC)
        with _classified(Operation.OPEN_NEW):
            descriptor = os.open(self._at(path), flags, 0o640)
        with _classified(Operation.WRITE), os.fdopen(descriptor, "wb") as file:
            file.writelines(source_of(data).blocks())
            file.flush()
            os.fsync(file.fileno())

    def rename(self, old: bytes, new: bytes, *, replace: bool) -> None:
        """As `Files.rename`. Looking before renaming leaves a moment between them; names with our ids in them make it harmless."""
        source, target = self._at(old), self._at(new)
        with _classified(Operation.RENAME):
            if not replace and os.path.lexists(target):
                raise NameTakenError(Operation.RENAME) if os.path.lexists(source) else VanishedError(Operation.RENAME)
            os.replace(source, target)  # noqa: PTH105 - paths are bytes
            self._sync(os.path.dirname(target))  # noqa: PTH120 - as above

    def remove(self, path: bytes) -> None:
        """As `Files.remove`."""
        with _classified(Operation.REMOVE):
            os.unlink(self._at(path))  # noqa: PTH108 - as above

    def make_folders(self, path: bytes) -> None:
        """As `Files.make_folders`."""
        with _classified(Operation.MAKE_FOLDER):
            os.makedirs(self._at(path), exist_ok=True)  # noqa: PTH103 - as above

    def _at(self, path: bytes) -> bytes:
        return os.path.join(self._root, path)  # noqa: PTH118 - as above

    @staticmethod
    def _sync(folder: bytes) -> None:
        """A rename is durable when its folder is."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _file(name: bytes, found: os.stat_result) -> RemoteFile:
    """The time in nanoseconds: a local writer is often done within the second."""
    return RemoteFile(name, found.st_size, found.st_mtime_ns, is_regular=S_ISREG(found.st_mode))


@contextmanager
def _classified(operation: Operation) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise classify(error, operation) from error
