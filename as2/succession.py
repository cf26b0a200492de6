"""`Succession`: one certificate follows another in one place, and for a while both count. The rule which of them counts when stands here.

One rule serves all places: our signing, decryption and TLS client key; the partner's verify, encryption and TLS certificates.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from as2.cms.certificate import Certificate

__all__ = ["Held", "Succession"]


class Held(Protocol):
    """A certificate in its place, with or without our key to it."""

    @property
    def certificate(self) -> Certificate:
        """The certificate."""
        ...

    @property
    def valid_from(self) -> datetime | None:
        """Of a next one: when we begin to send with it."""
        ...

    @property
    def until(self) -> datetime | None:
        """Of a previous one: from when on it is no longer accepted."""
        ...


H = TypeVar("H", bound=Held)


@dataclass(frozen=True, slots=True)
class Succession(Generic[H]):
    """The certificate in use, the one that follows it, and the one before it while it is still accepted."""

    current: H
    next: H | None = None
    previous: H | None = None

    @property
    def all(self) -> tuple[H, ...]:
        """Those that are there, the current one first."""
        return tuple(one for one in (self.current, self.next, self.previous) if one is not None)

    def role(self, held: H) -> str:
        """What settings call it: "current", "next" or "previous"."""
        return next(name for name, one in (("current", self.current), ("next", self.next), ("previous", self.previous)) if one is held)

    def followed(self, now: datetime) -> bool:
        """True when the next one's time has come: its `from` and its own first moment have passed.

        A next one without `from` is for receiving only: nobody said when the other side will have loaded it (Drummond 1Q09.17).
        """
        following = self.next
        if following is None or following.valid_from is None:
            return False
        return max(following.valid_from, following.certificate.not_before) <= now

    def sending(self, now: datetime) -> H:
        """The one to send with: the newest whose time has come. Whether it has expired is for the caller to look at."""
        return self.next if self.next is not None and self.followed(now) else self.current

    def receiving(self, now: datetime) -> tuple[H, ...]:
        """Those to accept, the one in use first.

        The next one counts as soon as it is valid, before its `from` too: the other side may be early. The current one counts until it
        expires, once it is followed; the one in use counts also when expired, for the profile to judge. The previous one counts until
        its `until`, and never when expired.
        """
        if self.next is None and self.previous is None:
            return (self.current,)
        in_use = self.sending(now)
        return (in_use, *(one for one in self.all if one is not in_use and self._overlaps(one, now)))

    def _overlaps(self, held: H, now: datetime) -> bool:
        return not held.certificate.expired(now) and (held.until is None or now < held.until)
