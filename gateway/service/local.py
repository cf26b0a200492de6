"""The Unix socket in the data folder: who may open the file may administrate, so it needs no key."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from aiohttp import web

__all__ = ["SOCKET_NAME", "LocalSocket", "came_locally", "reachable_path"]

SOCKET_NAME: Final = "gateway.sock"
_LONGEST: Final = 100  #: sun_path holds 108 bytes on Linux, 104 on others


@contextmanager
def reachable_path(folder: Path) -> Iterator[str]:
    """A path of the socket that is short enough for the system; a long one goes over an open descriptor of its folder."""
    path = folder.resolve() / SOCKET_NAME
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)


class LocalSocket:
    """A listening socket with mode 0600. A file that is there is of a dead process, or of a neighbour that this one takes over from."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        self._path = folder / SOCKET_NAME
        self._path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with reachable_path(folder) as path:
                self.socket.bind(path)
            self._inode = self._path.stat().st_ino
        except OSError:
            self.socket.close()
            raise
        finally:
            os.umask(before)
        self.socket.listen(16)
        self.socket.setblocking(False)

    def remove(self) -> None:
        """Take the file away, unless another process of this folder has put its own there since."""
        with suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()


def came_locally(request: web.Request) -> bool:
    """Whether a request came through the Unix socket."""
    transport = request.transport
    connection = transport.get_extra_info("socket") if transport is not None else None
    return connection is not None and connection.family == socket.AF_UNIX
