"""What can be agreed about sending documents together: when a batch leaves, and how much one interchange holds."""

from typing import Literal

from pydantic import Field

from partners.block import Options
from partners.scalars import Duration, Name
from partners.slots import Schedule

__all__ = ["BatchSettings"]


class BatchSettings(Options):
    """Documents wait and leave in one interchange. Without schedule and `longest` it leaves when it is full, or is released."""

    name: Name | None = None
    """Agreements with the same name leave in one interchange, each kind of set in its own group; absent: the agreement alone."""
    schedule: Schedule | None = None
    """When it leaves: at times of the day, or every so often."""
    longest: Duration | None = None
    """No document waits longer than this."""
    max_sets: int = Field(default=1_000, ge=1, le=10_000)
    """Most sets of one interchange."""
    max_bytes: int | None = Field(default=None, ge=10_000, le=50_000_000)
    """Most bytes of one interchange, each document counted with an envelope of its own."""
    group_sets: int | None = Field(default=None, ge=1, le=10_000)
    """X12: most sets of one group; further ones stand in further groups."""
    when_full: Literal["leave", "wait"] = "leave"
    """As soon as an interchange is full it leaves, or all wait for their moment and leave in several."""
