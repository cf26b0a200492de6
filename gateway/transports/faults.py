"""What the errors of pickup and drop mean to the pipeline: put off, or held with a cause."""

from collections.abc import Mapping
from typing import Final

from gateway.errors import Cause, PermanentError, TransientError
from sftp.errors import (
    Action,
    BusyError,
    FileChangedError,
    HostKeyError,
    LocalDiskFullError,
    LocalFileError,
    LoginError,
    NoSpaceError,
    SecretError,
    SftpError,
)

__all__ = ["fault_of"]

_QUARTER: Final = 900.0  #: seconds; a full disk is not emptied in a minute
_CAUSES: Final[Mapping[type[SftpError], Cause]] = {
    BusyError: Cause.DESTINATION_BUSY,
    NoSpaceError: Cause.DESTINATION_BUSY,
    FileChangedError: Cause.DESTINATION_BUSY,
    LocalDiskFullError: Cause.STORE_UNAVAILABLE,
    LocalFileError: Cause.STORE_UNAVAILABLE,
    HostKeyError: Cause.HOST_KEY_CHANGED,
    LoginError: Cause.CREDENTIALS_REFUSED,
    SecretError: Cause.CREDENTIALS_REFUSED,
}


def fault_of(error: SftpError) -> TransientError | PermanentError:
    """The exception to raise instead. Its words are fixed; a host key error names both fingerprints."""
    if error.action in {Action.RETRY, Action.SKIP}:
        after = _QUARTER if isinstance(error, NoSpaceError | LocalDiskFullError) else None
        return TransientError(_CAUSES.get(type(error), Cause.DESTINATION_UNREACHABLE), str(error), after=after, unclear=error.unclear)
    return PermanentError(_CAUSES.get(type(error), Cause.DELIVERY_REFUSED), str(error))
