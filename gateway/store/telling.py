"""What the log says once a transaction is durable: everything that somebody has to see, and that it is over.

A line per event, so that whoever watches the log misses nothing that `gateway held list` shows, and hears of nothing that was undone. Sets
of one file that fare alike share one line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import CAUSES, Cause
from gateway.log import logger

__all__ = ["Told", "is_told", "tell"]

#: events without a cause that are told nevertheless, and how
_WITHOUT_CAUSE: Final = {"transaction-set.rejected": "warning", "alarm.resolved": "info", "destination.closed": "info"}
#: told by whoever noted them
_NOT_HERE: Final = frozenset({"delivery.put-off", "certificate.expires"})


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as far as the log may know it: ids and fixed words."""

    action: str
    thing_id: str
    correlation_id: str
    partner_id: str | None
    transmission_id: str | None
    cause: Cause | None
    message: str
    trace: tuple[str, str]

    @property
    def alike(self) -> tuple[object, ...]:
        """What shares a line."""
        return self.action, self.cause, self.partner_id, self.transmission_id or self.thing_id


def is_told(action: str, cause: Cause | None) -> bool:
    """Whether the log speaks of such an event."""
    return action not in _NOT_HERE if cause is not None else action in _WITHOUT_CAUSE


def tell(events: Iterable[Told]) -> None:
    """Write the lines, in the order in which things happened."""
    lines: dict[tuple[object, ...], list[Told]] = {}
    for one in events:
        lines.setdefault(one.alike, []).append(one)
    for first, *more in lines.values():
        line = getattr(logger(), _WITHOUT_CAUSE.get(first.action, "warning") if first.cause is None else "warning")
        line("held" if first.action.endswith(".held") else first.action.replace(".", "-"), **_fields(first, len(more) + 1))


def _fields(one: Told, count: int) -> dict[str, Any]:
    said = {
        "thing_id": one.thing_id,
        "count": count if count > 1 else None,
        "cause": one.cause.value if one.cause else None,
        "owner": CAUSES[one.cause].owner if one.cause else None,
        "message": one.message,
        "partner_id": one.partner_id,
        "transmission_id": one.transmission_id,
        "correlation_id": one.correlation_id,
        "trace": one.trace[0] or None,
        "span": one.trace[1] or None,
    }
    return {name: value for name, value in said.items() if value is not None}
