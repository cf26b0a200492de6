"""How the store says that it cannot take anything over, and that the data folder is somebody else's."""

from gateway.errors import Cause, Refusal

__all__ = ["DataFolderLockedError", "StoreUnavailableError"]


class StoreUnavailableError(Refusal):
    """Disk full, input/output fault or a stopped store: nothing of what was asked is stored. Trying again later may help."""

    def __init__(self, detail: str) -> None:
        super().__init__(Cause.STORE_UNAVAILABLE, detail, retry_after=10)


class DataFolderLockedError(Exception):
    """Another process has this data folder open."""
