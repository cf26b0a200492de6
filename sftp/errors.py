"""Every way in which SFTP fails, as one table: classified by type and operation, never by the server's text.

SftpError
+- UnreachableError      refused, timed out, cut off, no answer        retry
+- BusyError             too many sessions or channels                 retry
+- NoSpaceError          the server's disk or quota is full            retry, alert
+- FileChangedError      other bytes than were promised                retry
+- LocalDiskFullError    our own disk                                  retry, stop all pickups
+- LocalFileError        what we were to send cannot be read          retry
+- VanishedError         it was there a moment ago                     skip, look again
+- HostKeyError          not a pinned key                              stop the endpoint
+- LoginError            key or password refused                       stop the endpoint
+- SecretError           our own key cannot be used                    hold
+- AlgorithmError        nothing in common                             hold
+- NoSuchFolderError     a configured folder is missing                hold
+- NotPermittedError     the server forbids the operation              hold, or the fallback that the profile names
+- NotSupportedError     the server does not know the operation        hold, or the fallback
+- NameTakenError        another file has the name                     hold
+- ServerFailureError    "failure" (code 4), without a reason          hold
"""

import errno
import socket
from enum import StrEnum
from typing import ClassVar, Final

__all__ = [
    "Action",
    "AlgorithmError",
    "BusyError",
    "FileChangedError",
    "HostKeyError",
    "LocalDiskFullError",
    "LocalFileError",
    "LoginError",
    "NameTakenError",
    "NoSpaceError",
    "NoSuchFolderError",
    "NotPermittedError",
    "NotSupportedError",
    "Operation",
    "SecretError",
    "ServerFailureError",
    "SftpError",
    "StatusError",
    "UnreachableError",
    "VanishedError",
    "classify",
]


class Action(StrEnum):
    """What to do about it."""

    RETRY = "retry"
    SKIP = "skip"  #: a race; the next look shows the truth
    STOP = "stop"  #: the whole endpoint, until a person decides: accounts get locked, and a wrong host key may be an attack
    HOLD = "hold"  #: this file or folder; others go on


class Operation(StrEnum):
    """What we were doing; the word that people see."""

    CONNECT = "connect"
    LOGIN = "log in"
    OPEN_CHANNEL = "open a channel"
    LIST = "list"
    STAT = "stat"
    READ = "read"
    OPEN_NEW = "create"
    WRITE = "write"
    RENAME = "rename"
    REMOVE = "remove"
    MAKE_FOLDER = "make a folder"


class StatusError(Exception):
    """The server answered with a status other than OK (draft-ietf-secsh-filexfer-02, 7). Its text is partner data and is dropped."""

    END_OF_FILE: Final = 1
    NO_SUCH_FILE: Final = 2
    PERMISSION_DENIED: Final = 3
    FAILURE: Final = 4
    UNSUPPORTED: Final = 8

    def __init__(self, code: int) -> None:
        super().__init__(f"status {code}")
        self.code = code


class SftpError(Exception):
    """What went wrong while doing what, in fixed words. The class says what to do."""

    action: ClassVar[Action] = Action.HOLD
    words: ClassVar[str] = "it failed"

    def __init__(self, operation: Operation, words: str = "") -> None:
        super().__init__(f"could not {operation}: {words or self.words}")
        self.operation = operation
        self.unclear = False  #: set by who left a file: it may be under its name all the same


class UnreachableError(SftpError):
    """No connection, or it broke off or fell silent. The session is lost."""

    action = Action.RETRY
    words = "no connection, or it broke off"


class BusyError(SftpError):
    """Too many sessions or channels."""

    action = Action.RETRY
    words = "the server opens no more sessions"


class NoSpaceError(SftpError):
    """The server has no room for what we write."""

    action = Action.RETRY
    words = "the server refuses to store more"


class FileChangedError(SftpError):
    """Fewer or more bytes than the listing said, or another time stamp."""

    action = Action.RETRY
    words = "the file is not the one that was listed"


class LocalDiskFullError(SftpError):
    """Our own disk has too little room; nothing is claimed until it has."""

    action = Action.RETRY
    words = "too little room on our own disk"


class LocalFileError(SftpError):
    """Our own copy of what is to be left cannot be read."""

    action = Action.RETRY
    words = "our own copy of the file cannot be read"


class VanishedError(SftpError):
    """The file was there and is not any more."""

    action = Action.SKIP
    words = "the file is not there any more"


class HostKeyError(SftpError):
    """The server's key is none of the pinned ones. Nothing was sent, not even the user name."""

    action = Action.STOP

    def __init__(self, pinned: tuple[str, ...], seen: str) -> None:
        super().__init__(Operation.CONNECT, f"the host key {seen} is not pinned; pinned: {', '.join(pinned)}")
        self.pinned = pinned  #: fingerprints
        self.seen = seen


class LoginError(SftpError):
    """The server refused key or password."""

    action = Action.STOP
    words = "key or password refused"


class SecretError(SftpError):
    """Our own key, certificate or passphrase cannot be used."""

    words = "the private key cannot be read with this passphrase, or is too weak"


class AlgorithmError(SftpError):
    """Client and server have no algorithm in common."""

    words = "no common algorithm; a `legacy` switch may help"


class NoSuchFolderError(SftpError):
    """A folder of the profile does not exist on the server."""

    words = "no such folder"


class NotPermittedError(SftpError):
    """The server forbids it."""

    words = "permission denied"


class NotSupportedError(SftpError):
    """The server does not know the operation."""

    words = "not supported by the server"


class NameTakenError(SftpError):
    """Another file has the name, and the profile does not allow to replace it."""

    words = "another file has this name"


class ServerFailureError(SftpError):
    """The server says "failure" and no more."""

    words = "the server gives no reason"


_ABSENT: Final[dict[Operation, type[SftpError]]] = {
    Operation.LIST: NoSuchFolderError,
    Operation.OPEN_NEW: NoSuchFolderError,
    Operation.MAKE_FOLDER: NoSuchFolderError,
}
#: version 3 has no status for "disk full": a failed write of an open file is what it looks like
_FAILED: Final[dict[Operation, type[SftpError]]] = {Operation.WRITE: NoSpaceError}
_LOCAL: Final[dict[int, type[SftpError]]] = {
    errno.EACCES: NotPermittedError,
    errno.EPERM: NotPermittedError,
    errno.EROFS: NotPermittedError,
    errno.EEXIST: NameTakenError,
    errno.ENOTEMPTY: NameTakenError,
    errno.ENOSPC: NoSpaceError,
    errno.EDQUOT: NoSpaceError,
    errno.EXDEV: NotSupportedError,
}


def classify(error: Exception, operation: Operation) -> SftpError:
    """The `SftpError` that an answer of the server, a broken connection, or a local file system's refusal amounts to.

    Raises the error again when it is none of these: that is a fault of ours, and no retry mends it.
    """
    match error:
        case SftpError():
            return error
        case StatusError(code=StatusError.NO_SUCH_FILE):
            return _ABSENT.get(operation, VanishedError)(operation)
        case StatusError(code=StatusError.PERMISSION_DENIED):
            return NotPermittedError(operation)
        case StatusError(code=StatusError.UNSUPPORTED):
            return NotSupportedError(operation)
        case StatusError():
            return _FAILED.get(operation, ServerFailureError)(operation)
        case TimeoutError() | ConnectionError() | EOFError() | socket.gaierror():
            return UnreachableError(operation)
        case FileNotFoundError() | NotADirectoryError():
            return _ABSENT.get(operation, VanishedError)(operation)
        case OSError(errno=int() as number) if number in _LOCAL:
            return _LOCAL[number](operation)
        case OSError():
            return UnreachableError(operation) if operation is Operation.CONNECT else ServerFailureError(operation)
    raise error
