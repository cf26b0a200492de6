"""Moments of a schedule: the next one after a moment, on the clock of a zone. Pure: no clock, no store.

A day on which the clock changes has a local time that does not occur, or one that occurs twice. Each slot comes exactly once all the
same: a time that is left out comes at the moment at which the clock jumps over it, a time that occurs twice comes the first time. What
comes every hour or more often is counted in time that passes: it does not pause in the hour that occurs twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from partners.block import Options
from partners.scalars import Duration, OneOrMany
from partners.zones import known_zone

__all__ = ["DAYS", "Schedule", "Slots", "Timed", "Together", "moment_of"]

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: Final[tuple[Day, ...]] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST: Final = timedelta(days=1)
_AN_HOUR: Final = timedelta(hours=1)
_A_MINUTE: Final = timedelta(minutes=1)
_OPEN_END: Final = datetime.max.replace(tzinfo=UTC)  #: of what may be made up for at any time
_FARTHEST: Final = 16  #: days that lie between two slots at most, where a zone leaves a day out


def _quoted(value: object) -> object:
    """`18:00` without quotes is text to our YAML, but a number to others: only text is taken."""
    if isinstance(value, int | float):
        raise ValueError('put it in quotes: "18:00"')  # noqa: TRY004 - pydantic makes a fault of it
    return value


LocalTime = Annotated[str, StringConstraints(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), BeforeValidator(_quoted)]


class Schedule(Options):
    """When something is done: every so often, or at times of the day, on all days or some."""

    every: Duration | None = None
    """Every so often, counted from midnight: 15m, 1h. A part of a day that does not divide it begins anew at midnight."""
    at: Annotated[tuple[LocalTime, ...], OneOrMany()] = ()
    """At these times of the day: "18:00"."""
    on: Annotated[tuple[Day, ...], OneOrMany()] = Field(default=())
    """On these days of the week; absent: every day. A window over midnight is of the day on which it opens."""
    from_: LocalTime | None = Field(default=None, alias="from")
    """With `every`: not before this time of the day."""
    to: LocalTime | None = None
    """With `every`: not after this time of the day; where it is before `from`, of the next day."""
    zone: Annotated[str, AfterValidator(known_zone)] | None = None
    """On whose clock; absent: the partner's."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.every is None) is not (self.at != ()):
            raise ValueError("one of `every` and `at`")
        if self.every is not None and not _A_MINUTE <= self.every <= _LONGEST:
            raise ValueError("`every` is between 1m and 24h")
        if self.every is None and (self.from_ is not None or self.to is not None):
            raise ValueError("`from` and `to` go with `every`")
        return self

    def slots(self, zone: str) -> "Slots":
        """As it is counted; `zone` holds where the schedule names none."""
        days = frozenset(DAYS.index(day) for day in self.on) or frozenset(range(7))
        window = (time.fromisoformat(self.from_ or "00:00"), time.fromisoformat(self.to or "23:59")) if self.every is not None else None
        step = self.every if self.every is not None and self.every <= _AN_HOUR else None
        return Slots(self._times(), days, ZoneInfo(self.zone or zone), step, window)

    def words(self, zone: str) -> str:
        """All that it says, in one order whatever the file's is; `zone` as in `slots`."""
        parts = [f"at {', '.join(sorted(set(self.at)))}"]
        if self.every is not None:
            parts = [
                f"every {_short(self.every)}",
                *([f"from {self.from_}"] if self.from_ else []),
                *([f"to {self.to}"] if self.to else []),
            ]
        days = sorted({DAYS.index(day) for day in self.on})
        if days and len(days) < len(DAYS):
            straight = len(days) > 2 and days[-1] - days[0] == len(days) - 1
            names = [DAYS[day].capitalize() for day in days]
            parts.append(f"{names[0]} to {names[-1]}" if straight else ", ".join(names))
        return f"{' '.join(parts)} ({self.zone or zone})"

    def _times(self) -> tuple[time, ...]:
        if self.every is None:
            return tuple(sorted({time.fromisoformat(at) for at in self.at}))
        first, last = self.from_ or "00:00", self.to or "23:59"
        midnight = datetime(2000, 1, 1, tzinfo=UTC)
        all_day = [(midnight + n * self.every).time() for n in range(-(-_LONGEST // self.every))]
        if first <= last:
            return tuple(at for at in all_day if first <= f"{at:%H:%M}" <= last) or (time.fromisoformat(first),)
        evening, morning = ([at for at in all_day if f"{at:%H:%M}" >= first], [at for at in all_day if f"{at:%H:%M}" <= last])
        return (*evening, *morning)  # never none: midnight is of every window over midnight


def _short(span: timedelta) -> str:
    """As a file says it: 90s, 15m, 1h."""
    seconds = int(span.total_seconds())
    return next(f"{seconds // size}{unit}" for size, unit in ((3600, "h"), (60, "m"), (1, "s")) if seconds % size == 0)


@dataclass(frozen=True, slots=True)
class Slots:
    """Times of the day on days of the week, in a zone."""

    times: Sequence[time]  #: in order, at least one; of a window over midnight those of the next day come last
    days: frozenset[int]  #: Monday is 0
    zone: tzinfo
    step: timedelta | None = None  #: instead of the times: every so often from midnight on, in time that passes
    window: tuple[time, time] | None = None  #: of what comes every so often, first and last, over midnight too; None for times of the day

    def after(self, moment: datetime) -> datetime:
        """The first slot behind a moment, in UTC."""
        return next(slot for slot in self._from(moment) if slot > moment)

    def last(self, moment: datetime) -> datetime:
        """The slot at a moment, or the last one before it, in UTC."""
        day = moment.astimezone(self.zone).date()
        days = (day - timedelta(days=back) for back in range(_FARTHEST))
        return next(slot for one in days if one.weekday() in self.days for slot in reversed(self._of(one)) if slot <= moment)

    def closes(self, slot: datetime) -> datetime | None:
        """Until when what was to be done at a slot may be done: the end of its window, in UTC; None where nothing closes.

        The window's last minute belongs to it, and each slot has a minute at least.
        """
        if self.window is None:
            return None
        local, (opens, to) = slot.astimezone(self.zone), self.window
        day = local.date() + timedelta(days=opens > to and local.time() >= opens)
        second = datetime.combine(day, to, self.zone).replace(fold=1).astimezone(UTC)  # of two
        return max(moment_of(day, to, self.zone), second, slot) + _A_MINUTE

    def open_until(self, after: datetime, now: datetime) -> datetime:
        """Until when what was to be done since a moment may still be done: `now` where nothing was, or where it is too late."""
        slot = self.last(now)
        return now if slot <= after else max(now, self.closes(slot) or _OPEN_END)

    def between(self, after: datetime, until: datetime) -> list[datetime]:
        """All slots behind a moment, up to another."""
        found = []
        for slot in self._from(after):
            if slot > until:
                break
            if slot > after:
                found.append(slot)
        return found

    def _from(self, moment: datetime) -> Iterator[datetime]:
        """The slots of the local day before and of all that follow, in order and each once."""
        day = moment.astimezone(self.zone).date() - timedelta(days=1)
        before: datetime | None = None
        while True:
            if day.weekday() in self.days:
                for slot in self._of(day):
                    if before is None or slot > before:
                        yield slot
                        before = slot
            day += timedelta(days=1)

    def _of(self, day: date) -> list[datetime]:
        """Those of a day, and of the night behind it where the window goes over midnight."""
        first, last = self.window or (time(), time.max)
        if first <= last:
            return self._within(day, first, last) or [moment_of(day, self.times[0], self.zone)]  # the window lies between two steps
        night = {*self._within(day, first, time.max), *self._within(day + timedelta(days=1), time(), last)}
        return sorted(night) or [moment_of(day, first, self.zone)]

    def _within(self, day: date, first: time, last: time) -> list[datetime]:
        """The slots from one time of a day to another."""
        if self.step is None:
            return sorted({moment_of(day, at, self.zone) for at in self.times if first <= at <= last})
        midnight, end = (moment_of(one, time(), self.zone) for one in (day, day + timedelta(days=1)))
        steps = (midnight + n * self.step for n in range(-(-(end - midnight) // self.step)))
        return [one for one in steps if first <= one.astimezone(self.zone).time().replace(second=0) <= last]


@dataclass(frozen=True, slots=True)
class Together:
    """Several schedules for one thing: weekdays and weekends. A moment that two of them have is one slot."""

    parts: tuple[Slots, ...]

    def after(self, moment: datetime) -> datetime:
        """As `Slots.after`."""
        return min(part.after(moment) for part in self.parts)

    def last(self, moment: datetime) -> datetime:
        """As `Slots.last`."""
        return max(part.last(moment) for part in self.parts)

    def closes(self, slot: datetime) -> datetime | None:
        """As `Slots.closes`; of a slot that several have, the latest."""
        found = [part.closes(slot) for part in self.parts if part.last(slot) == slot]
        ends = [end for end in found if end is not None]
        return max(ends) if len(ends) == len(found) else None

    def open_until(self, after: datetime, now: datetime) -> datetime:
        """As `Slots.open_until`: what one of them still owes is not too late because the window of another is closed."""
        return max(part.open_until(after, now) for part in self.parts)


Timed = Slots | Together


def moment_of(day: date, at: time, zone: tzinfo) -> datetime:
    """A local time of a day in UTC: the first of two; the moment of the jump where the clock leaves it out."""
    local = datetime.combine(day, at, zone)
    there = local.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return there
    # It does not occur. Read with the offset before the jump it lies behind it, read with the one after it lies before it.
    return _jump(local.replace(fold=1).astimezone(UTC), there, zone)


def _jump(before: datetime, behind: datetime, zone: tzinfo) -> datetime:
    """The moment between two at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(behind.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
