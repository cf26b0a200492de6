"""A server's files as pickup and drop see them: `Files` over one channel, with every refusal classified."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import repeat
from typing import Final

from paramiko import SSHException

from sftp import messages
from sftp.errors import (
    NameTakenError,
    Operation,
    ServerFailureError,
    SftpError,
    StatusError,
    UnreachableError,
    VanishedError,
    classify,
)
from sftp.files import RemoteFile, Source, outcome_of, source_of
from sftp.messages import Answer, Attributes, Request, attributes_of, handle_of, names_of
from sftp.reader import read_blocks, read_whole
from sftp.wire import Wire
from sftp.writer import write_whole

__all__ = ["RemoteFiles"]

_FORBIDDEN: Final = frozenset({StatusError.UNSUPPORTED, StatusError.PERMISSION_DENIED})
_DEEPEST: Final = 8  #: folders that `make_folders` will make below each other


class RemoteFiles:
    """See `Files`. Belongs to one thread, as its channel does. After an `UnreachableError` it is of no more use."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def names(self, folder: bytes) -> Iterator[RemoteFile]:
        """As `Files.names`; the request goes out at the first name."""
        with _classified(Operation.LIST):
            handle = handle_of(self._wire.call(messages.open_folder(folder or b".")))
            try:
                with closing(self._wire.in_turn(repeat(messages.next_names(handle)))) as answers:
                    for answer in answers:
                        if answer.is_end:
                            break
                        for name, attributes in names_of(answer):
                            yield _file(name, attributes)
            finally:
                self._wire.release(handle)

    def stat(self, path: bytes) -> RemoteFile | None:
        """As `Files.stat`."""
        [found] = self.stat_all([path])
        if isinstance(found, SftpError):
            raise found
        return found

    def read(self, path: bytes, size: int | None) -> Iterator[bytes]:
        """As `Files.read`. The path is opened once: some servers let a file be read one time only."""
        with _classified(Operation.READ):
            handle = handle_of(self._wire.call(messages.open_to_read(path)))
            try:
                yield from read_blocks(self._wire, handle, size)
            finally:
                self._wire.release(handle)

    def write(self, path: bytes, data: bytes | Source, *, exclusive: bool) -> None:
        """As `Files.write`."""
        [outcome] = self.write_all([(path, source_of(data))], exclusive=exclusive)
        if outcome is not None:
            raise outcome

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
            self._wire.call(messages.remove(path)).done()

    def make_folders(self, path: bytes) -> None:
        """As `Files.make_folders`: from the innermost outwards, since most of them are there."""
        if self.stat(path) is not None or path in {b"", b".", b"/"}:
            return
        parent = path.rpartition(b"/")[0]
        if parent and path.count(b"/") <= _DEEPEST:
            self.make_folders(parent)
        try:
            with _classified(Operation.MAKE_FOLDER):
                self._wire.call(messages.make_folder(path)).done()
        except ServerFailureError:
            if self.stat(path) is None:  # another gateway may have made it in between
                raise

    def stat_all(self, paths: Sequence[bytes]) -> list[RemoteFile | SftpError | None]:
        """As `Files.stat_all`."""
        answers = self._answers(Operation.STAT, map(messages.lstat, paths))
        with _classified(Operation.STAT):
            return [_stat(path, *answer) for path, answer in zip(paths, answers, strict=True)]

    def read_all(self, wanted: Sequence[tuple[bytes, int]]) -> list[bytes | SftpError]:
        """As `Files.read_all`; no more of them are open at a time than requests may be under way."""
        read: list[bytes | SftpError] = []
        for start in range(0, len(wanted), self._wire.window):
            read += self._read_some(wanted[start : start + self._wire.window])
        return read

    def _read_some(self, wanted: Sequence[tuple[bytes, int]]) -> list[bytes | SftpError]:
        opened = self._answers(Operation.READ, (messages.open_to_read(path) for path, _ in wanted))
        with _classified(Operation.READ):
            handles = [handle_of(answer) for answer, fault in opened if fault is None]
        sizes = [size for (_, size), (_, fault) in zip(wanted, opened, strict=True) if fault is None]
        with _classified(Operation.READ):
            try:
                contents = iter(read_whole(self._wire, list(zip(handles, sizes, strict=True))))
            finally:
                self._wire.release(*handles)
        return [fault or _content(next(contents)) for _, fault in opened]

    def write_all(self, contents: Sequence[tuple[bytes, Source]], *, exclusive: bool) -> list[SftpError | None]:
        """As `Files.write_all`; no more of them are open at a time than requests may be under way."""
        written: list[SftpError | None] = []
        for start in range(0, len(contents), self._wire.window):
            written += self._write_some(contents[start : start + self._wire.window], exclusive=exclusive)
        return written

    def _write_some(self, contents: Sequence[tuple[bytes, Source]], *, exclusive: bool) -> list[SftpError | None]:
        opened = self._answers(Operation.OPEN_NEW, (messages.open_to_write(path, exclusive=exclusive) for path, _ in contents))
        with _classified(Operation.OPEN_NEW):
            handles = [handle_of(answer) for answer, fault in opened if fault is None]
        sources = [source for (_, source), (_, fault) in zip(contents, opened, strict=True) if fault is None]
        with _classified(Operation.WRITE):
            outcomes = iter(write_whole(self._wire, list(zip(handles, sources, strict=True))))
        return [fault or _unless(next(outcomes)) for _, fault in opened]

    def rename_all(self, pairs: Sequence[tuple[bytes, bytes]], *, replace: bool) -> list[SftpError | None]:
        """As `Files.rename_all`; what is refused is tried once more alone, to find another way or the reason."""
        request = messages.posix_rename if replace else messages.rename
        answers = self._answers(Operation.RENAME, (request(old, new) for old, new in pairs))
        return [
            outcome_of(partial(self.rename, old, new, replace=replace)) if fault is not None else None
            for (old, new), (_, fault) in zip(pairs, answers, strict=True)
        ]

    def remove_all(self, paths: Sequence[bytes]) -> list[SftpError | None]:
        """As `Files.remove_all`."""
        return [fault for _, fault in self._answers(Operation.REMOVE, map(messages.remove, paths))]

    def _answers(self, operation: Operation, requests: Iterable[Request]) -> list[tuple[Answer, SftpError | None]]:
        """Each with its fault."""
        with _classified(operation):
            return [(answer, _fault(answer, operation)) for answer in list(self._wire.in_turn(requests))]

    def close(self) -> None:
        """Give the channel back."""
        self._wire.close()

    def _rename_beside(self, old: bytes, new: bytes) -> None:
        try:
            self._wire.call(messages.rename(old, new)).done()
        except StatusError as status:
            if status.code not in _FORBIDDEN:
                raise
            if self.stat(new) is not None:
                raise NameTakenError(Operation.RENAME) from status
            self._wire.call(messages.posix_rename(old, new)).done()

    def _rename_over(self, old: bytes, new: bytes) -> None:
        try:
            self._wire.call(messages.posix_rename(old, new)).done()
        except StatusError as status:
            if status.code not in _FORBIDDEN:
                raise
            if self.stat(old) is None:  # before `new` is given up for it
                raise VanishedError(Operation.RENAME) from status
            with suppress(StatusError):
                self._wire.call(messages.remove(new)).done()
            self._wire.call(messages.rename(old, new)).done()

    def _why_not_renamed(self, status: StatusError, old: bytes, new: bytes) -> Exception:
        """A bare "failure" of a rename is looked into."""
        if status.code != StatusError.FAILURE:
            return status
        if self.stat(old) is None:
            return VanishedError(Operation.RENAME)
        return NameTakenError(Operation.RENAME) if self.stat(new) is not None else status


def _fault(answer: Answer, operation: Operation) -> SftpError | None:
    fault = answer.fault
    return classify(fault, operation) if fault is not None else None


def _stat(path: bytes, answer: Answer, fault: SftpError | None) -> RemoteFile | SftpError | None:
    if fault is not None:
        return None if isinstance(fault, VanishedError) else fault
    return _file(path, attributes_of(answer))


def _content(read: bytes | StatusError | SftpError) -> bytes | SftpError:
    return classify(read, Operation.READ) if isinstance(read, Exception) else read


def _unless(fault: Exception | None) -> SftpError | None:
    return None if fault is None else classify(fault, Operation.WRITE)


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
