"""The few things that pickup and drop ask of a file system, so that a server and a local folder are treated alike."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from sftp.errors import SftpError, UnreachableError

__all__ = ["Files", "OneByOne", "RemoteFile", "Source", "outcome_of", "source_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A name as it was listed. `path` is relative to the folder that was asked for, and bytes until it is shown."""

    path: bytes
    size: int | None  #: None: the server does not say
    mtime: int | None  #: the server's clock; only ever compared
    is_regular: bool  #: neither folder nor link nor anything else


class Source(Protocol):
    """Bytes that may be too many to hold."""

    @property
    def size(self) -> int:
        """How many."""
        ...

    def blocks(self, size: int = 1 << 20) -> Iterator[bytes]:
        """All of them in order, at most `size` at a time. Each call begins anew."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def blocks(self, size: int = 1 << 20) -> Iterator[bytes]:
        yield from (self.data[start : start + size] for start in range(0, len(self.data), size))


def source_of(data: bytes | Source) -> Source:
    """Bytes as a `Source`; a source as it is."""
    return _Held(data) if isinstance(data, bytes) else data


class Files(Protocol):
    """A file system. Every method raises `sftp.errors.SftpError` and nothing else of the outside world."""

    def names(self, folder: bytes) -> Iterator[RemoteFile]:
        """What is in a folder, in any order. Raises `NoSuchFolderError`."""
        ...

    def stat(self, path: bytes) -> RemoteFile | None:
        """The name itself, a link not followed; None when it is not there."""
        ...

    def read(self, path: bytes, size: int | None) -> Iterator[bytes]:
        """The bytes in order. Raises `FileChangedError` when there are fewer or more than `size`, `VanishedError` when it is gone."""
        ...

    def write(self, path: bytes, data: bytes | Source, *, exclusive: bool) -> None:
        """A whole new file, stored and closed. Raises `NameTakenError` or `ServerFailureError` when `exclusive` finds the name taken."""
        ...

    def rename(self, old: bytes, new: bytes, *, replace: bool) -> None:
        """Give another name. Without `replace` an existing `new` is an error and stays. Raises `VanishedError` when `old` is gone."""
        ...

    def remove(self, path: bytes) -> None:
        """Delete a file. Raises `VanishedError` when it is gone."""
        ...

    def make_folders(self, path: bytes) -> None:
        """Make a folder and those above it; those that are there are left alone."""
        ...

    # many at once: what is refused of one file is its answer, and the others go on; only `UnreachableError` is raised

    def stat_all(self, paths: Sequence[bytes]) -> Sequence[RemoteFile | SftpError | None]:
        """As `stat`, for each."""
        ...

    def read_all(self, wanted: Sequence[tuple[bytes, int]]) -> Sequence[bytes | SftpError]:
        """As `read`, for each path with its size; all of them are held."""
        ...

    def write_all(self, contents: Sequence[tuple[bytes, Source]], *, exclusive: bool) -> Sequence[SftpError | None]:
        """As `write`, for each path with its bytes."""
        ...

    def rename_all(self, pairs: Sequence[tuple[bytes, bytes]], *, replace: bool) -> Sequence[SftpError | None]:
        """As `rename`, for each old and new name."""
        ...

    def remove_all(self, paths: Sequence[bytes]) -> Sequence[SftpError | None]:
        """As `remove`, for each."""
        ...


class OneByOne:
    """The second half of `Files` where nothing is won by asking for many things at once."""

    def stat_all(self: Files, paths: Sequence[bytes]) -> Sequence[RemoteFile | SftpError | None]:
        """As `Files.stat_all`."""
        return [outcome_of(partial(self.stat, path)) for path in paths]

    def read_all(self: Files, wanted: Sequence[tuple[bytes, int]]) -> Sequence[bytes | SftpError]:
        """As `Files.read_all`."""
        return [outcome_of(partial(_whole, self, path, size)) for path, size in wanted]

    def write_all(self: Files, contents: Sequence[tuple[bytes, Source]], *, exclusive: bool) -> Sequence[SftpError | None]:
        """As `Files.write_all`."""
        return [outcome_of(partial(self.write, path, source, exclusive=exclusive)) for path, source in contents]

    def rename_all(self: Files, pairs: Sequence[tuple[bytes, bytes]], *, replace: bool) -> Sequence[SftpError | None]:
        """As `Files.rename_all`."""
        return [outcome_of(partial(self.rename, old, new, replace=replace)) for old, new in pairs]

    def remove_all(self: Files, paths: Sequence[bytes]) -> Sequence[SftpError | None]:
        """As `Files.remove_all`."""
        return [outcome_of(partial(self.remove, path)) for path in paths]


def _whole(files: Files, path: bytes, size: int) -> bytes:
    return b"".join(files.read(path, size))


def outcome_of(work: Callable[[], T]) -> T | SftpError:
    """What it returns, or how it failed. Raises `UnreachableError`: nothing after it would fare better."""
    try:
        return work()
    except UnreachableError:
        raise
    except SftpError as error:
        return error
