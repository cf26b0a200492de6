"""How every certificate of the workspace stands at a moment: used, accepted, followed, and who still uses the old one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from as2.keys import CertificateError, PlacedCertificate, succession_of
from gateway.protection import Purpose
from gateway.store.evidence import UsedCertificate
from partners.model import Workspace
from partners.places import Place, Use, places

__all__ = ["Standing", "Unusable", "oddities", "standings", "unusable"]

_ANYBODY: Final = ""
_PURPOSES: Final = {Use.SIGN: Purpose.SIGN, Use.DECRYPT: Purpose.DECRYPT, Use.VERIFY: Purpose.VERIFY, Use.ENCRYPT: Purpose.ENCRYPT}


@dataclass(frozen=True, slots=True)
class Standing:
    """One certificate in one place at one moment."""

    place: Place
    role: str  #: "current", "next", "previous"
    held: PlacedCertificate
    in_use: bool  #: the one whose time it is
    accepted: bool  #: where the other side chooses: taken when it comes
    following: PlacedCertificate | None  #: of the current one: what is to follow it
    followed: bool  #: of the current one: the next one's time has come
    uses: tuple[UsedCertificate, ...] = ()  #: with whom it was last used in this place
    lagging: tuple[str, ...] = ()  #: partners whose last message used it, though another one is in use

    def days_left(self, now: datetime) -> int:
        """Whole days until it expires; negative afterwards."""
        return (self.held.certificate.not_after - now) // timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A certificate that settings name and nothing can be done with."""

    place: Place
    reason: str


def standings(workspace: Workspace, used: Iterable[UsedCertificate], now: datetime) -> Iterator[Standing]:
    """Every certificate that can be used, place by place."""
    index = _Uses(used)
    for place in places(workspace):
        try:
            held = succession_of(place.pair)
        except CertificateError:
            continue
        assert held is not None
        in_use, accepted = held.sending(now), held.receiving(now)
        here = {one.certificate.fingerprint for one in held.all}
        uses = index.of(place)
        newest = _newest(use for use in uses if use.fingerprint in here)
        for one in held.all:
            role, mark = held.role(one), one.certificate.fingerprint
            late = () if one is in_use or place.use.sends else tuple(sorted(who for who, use in newest.items() if use.fingerprint == mark))
            yield Standing(
                place=place,
                role=role,
                held=one,
                in_use=one is in_use,
                accepted=not place.use.sends and one in accepted,
                following=held.next if role == "current" else None,
                followed=role == "current" and held.followed(now),
                uses=tuple(use for use in uses if use.fingerprint == mark),
                lagging=late if role == "previous" or held.followed(now) else (),
            )


def unusable(workspace: Workspace) -> Iterator[Unusable]:
    """Those that cannot be used at all: a key that is too short, a curve that nobody takes."""
    for place in places(workspace):
        try:
            succession_of(place.pair)
        except CertificateError as fault:
            yield Unusable(place, str(fault))


def oddities(workspace: Workspace) -> Iterator[tuple[Place, str]]:
    """What is no fault of a file and will not do what its writer thinks."""
    for place in places(workspace):
        try:
            held = succession_of(place.pair)
        except CertificateError as fault:
            yield place, f"the certificate cannot be used: {fault}"
            continue
        assert held is not None
        if place.use in {Use.ENCRYPT, Use.DECRYPT}:
            yield from ((place, f"{held.role(one)}: messages are encrypted for RSA keys only") for one in held.all if not _is_rsa(one))
        following = held.next
        if following is None:
            continue
        if following.certificate.fingerprint == held.current.certificate.fingerprint:
            yield place, "next: it is the one that is in use already"
        begins, certificate = following.valid_from, following.certificate
        if begins is not None and begins < certificate.not_before:
            yield place, f"next: it is valid only from {certificate.not_before:%Y-%m-%d}, and not used before"
        if begins is not None and begins > certificate.not_after:
            yield place, f"next: it has expired by the day on which it is to be used ({certificate.not_after:%Y-%m-%d})"


def _is_rsa(held: PlacedCertificate) -> bool:
    return isinstance(held.certificate.public_key, RSAPublicKey)


class _Uses:
    """Uses by the place where they were: of a partner's places its own, of ours those with anybody."""

    def __init__(self, used: Iterable[UsedCertificate]) -> None:
        self._by_place: dict[tuple[Purpose, str], list[UsedCertificate]] = {}
        for use in used:
            whose = _ANYBODY if use.purpose in {Purpose.SIGN, Purpose.DECRYPT} else use.partner_id
            self._by_place.setdefault((use.purpose, whose), []).append(use)

    def of(self, place: Place) -> list[UsedCertificate]:
        """Those of one place; TLS keeps no record of them."""
        purpose = _PURPOSES.get(place.use)
        return self._by_place.get((purpose, _ANYBODY if place.use.is_ours else place.whose), []) if purpose is not None else []


def _newest(uses: Iterable[UsedCertificate]) -> dict[str, UsedCertificate]:
    """The last use with each partner; of two in the same hour, the one that began later."""
    newest: dict[str, UsedCertificate] = {}
    for use in sorted(uses, key=lambda use: (use.last_used_at, use.first_used_at)):
        newest[use.partner_id] = use
    return newest
