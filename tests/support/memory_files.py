"""A file system in memory that behaves as OpenSSH does, and a saboteur that ends the process at any call of one's choice."""

from collections.abc import Coroutine, Iterator

from sftp.errors import NameTakenError, NoSuchFolderError, Operation, SftpError, VanishedError
from sftp.files import OneByOne, RemoteFile, Source, source_of


class MemoryFiles(OneByOne):
    """See `sftp.files.Files`. `refuse` maps an operation to the error that it shall raise."""

    def __init__(self, *folders: bytes) -> None:
        self.folders = {b"", *folders}
        self.files: dict[bytes, tuple[bytes, int]] = {}
        self.refuse: dict[Operation, type[SftpError]] = {}
        self.reads: list[bytes] = []

    def put(self, path: bytes, data: bytes, mtime: int = 1) -> None:
        """As the partner would."""
        self.files[path] = (data, mtime)

    def _asked(self, operation: Operation) -> None:
        if operation in self.refuse:
            raise self.refuse[operation](operation)

    def _file(self, path: bytes, name: bytes) -> RemoteFile:
        data, mtime = self.files[path]
        return RemoteFile(name, len(data), mtime, is_regular=True)

    def names(self, folder: bytes) -> Iterator[RemoteFile]:
        self._asked(Operation.LIST)
        if folder not in self.folders:
            raise NoSuchFolderError(Operation.LIST)
        prefix = folder + b"/"
        inside = [path for path in self.files if path.startswith(prefix) and b"/" not in path[len(prefix) :]]
        folders = [path for path in self.folders if path.startswith(prefix) and b"/" not in path[len(prefix) :]]
        yield from [self._file(path, path[len(prefix) :]) for path in inside]
        yield from [RemoteFile(path[len(prefix) :], None, None, is_regular=False) for path in folders]

    def stat(self, path: bytes) -> RemoteFile | None:
        self._asked(Operation.STAT)
        return self._file(path, path) if path in self.files else None

    def read(self, path: bytes, size: int | None) -> Iterator[bytes]:
        self._asked(Operation.READ)
        if path not in self.files:
            raise VanishedError(Operation.READ)
        self.reads.append(path)
        yield self.files[path][0]

    def write(self, path: bytes, data: bytes | Source, *, exclusive: bool) -> None:
        self._asked(Operation.WRITE)
        if exclusive and path in self.files:
            raise NameTakenError(Operation.OPEN_NEW)
        self.files[path] = (b"".join(source_of(data).blocks()), 2)

    def rename(self, old: bytes, new: bytes, *, replace: bool) -> None:
        self._asked(Operation.RENAME)
        if old not in self.files or new.rpartition(b"/")[0] not in self.folders:
            raise VanishedError(Operation.RENAME)
        if new in self.files and not replace:
            raise NameTakenError(Operation.RENAME)
        self.files[new] = self.files.pop(old)

    def remove(self, path: bytes) -> None:
        self._asked(Operation.REMOVE)
        if path not in self.files:
            raise VanishedError(Operation.REMOVE)
        del self.files[path]

    def make_folders(self, path: bytes) -> None:
        self._asked(Operation.MAKE_FOLDER)
        parts = path.split(b"/")
        self.folders |= {b"/".join(parts[: count + 1]) for count in range(len(parts))}


class KilledError(BaseException):
    """The process ends here. Not an `Exception`: nothing may catch it and go on."""


class Saboteur:
    """Wraps objects and ends the process at the n-th call of any of them, before it is done or right after."""

    def __init__(self, call: int, *, after: bool) -> None:
        self.calls = 0
        self._call = call
        self._after = after

    def wrap(self, target):
        """The object, watched."""
        return _Watched(target, self)

    def watch(self, method):
        """The method, watched."""

        def called(*args, **kwargs):
            self.calls += 1
            fatal = self.calls == self._call
            if fatal and not self._after:
                raise KilledError
            answer = method(*args, **kwargs)
            if isinstance(answer, Coroutine):
                return self._awaited(answer, fatal=fatal)
            answer = iter(list(answer)) if isinstance(answer, Iterator) else answer
            if fatal:
                raise KilledError
            return answer

        return called

    @staticmethod
    async def _awaited(work, *, fatal: bool):
        answer = await work
        if fatal:
            raise KilledError
        return answer


class _Watched(OneByOne):
    """Each file of many at once is a call of its own."""

    def __init__(self, target, saboteur: Saboteur) -> None:
        self._target = target
        self._saboteur = saboteur

    def __getattr__(self, name):
        return self._saboteur.watch(getattr(self._target, name))
