"""Who answers for what, and what must come by itself: `owners:` and `expect:` of settings files."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from partners.options import Options
from partners.scalars import Quoted, ShortForm, Text

__all__ = ["OURS", "Expect", "Owners", "Role", "person_of"]

Role = Literal["partner", "analyst", "operator", "hub", "gateway"]
OURS: Final[tuple[Role, ...]] = ("analyst", "operator", "hub", "gateway")  #: the roles of people on our side

#: role -> a person or a mailbox; a plain text stands for all roles of ours
Owners = Annotated[
    dict[Role, Text],
    ShortForm({"type": "string", "minLength": 1}, lambda said: dict.fromkeys(OURS, said) if isinstance(said, str) else said),
]
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SATURDAY: Final = 5
_LONGEST: Final = 8  #: days that lie at most between two moments, and one


def person_of(role: str, *owners: Mapping[Role, str]) -> str | None:
    """Who has a role: the nearest that names somebody (agreement, partner, ourselves); None where nobody is named."""
    return next((named for one in owners for key, named in one.items() if key == role), None)


def _known_time(text: str) -> str:
    try:
        time.fromisoformat(text)
    except ValueError:
        raise ValueError("a time of day is written 18:00") from None
    return text


class Expect(Options):
    """A document that comes by itself, such as a daily inventory: when none has come by then, an alarm."""

    every: Literal["day", "workday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    """On which days: each, Monday to Friday, or one day of the week."""
    by: Annotated[Quoted, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$"), AfterValidator(_known_time)]
    """Until when, in the partner's zone; in quotes."""

    def last_due(self, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
        """The last moment that has passed by which one had to come, and since when it could: the moment before. In UTC.

        Days are those of the zone, so the day on which clocks change has 23 or 25 hours.
        """
        local = now.astimezone(zone)
        past = [due for due in self._around(local, zone, -2 * _LONGEST, 0) if due <= now]
        return past[-2], past[-1]

    def next_due(self, now: datetime, zone: tzinfo) -> datetime:
        """The next moment by which one has to come, in UTC."""
        return next(due for due in self._around(now.astimezone(zone), zone, 0, _LONGEST) if due > now)

    def _around(self, local: datetime, zone: tzinfo, first: int, last: int) -> list[datetime]:
        """The moments of these days around today. A time that the clock leaves out counts as the one after it."""
        days = [local.date() + timedelta(days=offset) for offset in range(first, last + 1)]
        at = time.fromisoformat(self.by)
        return [datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day in days if self._is_on(day.weekday())]

    def _is_on(self, weekday: int) -> bool:
        if self.every == "workday":
            return weekday < _SATURDAY
        return self.every == "day" or _DAYS[weekday] == self.every
