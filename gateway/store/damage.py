"""A damaged database: every fault of the driver that means it becomes one error with words of its own, and the log is told once."""

from threading import Lock

from gateway.log import logger
from gateway.store.database import Database
from gateway.store.errors import DatabaseDamagedError

__all__ = ["Damage"]


class Damage:
    """Of one open store. Called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_told = False
        self._gate = Lock()

    def of(self, fault: BaseException) -> DatabaseDamagedError | None:
        """What to raise in place of this fault; None where it means something else."""
        if isinstance(fault, DatabaseDamagedError):
            return fault
        if not self._database.is_damaged(fault):
            return None
        with self._gate:
            is_new, self._is_told = not self._is_told, True
        if is_new:
            logger().warning(  # which commands leave out, since they say it themselves
                "store-damaged", next="`gateway doctor --deep` says what is damaged; stop the gateway and restore the newest backup"
            )
        return DatabaseDamagedError()
