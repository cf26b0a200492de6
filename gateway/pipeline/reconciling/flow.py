"""What every comparison works with: the scene, a day, and what it says of one exchange."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, Protocol

from sqlalchemy import Connection

from gateway.pipeline.context import Context
from gateway.pipeline.looks import is_timed
from gateway.pipeline.unseen import seen_until
from gateway.states import DocumentState
from gateway.store import looks
from gateway.store.alarms import Trouble
from partners.model import Direction

__all__ = ["CAME", "GONE", "OPPOSITE", "Day", "Flow", "Scene", "Verdict", "counts_as_there"]

OPPOSITE: Final = {"inbound": "outbound", "outbound": "inbound"}
#: what never counts: seen before, or refused
GONE: Final = frozenset({DocumentState.DUPLICATE.value, DocumentState.REJECTED.value})
CAME: Final = frozenset({DocumentState.MAPPED.value, DocumentState.DELIVERED.value, DocumentState.HELD.value})
_LEFT: Final = frozenset({DocumentState.SENT.value, DocumentState.ACKNOWLEDGED.value})


def counts_as_there(state: str, direction: str) -> bool:
    """Whether the other side has a document: the partner one of ours, we one of theirs."""
    return state in (CAME if direction == "inbound" else _LEFT)


@dataclass(frozen=True, slots=True)
class Day:
    """A day on our clocks, of 23 to 25 hours."""

    date: date
    zone: tzinfo

    @property
    def text(self) -> str:
        """As it is stored."""
        return self.date.isoformat()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Its first moment and the first one after it, in UTC."""
        begins = datetime.combine(self.date, time(), tzinfo=self.zone)
        ends = datetime.combine(self.date + timedelta(days=1), time(), tzinfo=self.zone)
        return begins.astimezone(UTC), ends.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison says of one thing: it matches, still has time, or differs; then with the alarm, if another list has it not yet."""

    partner_id: str
    outcome: Literal["matched", "waiting", "differs"]
    trouble: Trouble | None = None
    count: int = 1  #: how many things it is said of


@dataclass(frozen=True, slots=True)
class Scene:
    """What comparisons may look at."""

    context: Context
    connection: Connection
    now: datetime
    _seen: dict[str, datetime] = field(default_factory=dict, repr=False)

    @property
    def usage(self) -> str:
        """Live traffic, or test traffic of a test gateway."""
        return self.context.workspace.own.environment

    def seen_until(self, partner_id: str, direction: str) -> datetime:
        """Up to when it is known what came from a partner, or left for it: files lie in its folders until these are looked at."""
        partner = self.context.workspace.partners.get(partner_id)
        if direction == "outbound" or partner is None or not is_timed(partner):
            return self.now
        if partner_id not in self._seen:
            self._seen[partner_id] = min(self.now, seen_until(self.context, partner, None, looks.listed(self.connection)))
        return self._seen[partner_id]

    def partners_with(self, document_type: str, direction: str) -> set[str]:
        """Those with whom such documents are agreed."""
        return {
            one.partner_id
            for one in self.context.workspace.agreements
            if one.document == document_type and one.direction is Direction(direction)
        }


class Flow(Protocol):
    """One comparison."""

    @property
    def name(self) -> str:
        """How it is called in lists and alarms."""

    def compare(self, scene: Scene, day: Day) -> Iterator[Verdict]:
        """Everything of one day."""
