"""What one process of the gateway does. With SQLite one does it all; on PostgreSQL several share it."""

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """`gateway serve --role`."""

    ALL = "all"
    WEB = "web"  #: takes in over HTTP and answers
    WORKER = "worker"  #: reads, maps, writes and delivers
    POLLER = "poller"  #: looks into folders, at brokers and at the clock; of several one leads

    @property
    def listens(self) -> bool:
        """Whether it has the HTTP service."""
        return self in {Role.ALL, Role.WEB}

    @property
    def works(self) -> bool:
        """Whether it claims jobs."""
        return self in {Role.ALL, Role.WORKER}

    @property
    def polls(self) -> bool:
        """Whether it may lead, and do what only one does."""
        return self in {Role.ALL, Role.POLLER}
