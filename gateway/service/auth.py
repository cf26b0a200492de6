"""Who is asking: API keys compared in constant time by their SHA-256, and how often they may ask."""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from gateway.errors import Cause, Refusal

__all__ = ["Keyring", "Principal", "RateLimits", "Role", "source_of"]


class Role(StrEnum):
    """What a key opens."""

    PARTNER = "partner"  #: its own inbox
    HUB = "hub"  #: submissions and the feed
    ADMIN = "admin"  #: the operations


@dataclass(frozen=True, slots=True)
class Principal:
    """One who is known: a partner, the hub, an administrator."""

    role: Role
    id: str


class Keyring:
    """The digests of all keys. The keys themselves are not kept."""

    def __init__(self, keys: Iterable[tuple[Principal, str]]) -> None:
        self._digests = tuple((_digest(key), principal) for principal, key in keys)

    def find(self, key: str) -> Principal | None:
        """Who has this key. Every digest is compared, so the time says nothing about which one fits."""
        asked = _digest(key)
        found = None
        for digest, principal in self._digests:
            if hmac.compare_digest(digest, asked):
                found = principal
        return found

    def of(self, request: web.Request) -> Principal | None:
        """Who sent a request: `Authorization: Bearer KEY`, or `X-API-Key: KEY` for clients that cannot set the first."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            key = request.headers.get("X-API-Key", "")
        return self.find(key.strip()) if key.strip() else None


class RateLimits:
    """How often one who is known, and one who is not, may ask."""

    def __init__(self, known: str, strangers: str) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._known = parse(known)
        self._strangers = parse(strangers)

    async def known(self, principal: Principal) -> None:
        """Count a request of one who is known. Raises `Refusal`."""
        await self._count(self._known, principal.role, principal.id)

    async def stranger(self, request: web.Request) -> None:
        """Count a request without valid credentials by where it came from. Raises `Refusal`."""
        await self._count(self._strangers, "stranger", source_of(request))

    async def _count(self, item: RateLimitItem, *identifiers: str) -> None:
        if not await self._limiter.hit(item, *identifiers):
            raise Refusal(Cause.RATE_LIMITED, f"{item} are agreed", retry_after=item.get_expiry())


def source_of(request: web.Request) -> str:
    """The network that a stranger counts under: the IPv4 address, or the /64 of an IPv6 address, of which one host has very many."""
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return "local"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogateescape")).digest()  # header bytes that are no UTF-8 arrive as surrogates
