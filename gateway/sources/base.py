"""What every source does: bring messages one after the other, and be told what became of each."""

from collections.abc import AsyncGenerator, Callable
from typing import ClassVar, Protocol

from gateway.errors import PermanentError, Refusal, TransientError
from gateway.pipeline.hub_message import HubMessage

__all__ = ["Arrival", "Connected", "Source"]

#: told None when the source is connected, and what is wrong while it is not and goes on by itself
Connected = Callable[[TransientError | PermanentError | None], None]


class Arrival(Protocol):
    """One message. Until it is told what became of it, its broker keeps it, and brings it again when the connection breaks."""

    @property
    def message(self) -> HubMessage:
        """What came."""
        ...

    async def taken(self, id_: str) -> None:
        """It is stored, under this id: the broker may forget it."""
        ...

    async def dead(self, id_: str, refusal: Refusal) -> None:
        """It cannot be taken. It is kept for a person under this id, and goes to where the broker has its dead letters."""
        ...


class Source(Protocol):
    """A place with messages. Raises `TransientError` or `PermanentError`; after any exception it is begun anew."""

    kind: ClassVar[str]  #: `kind:` under `sources:` in gateway.yaml
    alone: ClassVar[bool]  #: whether of several processes only one may read it; brokers share a queue out by themselves

    def arrivals(self, connected: Connected) -> AsyncGenerator[Arrival, None]:
        """Connect, say so, and bring messages in their order until closed."""
        ...
