"""Where a file stands between the server and the store: small ones in memory, large ones in a file of our own."""

import os
import tempfile
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from sftp.errors import LocalDiskFullError, Operation

__all__ = ["IN_MEMORY", "Scratch"]

IN_MEMORY: Final = 1 << 20  #: smaller files never touch our disk before the store has them


class Scratch:
    """Takes the blocks of one file; `finish`, then read `body`. Gone at the end of the `with`, unless somebody moved `path` away.

    Raises `LocalDiskFullError` where our own disk takes no more.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self.path: Path | None = None  #: of a large file; after `finish` it is closed and synced
        self.body: IO[bytes] = BytesIO()

    def write(self, block: bytes) -> None:
        """The next bytes."""
        try:
            if self._file is None and self.body.tell() + len(block) > IN_MEMORY:
                self._to_disk()
            (self._file or self.body).write(block)
        except OSError as error:
            raise LocalDiskFullError(Operation.READ) from error

    def _to_disk(self) -> None:
        number, name = tempfile.mkstemp(prefix="pickup-", dir=self._folder)
        self.path, self._file = Path(name), os.fdopen(number, "wb")
        assert isinstance(self.body, BytesIO)
        self._file.write(self.body.getbuffer())

    def finish(self) -> None:
        """All is there: `body` stands at its begin."""
        try:
            if self._file is not None and self.path is not None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self.body = self.path.open("rb")
        except OSError as error:
            raise LocalDiskFullError(Operation.READ) from error
        self.body.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.body.close()
        if self._file is not None and self.path is not None:
            self._file.close()
            self.path.unlink(missing_ok=True)
