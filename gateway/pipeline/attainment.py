"""How often documents were through in time: the share of each flow, what is left of its error budget, and the alarm when it is used up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from canonical.registry import DOCUMENTS
from gateway.errors import Cause
from gateway.objectives import Objective, Tier, objective_of, tier_of
from gateway.pipeline.context import Context
from gateway.pipeline.watch import Watch
from gateway.store import alarms
from gateway.store.alarms import Trouble
from gateway.store.through import Passage, passages

__all__ = ["FLOW", "Attainment", "ObjectivesWatch", "attainments", "missed_now"]

FLOW: Final = "objectives"  #: of the alarms
_MOST: Final = 20_000  #: documents of one type and direction that are looked at; of more, the newest
_OFTEN: Final = 2  #: late; a single document has its own story


@dataclass(frozen=True, slots=True)
class Attainment:
    """One type of document in one direction, over a time."""

    document_type: str
    direction: str
    tier: Tier
    objective: Objective | None
    seconds: tuple[float, ...]  #: of those that are through, in order
    late: int  #: through, or not yet, but not in time
    waiting: int  #: not through, and their time is not over
    oldest_waiting: float  #: seconds since the first byte of the oldest that is not through; 0 where none waits

    @property
    def judged(self) -> int:
        """How many count: those that still have time do not."""
        return len([one for one in self.seconds if self.objective is None or one <= self.objective.within]) + self.late

    @property
    def percent(self) -> float:
        """Of those that count, the share that was in time."""
        return 100.0 * (self.judged - self.late) / self.judged if self.judged else 100.0

    @property
    def budget_left(self) -> float | None:
        """The share of the error budget that is left, in percent: 100 while nothing was late, below 0 when more was than allowed."""
        if self.objective is None:
            return None
        allowed = self.judged * (100.0 - self.objective.target) / 100.0
        return 100.0 if not self.late else 100.0 * (1 - self.late / allowed) if allowed else -100.0

    @property
    def is_missed(self) -> bool:
        """Whether the objective is not met."""
        return self.objective is not None and self.judged > 0 and self.percent < self.objective.target


def attainments(context: Context, connection: Connection, since: datetime) -> list[Attainment]:
    """Every type and direction of which a document came since then."""
    now = context.now()
    return [_judge(*flow, objective_of(context.settings.slo, flow[0]), some, now) for flow, some in _flows(context, connection, since)]


def missed_now(context: Context, connection: Connection) -> list[Attainment]:
    """The flows to raise an alarm of: missed over the long time, by more than one document among enough of them, and still missed lately.

    What stopped for a person counts lately only while it is new: it stands among what is held, and would keep the alarm for as long.
    """
    now, said, found = context.now(), context.settings.reconcile, []
    for flow, some in _flows(context, connection, now - timedelta(seconds=said.window)):
        objective = objective_of(context.settings.slo, flow[0])
        whole = _judge(*flow, objective, some, now)
        if not whole.is_missed or whole.judged < said.least or whole.late < _OFTEN:
            continue
        begin = now - timedelta(seconds=said.recent)
        lately = [one for one in some if one.begun >= begin or (one.done >= begin if one.done is not None else not one.is_stopped)]
        if _judge(*flow, objective, lately, now).is_missed:
            found.append(whole)
    return found


def _flows(context: Context, connection: Connection, since: datetime) -> Iterator[tuple[tuple[str, str], list[Passage]]]:
    usage = context.workspace.own.environment
    for document_type in DOCUMENTS:
        for direction in ("inbound", "outbound"):
            some = passages(connection, document_type, direction, since, usage=usage, limit=_MOST)
            if some:
                yield (document_type, direction), some


def _judge(document_type: str, direction: str, objective: Objective | None, some: Sequence[Passage], now: datetime) -> Attainment:
    within = timedelta(seconds=objective.within) if objective is not None else timedelta.max
    seconds = sorted(max(0.0, (one.done - one.begun).total_seconds()) for one in some if one.done is not None)
    open_ = [now - one.begun for one in some if one.done is None]
    late = sum(one > within.total_seconds() for one in seconds) + sum(age > within for age in open_)
    return Attainment(
        document_type,
        direction,
        tier_of(document_type),
        objective,
        tuple(seconds),
        late,
        sum(age <= within for age in open_),
        max((age.total_seconds() for age in open_), default=0.0),
    )


class ObjectivesWatch(Watch):
    """Looks, once a minute, whether objectives are met, over the times of the settings. The alarm ends by itself."""

    name = "objectives"

    async def look(self) -> list[Trouble]:
        """One look. Gives the alarms raised by it."""
        context = self._context
        found = await context.store.read(lambda connection: missed_now(context, connection))
        troubles = [_trouble(one) for one in found]
        raised, _ = await context.store.write(lambda connection: alarms.sync(connection, troubles, context.now(), flow=FLOW))
        return raised


def _trouble(one: Attainment) -> Trouble:
    assert one.objective is not None
    way = "from partners to the hub" if one.direction == "inbound" else "from the hub to partners"
    return Trouble(
        FLOW,
        Cause.TOO_LATE_TOO_OFTEN,
        f"{one.document_type}/{one.direction}",
        f"{one.document_type} {way}",
        f"less than {one.objective.target:g} % within {one.objective.within:g} s",  # without figures: a review of it lasts
        correlation_id=f"{one.document_type}/{one.direction}",
        data={"judged": one.judged, "late": one.late, "percent": round(one.percent, 3)},
    )
