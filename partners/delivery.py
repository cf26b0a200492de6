"""How we deliver to a partner by one transport: `transports: {delivery: {as2: {rate: 5/second}}}`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from partners.options import Options
from partners.scalars import Duration

__all__ = ["DeliverySettings"]

Rate = Annotated[str, StringConstraints(strict=True, pattern=r"^[1-9][0-9]{0,5}/(second|minute|hour|day)$")]


class DeliverySettings(Options):
    """What the partner's side can bear, and for how long we try. Absent: as gateway.yaml says for all partners."""

    rate: Rate | None = None
    """Deliveries that may begin in a time: 5/second, 100/minute. Absent: no limit."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Deliveries at once."""
    fallback: Literal["as2", "sftp", "http", "folder", "dropbox"] | None = None
    """Another of the partner's transports, while this one does not answer. The same EDI bytes, with the same control numbers."""
    unclear: Literal["wait", "hold", "send"] = "wait"
    """What the partner may have (bytes sent, no answer), where the fallback would be taken: `wait` stays with its way, by which the partner
    knows a repetition, and is held when no attempt is left; `hold` is held at once; `send` goes by the fallback, and may arrive twice."""
    retries: Annotated[tuple[Duration, ...], Field(min_length=1, max_length=100)] | None = None
    """The waits between attempts: [1m, 5m, 15m]."""
    give_up: Duration | None = None
    """After so long it is held for a person, whatever was tried."""
