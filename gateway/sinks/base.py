"""What every sink towards the hub does: take one CloudEvent over, or say why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

__all__ = ["OutgoingEvent", "Sink"]


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """One CloudEvents 1.0 event in JSON (structured mode), and what a sink needs to know of it."""

    event_id: str  #: stable over retries and replays: the receiver's idempotency key
    type: str  #: "com.harborline.b2b.order.received.v1"
    partition_key: str  #: order is kept per key
    correlation_id: str
    is_test: bool
    body: bytes
    marks: Mapping[str, str] = field(default_factory=dict)  #: of replays and stale states: CloudEvents attributes, also in `body`
    traceparent: str = ""  #: W3C trace context of what this event came from; empty when nothing is traced

    @property
    def message_id(self) -> str:
        """For a broker that drops ids that it has seen: the same for every attempt, another for each replay, so that it gets through."""
        replay = self.marks.get("replayid")
        return f"{self.event_id}/{replay}" if replay else self.event_id


class Sink(Protocol):
    """A way to the hub. Raises `TransientError` or `PermanentError`; any other exception holds the delivery."""

    kind: ClassVar[str]  #: `kind:` under `sinks:` in gateway.yaml

    async def deliver(self, event: OutgoingEvent) -> str:
        """Hand the event over; the text says what the hub answered. Safe to repeat."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
