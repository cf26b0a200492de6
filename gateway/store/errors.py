"""How the store says that it cannot take anything over, and that what it would need is somebody else's."""

from gateway.errors import Cause, Refusal

__all__ = ["DataFolderLockedError", "DatabaseDamagedError", "DatabaseGoneError", "LeaseLostError", "SchemaError", "StoreUnavailableError"]


class StoreUnavailableError(Refusal):
    """Disk full, input/output fault or a stopped store: nothing of what was asked is stored. Trying again later may help."""

    def __init__(self, detail: str, cause: Cause = Cause.STORE_UNAVAILABLE) -> None:
        super().__init__(cause, detail, retry_after=10)


class DataFolderLockedError(Exception):
    """Another process has this data folder open."""


class DatabaseGoneError(StoreUnavailableError):
    """The file of the database was moved or removed: what would be written now is lost when this process ends."""


class DatabaseDamagedError(StoreUnavailableError):
    """The file of the database holds what SQLite cannot read: only a backup helps."""

    def __init__(self) -> None:
        super().__init__("the file of the database is damaged", Cause.STORE_DAMAGED)


class SchemaError(StoreUnavailableError):
    """The database was made by another release; `gateway migrate`, or the release that made it."""

    def __init__(self, detail: str, version: str) -> None:
        super().__init__(detail)
        self.version = version


class LeaseLostError(Exception):
    """A job is not ours any more: its lease ran out and another worker took it, or it was done elsewhere. Nothing is to be written."""
