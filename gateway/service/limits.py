"""How often, how many at once, how much: by caller and in total. What is over a mark is told so and when to come again."""

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from aiohttp import web
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from gateway.errors import Cause, Refusal
from gateway.listen import Limits
from gateway.service.auth import Principal
from gateway.service.proxy import source_of

__all__ = ["UPLOAD", "Connections", "Place", "RateLimits", "Upload", "Uploads"]

GRACE: Final = 120.0  #: seconds in which a body may come as slowly as it likes (A18)
_SOON: Final = 5  #: seconds until what is under way now may have gone through


class RateLimits:
    """How often one who is known, and one who is not, may ask."""

    def __init__(self, known: str, strangers: str) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._known = parse(known)
        self._strangers = parse(strangers)

    async def known(self, principal: Principal) -> None:
        """Count a request of one who is known. Raises `Refusal`."""
        await self._count(self._known, principal.role, principal.id)

    async def claimed(self, principal: Principal, request: web.Request) -> None:
        """Count a request whose sender only says who it is: by name and source, so that nobody uses up the share of another."""
        await self._count(self._known, principal.role, principal.id, source_of(request))

    async def may_try(self, request: web.Request) -> None:
        """Look, without counting, whether strangers from there may ask at all: where a body is read before it is known who sends it."""
        if not await self._limiter.test(self._strangers, "stranger", source_of(request)):
            raise await self._refusal(self._strangers, "stranger", source_of(request))

    async def stranger(self, request: web.Request) -> None:
        """Count a request without valid credentials by where it came from. Raises `Refusal`."""
        await self._count(self._strangers, "stranger", source_of(request))

    async def _count(self, item: RateLimitItem, *identifiers: str) -> None:
        if not await self._limiter.hit(item, *identifiers):
            raise await self._refusal(item, *identifiers)

    async def _refusal(self, item: RateLimitItem, *identifiers: str) -> Refusal:
        window = await self._limiter.get_window_stats(item, *identifiers)
        return Refusal(Cause.RATE_LIMITED, f"{item} are agreed", retry_after=max(1, math.ceil(window.reset_time - time.time())))


class Place:
    """What one connection takes up. It is idle until a request of its own is being answered, and again after that."""

    def __init__(self, connections: "Connections", source: str | None) -> None:
        self._connections = connections
        self.source = source
        self.is_begun = False  #: its task has begun to work
        self.is_known = False  #: somebody known has sent a request over it
        self.close: Callable[[], object] = lambda: None  #: ends the connection at once

    def begin(self) -> None:
        """A request is being answered."""
        self._connections.idle.pop(self, None)

    def end(self) -> None:
        """It is answered."""
        if self in self._connections.open:
            self._connections.idle[self] = None

    def release(self) -> None:
        """The connection is gone."""
        self._connections.forget(self)


class Connections:
    """The open connections. When there are too many, one that nobody known has used, and that asks nothing, makes room for a new one."""

    def __init__(self, total: int, of_one_source: int) -> None:
        self._total = total
        self._of_one_source = of_one_source
        self._sources: Counter[str] = Counter()
        self.open: set[Place] = set()
        self.idle: dict[Place, None] = {}  #: the one that has been idle the longest first

    def admit(self, source: str | None) -> Place | None:
        """The place of a new connection; None when there is none for it. None as source counts for no one, as a proxy does."""
        if source is not None and self._sources[source] >= self._of_one_source:
            return None
        if len(self.open) >= self._total and not self._make_room():
            return None
        place = Place(self, source)
        self.open.add(place)
        if source is not None:
            self._sources[source] += 1
        return place

    def forget(self, place: Place) -> None:
        """A connection is gone."""
        if place not in self.open:
            return
        self.open.remove(place)
        self.idle.pop(place, None)
        if place.source is not None:
            self._sources[place.source] -= 1
            if not self._sources[place.source]:
                del self._sources[place.source]

    def _make_room(self) -> bool:
        last = next((place for place in self.idle if not place.is_known), next(iter(self.idle), None))
        if last is None:
            return False
        self.forget(last)
        last.close()
        return True


class Uploads:
    """The bytes of all bodies under way: those that are held in memory, and those on their way to the disk."""

    def __init__(self, limits: Limits) -> None:
        self._marks = {True: limits.memory_bytes, False: limits.upload_bytes}
        self.pace = limits.body_pace
        self.under_way = {True: 0, False: 0}  #: in memory or not -> bytes

    def take(self, size: int, *, in_memory: bool) -> None:
        """So many bytes more. Raises `Refusal`."""
        if self.under_way[in_memory] + size > self._marks[in_memory]:
            raise Refusal(Cause.OVERLOADED, "too much is being sent at once", retry_after=_SOON)
        self.under_way[in_memory] += size


class Upload:
    """The body of one request: its share of `Uploads`, given back when the request is answered, and the pace at which it comes."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._begun = time.monotonic()
        self._taken = {True: 0, False: 0}

    def take(self, size: int, *, in_memory: bool) -> None:
        """So many bytes came. Raises `Refusal` when they are too many for all, or come too slowly."""
        self._uploads.take(size, in_memory=in_memory)
        self._taken[in_memory] += size
        elapsed = time.monotonic() - self._begun
        if elapsed > GRACE and sum(self._taken.values()) < self._uploads.pace * (elapsed - GRACE):
            raise Refusal(Cause.TOO_SLOW, f"after {GRACE:.0f} s a body comes with {self._uploads.pace} bytes a second")

    def release(self) -> None:
        """The request is answered."""
        for in_memory, size in self._taken.items():
            self._uploads.under_way[in_memory] -= size
        self._taken = {True: 0, False: 0}


UPLOAD: Final = web.RequestKey("upload", Upload)
