"""The one place that reads the clock; everything else is given a `Clock`."""

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "system_clock"]

Clock = Callable[[], datetime]  #: gives the present moment, aware, in UTC


def system_clock() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(tz=UTC)
