"""When folders with a schedule are looked at: each slot once, whoever leads, and whatever ended before or in between.

How far the slots of a folder are done stands in the store and is written when a look is over; so a look that a process died in is made
up for by the next one, and slots that passed while nobody looked are made up for together, by one look. A look is over when it found
all that was there: files that were seen for the first time are looked at again, and a server that does not answer is asked again, for a
while, as long as the window is open.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gateway.pipeline.context import Context, PickupHealth
from gateway.pipeline.looks import Look, next_look
from gateway.store import looks
from gateway.store.clock_fault import TOLERATED
from gateway.store.errors import StoreUnavailableError
from gateway.store.looks import Looked
from partners.slots import Timed

__all__ = ["Timetable", "Turn"]

_PATIENCE: Final = timedelta(minutes=30)  #: for which a look goes on; longer than a server is restarted


@dataclass(slots=True)
class Turn:
    """How it stands with one folder."""

    slots: Timed
    looked: Looked  #: as it is in the store
    began: datetime  #: the last look, or since when it is known
    next: datetime  #: the first slot since
    again: datetime | None = None  #: when the look goes on
    until: datetime | None = None  #: how long it may


class Timetable:
    """Of the process that leads. `follow` before each `is_due`; `begin` and `ended` around each look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._turns: dict[str, Turn] = {}
        self._followed: dict[str, str] | None = None  #: schedules in words, by endpoint

    async def follow(self, found: Sequence[Look] | None) -> None:
        """Keep to the schedules of these folders; None: another process does. While the store is away, what is new is not due."""
        if found is None:  # what the other does is in the store
            self._turns.clear()
            self._followed = None
            return
        schedules = {look.endpoint: look.schedule for look in found if look.slots is not None}
        if schedules == self._followed:
            return
        now = self._context.now()
        with suppress(StoreUnavailableError):  # told where the store is asked for more; and asked again soon
            rows = await self._context.store.write(lambda connection: looks.follow(connection, schedules, now))
            slots = {look.endpoint: look.slots for look in found if look.slots is not None}
            self._turns = {
                endpoint: known
                if (known := self._turns.get(endpoint)) is not None and known.looked.schedule == row.schedule
                else _turn(slots[endpoint], row, now)
                for endpoint, row in rows.items()
            }
            self._followed = schedules

    def is_due(self, endpoint: str) -> bool:
        """Whether a slot has come, or a look goes on."""
        turn, now = self._turns.get(endpoint), self._context.now()
        if turn is None:
            return False
        if turn.began > now + TOLERATED:  # written by a clock that was ahead: nobody waits for that moment
            turn = self._turns[endpoint] = _turn(turn.slots, turn.looked, now)
        if turn.next <= now:
            turn.next = next_look(turn.slots, turn.began, now)  # not when its window has closed meanwhile
        return turn.next <= now or (turn.again is not None and turn.again <= now)

    def begin(self, endpoint: str, *, asked: bool) -> Turn | None:
        """A look begins, of itself or because a person asked for it; it serves every slot that has passed."""
        turn, now = self._turns.get(endpoint), self._context.now()
        if turn is None:
            return None
        if asked or turn.next <= now or turn.until is None:
            longest = now + _PATIENCE
            turn.until = longest if asked else min(longest, turn.slots.open_until(turn.began, now))
        turn.began, turn.next, turn.again = now, turn.slots.after(now), None
        return turn

    async def ended(self, turn: Turn, health: PickupHealth, *, again_after: float | None, is_cut: bool) -> None:
        """The look ended; after so many seconds it goes on, where there is reason to. `is_cut`: the process ends and may have cut it."""
        again = self._context.now() + timedelta(seconds=again_after) if again_after is not None else None
        turn.again = again if again is not None and turn.until is not None and again < turn.until else None
        cause = health.cause.value if health.cause is not None else None
        turn.looked = replace(turn.looked, looked_at=health.at, cause=cause, detail=health.detail)
        if turn.again is None and not is_cut:
            turn.looked, turn.until = replace(turn.looked, up_to=turn.began), None
        if (known := self._turns.get(turn.looked.endpoint)) is not None and known.looked.schedule == turn.looked.schedule:
            self._turns[turn.looked.endpoint] = turn  # also when another led in between, for a moment
        with suppress(StoreUnavailableError):  # looked at once more after a restart, which finds each file taken
            await self._context.store.write(partial(looks.ended, looked=turn.looked))


def _turn(slots: Timed, looked: Looked, now: datetime) -> Turn:
    return Turn(slots, looked, began=min(looked.up_to, now), next=next_look(slots, looked.up_to, now))
