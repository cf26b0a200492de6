"""Who is asking: API keys compared in constant time by their SHA-256, what each may do, and on which days it opens."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, get_args

from aiohttp import web

from gateway.api_keys import digest_of
from partners.http_options import KeySettings, PartnerScope

__all__ = ["SCOPES", "Credential", "Keyring", "Principal", "Role", "key_in"]


class Role(StrEnum):
    """What a key opens."""

    PARTNER = "partner"  #: its own inbox
    HUB = "hub"  #: submissions and the feed
    ADMIN = "admin"  #: the operations


#: what those of a role may do; a key may be narrowed to some of it
SCOPES: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.PARTNER: get_args(PartnerScope),
    Role.HUB: ("documents:write", "documents:read", "feed:read"),
    Role.ADMIN: ("admin:read", "admin:write", "metrics:read"),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """One who is known: a partner, the hub, an administrator."""

    role: Role
    id: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What a principal showed, and what may be done with it."""

    principal: Principal
    scopes: frozenset[str]
    key: str = ""  #: the label of the API key; empty where it was something else


@dataclass(frozen=True, slots=True)
class _Held:
    settings: KeySettings
    digest: str
    credential: Credential


class Keyring:
    """The digests of all keys. The keys themselves are not kept."""

    def __init__(self, keys: Iterable[tuple[Principal, KeySettings, str, Iterable[str]]] = ()) -> None:
        """Each with its principal, its settings, its digest, and its scopes; none means all of the role."""
        self._held = tuple(
            _Held(settings, digest, Credential(principal, frozenset(scopes) or frozenset(SCOPES[principal.role]), settings.label))
            for principal, settings, digest, scopes in keys
        )

    def find(self, key: str, day: date) -> Credential | None:
        """What this key is on a day. Every digest is compared, so the time says nothing about which one fits."""
        asked = digest_of(key)
        found = None
        for held in self._held:
            if hmac.compare_digest(held.digest, asked) and held.settings.opens_on(day):
                found = held.credential
        return found

    def scopes_of(self, principal: Principal, label: str, day: date) -> frozenset[str]:
        """What a key of this label opens on a day, nothing when there is none any more: what was given for it opens no more than it."""
        for held in self._held:
            if held.credential.principal == principal and held.credential.key == label and held.settings.opens_on(day):
                return held.credential.scopes
        return frozenset()


def key_in(request: web.Request) -> str:
    """What a request shows: `Authorization: Bearer KEY`, or `X-API-Key: KEY` for clients that cannot set the first; "" for nothing."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = request.headers.get("X-API-Key", "")
    return key.strip()
