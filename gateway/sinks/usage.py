"""Which traffic a sink takes. The pipeline keeps test from live; this is the last line, at the door of the hub."""

from typing import Literal

from gateway.errors import Cause, PermanentError
from gateway.sinks.base import OutgoingEvent

__all__ = ["CORRELATION_HEADER", "USAGE_HEADER", "Usage", "check_usage"]

Usage = Literal["live", "test", "any"]

CORRELATION_HEADER = "Gateway-Correlation-Id"  #: the same from the first byte to the last answer
USAGE_HEADER = "Gateway-Usage"  #: tells the receiver "test" or "live"


def check_usage(usage: Usage, event: OutgoingEvent) -> str:
    """The event's usage. Raises `PermanentError` when the sink is not for it."""
    found = "test" if event.is_test else "live"
    if usage not in {"any", found}:
        raise PermanentError(Cause.USAGE_NOT_ACCEPTED, f"the sink takes {usage} traffic only")
    return found
