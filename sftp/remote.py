"""A server's files as pickup and drop see them: `Files` over one channel, with every refusal classified."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from paramiko import SSHException

from sftp.errors import (
    NameTakenError,
    Operation,
    ServerFailureError,
    StatusError,
    UnreachableError,
    VanishedError,
    classify,
)
from sftp.files import RemoteFile, Source, source_of
from sftp.reader import read_blocks
from sftp.wire import BLOCK, Attributes, Wire

__all__ = ["RemoteFiles"]

_FORBIDDEN: Final = frozenset({StatusError.UNSUPPORTED, StatusError.PERMISSION_DENIED})
_DEEPEST: Final = 8  #: folders that `make_folders` will make below each other


class RemoteFiles:
    """See `Files`. Belongs to one thread, as its channel does. After an `UnreachableError` it is of no more use."""

    def __init__(self, wire: Wire, *, window: int) -> None:
        self._wire = wire
        self._window = window

    def names(self, folder: bytes) -> Iterator[RemoteFile]:
        """As `Files.names`; the request goes out at the first name."""
        with _classified(Operation.LIST):
            for name, attributes in self._wire.listing(folder or b"."):
                yield _file(name, attributes)

    def stat(self, path: bytes) -> RemoteFile | None:
        """As `Files.stat`."""
        try:
            with _classified(Operation.STAT):
                return _file(path, self._wire.attributes(path))
        except VanishedError:
            return None

    def read(self, path: bytes, size: int | None) -> Iterator[bytes]:
        """As `Files.read`. The path is opened once: some servers let a file be read one time only."""
        with _classified(Operation.READ):
            handle = self._wire.open_to_read(path)
            try:
                yield from read_blocks(self._wire, handle, size, window=self._window)
            finally:
                self._wire.release(handle)

    def write(self, path: bytes, data: bytes | Source, *, exclusive: bool) -> None:
        """As `Files.write`: every block's answer and the closing one are looked at."""
        with _classified(Operation.OPEN_NEW):
            handle = self._wire.open_to_write(path, exclusive=exclusive)
        with _classified(Operation.WRITE):
            under_way: deque[int] = deque()
            try:
                offset = 0
                for block in source_of(data).blocks(BLOCK):
                    if len(under_way) >= self._window:
                        self._wire.answer(under_way.popleft())
                    under_way.append(self._wire.ask_write(handle, offset, block))
                    offset += len(block)
                while under_way:
                    self._wire.answer(under_way.popleft())
            except StatusError:
                self._wire.abandon(under_way)
                self._wire.release(handle)
                raise
            self._wire.close_handle(handle)

    def rename(self, old: bytes, new: bytes, *, replace: bool) -> None:
        """As `Files.rename`. Servers differ in which of the two requests they know, so each stands in for the other."""
        with _classified(Operation.RENAME):
            try:
                if replace:
                    self._rename_over(old, new)
                else:
                    self._rename_beside(old, new)
            except StatusError as status:
                raise self._why_not_renamed(status, old, new) from status

    def remove(self, path: bytes) -> None:
        """As `Files.remove`."""
        with _classified(Operation.REMOVE):
            self._wire.remove(path)

    def make_folders(self, path: bytes) -> None:
        """As `Files.make_folders`: from the innermost outwards, since most of them are there."""
        if self.stat(path) is not None or path in {b"", b".", b"/"}:
            return
        parent = path.rpartition(b"/")[0]
        if parent and path.count(b"/") <= _DEEPEST:
            self.make_folders(parent)
        try:
            with _classified(Operation.MAKE_FOLDER):
                self._wire.make_folder(path)
        except ServerFailureError:
            if self.stat(path) is None:  # another gateway may have made it in between
                raise

    def close(self) -> None:
        """Give the channel back."""
        self._wire.close()

    def _rename_beside(self, old: bytes, new: bytes) -> None:
        try:
            self._wire.rename(old, new)
        except StatusError as status:
            if status.code not in _FORBIDDEN:
                raise
            if self.stat(new) is not None:
                raise NameTakenError(Operation.RENAME) from status
            self._wire.posix_rename(old, new)

    def _rename_over(self, old: bytes, new: bytes) -> None:
        try:
            self._wire.posix_rename(old, new)
        except StatusError as status:
            if status.code not in _FORBIDDEN:
                raise
            if self.stat(old) is None:  # before `new` is given up for it
                raise VanishedError(Operation.RENAME) from status
            with suppress(StatusError):
                self._wire.remove(new)
            self._wire.rename(old, new)

    def _why_not_renamed(self, status: StatusError, old: bytes, new: bytes) -> Exception:
        """A bare "failure" of a rename is looked into (sftp.md 7)."""
        if status.code != StatusError.FAILURE:
            return status
        if self.stat(old) is None:
            return VanishedError(Operation.RENAME)
        return NameTakenError(Operation.RENAME) if self.stat(new) is not None else status


def _file(name: bytes, attributes: Attributes) -> RemoteFile:
    return RemoteFile(name, attributes.size, attributes.mtime, attributes.is_regular)


@contextmanager
def _classified(operation: Operation) -> Iterator[None]:
    try:
        yield
    except (SSHException, OSError) as error:  # of the channel: no local file is touched here
        raise UnreachableError(operation) from error
    except (StatusError, EOFError) as error:
        raise classify(error, operation) from error
