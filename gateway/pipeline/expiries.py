"""Certificates that end before anybody has prepared for it: told 60, 30, 14, 7 and 1 days before, once each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.log import logger
from gateway.pipeline.certificates import Standing, standings
from gateway.pipeline.context import Context, TlsHealth
from gateway.pipeline.watch import Watch
from gateway.plural import counted
from gateway.store import events
from gateway.store.events import EventNote, note
from gateway.store.evidence import certificates_used

__all__ = ["THRESHOLDS", "Expiries", "Expiry", "Situation", "expiries", "expiries_now"]

#: days before the end
THRESHOLDS: Final = (1, 7, 14, 30, 60)
_ACTION: Final = "certificate.expires"


class Situation(StrEnum):
    """Why an end is no matter of course."""

    NO_NEXT_OF_OURS = "no-next-of-ours"
    NO_NEXT_OF_THEIRS = "no-next-of-theirs"
    NEXT_WITHOUT_DAY = "next-without-day"
    NEXT_TOO_LATE = "next-too-late"
    STILL_USED = "still-used"
    SERVED = "served"

    @property
    def owner(self) -> str:
        """Whose turn it is."""
        return _TOLD[self][0]

    @property
    def next_action(self) -> str:
        """What to do, with places for `whose` and `uses`."""
        return _TOLD[self][1]


_TOLD: Final[Mapping[Situation, tuple[str, str]]] = {
    Situation.NO_NEXT_OF_OURS: (
        "operator",
        "Make the next one, `gateway cert new {whose} --for {uses} --next --from DATE`, and send it out (`gateway partner sheet`).",
    ),
    Situation.NO_NEXT_OF_THEIRS: (
        "partner",
        "Ask the partner for its next certificate and the day; `gateway cert import {whose} FILE --for {uses} --next --from DATE`.",
    ),
    Situation.NEXT_WITHOUT_DAY: ("operator", "The next one is there: agree on the day with the other side and write it as `from`."),
    Situation.NEXT_TOO_LATE: ("operator", "The next one begins after this one ends: agree on an earlier day and write it as `from`."),
    Situation.STILL_USED: (
        "partner",
        "The day of the change is past, but the last message used the old one: ask the partner to load the new one.",
    ),
    Situation.SERVED: ("operator", "Renew the certificate that our https address shows, or name its `next` under listen.tls."),
}


@dataclass(frozen=True, slots=True)
class Expiry:
    """A certificate that ends soon, or has ended, and what is missing."""

    whose: str  #: id of our station or of the partner; an address of ours
    is_ours: bool  #: its key is ours
    uses: tuple[str, ...]  #: what it is for
    role: str
    fingerprint: str
    ends: datetime
    situation: Situation
    threshold: int  #: days: which alert is due; 0 once it has expired
    days_left: int  #: whole days; negative once it has expired
    partners: tuple[str, ...] = ()  #: who still uses it, where that is the matter

    @property
    def next_action(self) -> str:
        """What to do."""
        return self.situation.next_action.format(whose=self.whose, uses=",".join(self.uses))

    @property
    def sentence(self) -> str:
        """What is so, in fixed words and names of ours."""
        soon = f"expires in {counted(self.days_left, 'day')}" if self.days_left else "expires in less than a day"
        when = soon if self.threshold else "has expired"
        still = f"; still used by {', '.join(self.partners)}" if self.partners else ""
        return f"{self.whose}: the certificate to {', '.join(self.uses)} ({self.role}) {when}, on {self.ends:%Y-%m-%d}{still}"


def expiries(found: Iterable[Standing], served: Mapping[str, TlsHealth], now: datetime) -> tuple[Expiry, ...]:
    """All that are to be told of, the most pressing first; one that serves several purposes of one owner is told of once."""
    merged: dict[tuple[str, str, Situation], Expiry] = {}
    for one in (*_of_places(found, now), *_of_listeners(served, now)):
        key = (one.whose, one.fingerprint, one.situation)
        before = merged.get(key)
        merged[key] = one if before is None else _joined(before, one)
    return tuple(sorted(merged.values(), key=lambda one: (one.ends, one.whose)))


def expiries_now(context: Context, connection: Connection, now: datetime) -> tuple[Expiry, ...]:
    """Those of the revision in force and of what is served."""
    return expiries(standings(context.workspace, certificates_used(connection), now), context.tls, now)


def _of_places(found: Iterable[Standing], now: datetime) -> Iterator[Expiry]:
    for one in found:
        ends = one.held.certificate.not_after
        threshold = _threshold(ends - now)
        situation = _situation(one) if threshold is not None and not one.place.rests else None
        if threshold is not None and situation is not None:
            fingerprint, uses = one.held.certificate.fingerprint, (one.place.use.value,)
            yield Expiry(
                one.place.whose,
                one.place.use.is_ours,
                uses,
                one.role,
                fingerprint,
                ends,
                situation,
                threshold,
                one.days_left(now),
                one.lagging,
            )


def _of_listeners(served: Mapping[str, TlsHealth], now: datetime) -> Iterator[Expiry]:
    for address, health in served.items():
        threshold = _threshold(health.not_after - now) if health.not_after is not None else None
        if health.not_after is not None and threshold is not None:
            left = (health.not_after - now) // timedelta(days=1)
            yield Expiry(address, True, ("serve https",), "shown", health.fingerprint, health.not_after, Situation.SERVED, threshold, left)


def _threshold(remaining: timedelta) -> int | None:
    """Which alert is due; 0 once it has expired, None as long as none is."""
    if remaining <= timedelta():
        return 0
    return next((days for days in THRESHOLDS if remaining <= timedelta(days=days)), None)


def _situation(standing: Standing) -> Situation | None:
    """None: all is prepared, and the end is a matter of course."""
    alone = Situation.NO_NEXT_OF_OURS if standing.place.use.is_ours else Situation.NO_NEXT_OF_THEIRS
    if standing.lagging:
        return Situation.STILL_USED
    if standing.role == "previous" or standing.followed:
        return None
    following = standing.following
    if standing.role == "next" or following is None:
        return alone
    if following.valid_from is None:
        return Situation.NEXT_WITHOUT_DAY
    begins = max(following.valid_from, following.certificate.not_before)
    return Situation.NEXT_TOO_LATE if begins > standing.held.certificate.not_after else None


def _joined(one: Expiry, other: Expiry) -> Expiry:
    uses = tuple(dict.fromkeys((*one.uses, *other.uses)))
    partners = tuple(dict.fromkeys((*one.partners, *other.partners)))
    return replace(one, uses=uses, partners=partners)


class Expiries(Watch):
    """Looks now and then; each threshold of each certificate is one line in the log and one event, however often it looks."""

    name = "expiries"
    usual = 600.0

    async def look(self) -> tuple[Expiry, ...]:
        """One look. Gives those that were told of now for the first time."""
        pressing = await self._context.store.read(self._pressing)
        told = await self._context.store.write(lambda connection: self._tell(connection, pressing)) if pressing else ()
        for one in told:
            logger().warning(
                "certificate-expires", whose=one.whose, use=", ".join(one.uses), fingerprint=one.fingerprint, days=one.days_left
            )
        return told

    def _pressing(self, connection: Connection) -> tuple[Expiry, ...]:
        """Those that nobody was told of yet; and the days that are left, measured."""
        context, now = self._context, self._context.now()
        found = tuple(standings(context.workspace, certificates_used(connection), now))
        context.metrics.certificates({one.held.certificate.fingerprint: one.days_left(now) for one in found} | self._served(now))
        return tuple(one for one in expiries(found, context.tls, now) if not _is_told(connection, one))

    def _tell(self, connection: Connection, pressing: tuple[Expiry, ...]) -> tuple[Expiry, ...]:
        note(connection, self._context.now(), *map(_event, pressing))
        return pressing

    def _served(self, now: datetime) -> dict[str, int]:
        healths = (health for health in self._context.tls.values() if health.not_after is not None)
        return {health.fingerprint: (health.not_after - now) // timedelta(days=1) for health in healths if health.not_after is not None}


def _is_told(connection: Connection, expiry: Expiry) -> bool:
    """Whether this threshold, or a later one, has its event."""
    data = events.data_of(connection, expiry.fingerprint, _ACTION)
    return any(one["whose"] == expiry.whose and one["threshold"] <= expiry.threshold for one in data)


def _event(expiry: Expiry) -> EventNote:
    return EventNote(
        action=_ACTION,
        thing="certificate",
        thing_id=expiry.fingerprint,
        correlation_id=expiry.fingerprint,
        message=f"{expiry.sentence}. {expiry.next_action}",
        partner_id=None if expiry.is_ours else expiry.whose,
        cause=Cause.CERTIFICATE_EXPIRES,
        data={"whose": expiry.whose, "uses": list(expiry.uses), "threshold": expiry.threshold, "situation": expiry.situation.value},
    )
