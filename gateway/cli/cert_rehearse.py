"""The outcome before the day: which certificate each place uses at each moment of a change, and what the other side makes of it.

Messages are really signed, encrypted and opened with our keys; a stand-in with a key of its own plays the partner, by our profile of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from as2.algorithms import Cipher, Digest
from as2.certificate_settings import CertificateRef, CertPair, PartnerCerts
from as2.errors import As2Error
from as2.headers import As2Headers
from as2.keys import CertificateError, OwnKeys, PlacedCertificate, own_keys, succession_of
from as2.message import SealedMessage, seal_message
from as2.receive import open_message
from as2.settings import As2Settings, OwnAs2
from as2.succession import Succession
from gateway.cli.cert_make import make
from partners.places import Place, Use

__all__ = ["Moment", "Outcome", "Stage", "rehearse"]

_TEXT: Final = b"This is a rehearsal.\r\n"
_AFTERWARDS: Final = timedelta(seconds=1)
_NOW: Final = "now"
_DAY: Final = "the day of the change"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one place does at one moment."""

    use: str
    uses: tuple[str, ...]  #: the certificates, "next 0ce426b927b50d02": the one to send with, or all that are accepted
    outcome: str  #: "ok", "warning", "failed"
    detail: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of the change."""

    at: datetime
    name: str
    outcomes: tuple[Outcome, ...]


@dataclass
class Stage:
    """Both sides: our keys, and the partner as its profile describes it."""

    own: OwnKeys
    partner: As2Settings
    places: tuple[Place, ...]
    now: datetime
    _stand_in: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def stand_in(self) -> tuple[str, str]:
        """Key and certificate of the one who plays the partner, PEM text."""
        if self._stand_in is None:
            made = make("rehearsal", "rehearsal", "rsa2048", (Use.SIGN, Use.DECRYPT), now=self.now, begins=None, days=3650)
            self._stand_in = made.key, made.candidate.pem
        return self._stand_in

    def keys_of_stand_in(self) -> OwnKeys:
        """Its side."""
        key, certificate = self.stand_in
        keys = {"current": {"key": "env:STAND_IN", "certificate": certificate}}
        return own_keys(OwnAs2.model_validate({"as2_name": "rehearsal", "keys": keys}), lambda _: key)

    def profile_of_stand_in(self) -> As2Settings:
        """The partner's profile, with the stand-in's certificate in the place of the partner's."""
        certificate = CertPair(current=CertificateRef(pem=self.stand_in[1]))
        return self.partner.model_copy(update={"certs": PartnerCerts(verify=certificate, encrypt=certificate)})

    def profile_of_us(self, verify: CertPair | None, encrypt: CertPair | None) -> As2Settings:
        """How the partner would describe us, with these certificates of ours."""
        return self.partner.model_copy(
            update={
                "as2_name": self.own.as2_name,
                "certs": PartnerCerts(verify=verify, encrypt=encrypt),
                "sign": self.partner.sign or Digest.SHA256,
                "encrypt": self.partner.encrypt or Cipher.AES256_CBC,
                "require_encrypted": False,
            }
        )


def rehearse(stage: Stage) -> Iterator[Moment]:
    """Every moment from now on at which something changes: on the day of a change all places, at an end those that it is about."""
    held = {place.use: (place, found) for place in stage.places if (found := _loaded(place)) is not None}
    moments: dict[datetime, dict[str, list[Use]]] = {stage.now: {_NOW: []}}
    for use, (_, one) in held.items():
        for at, name in _changes(one):
            if at >= stage.now:
                moments.setdefault(at, {}).setdefault(name, []).append(use)
    for at, names in sorted(moments.items()):
        everything = _NOW in names or _DAY in names
        ending = [use for uses in names.values() for use in uses]
        shown = [held[use] for use in held if everything or use in ending]
        name = "; ".join(f"{name} ({', '.join(uses)})" if uses else name for name, uses in names.items())
        yield Moment(at, name, tuple(_outcome(stage, place, found, at) for place, found in shown))


def _loaded(place: Place) -> Succession[PlacedCertificate] | None:
    try:
        return succession_of(place.pair)
    except CertificateError:
        return None


def _changes(held: Succession[PlacedCertificate]) -> Iterator[tuple[datetime, str]]:
    following, previous = held.next, held.previous
    if following is not None and following.valid_from is not None:
        yield max(following.valid_from, following.certificate.not_before), _DAY
    if following is not None:
        yield held.current.certificate.not_after + _AFTERWARDS, "the present one has expired"
    if previous is not None and previous.until is not None:
        yield previous.until, "the previous one is no longer accepted"


def _outcome(stage: Stage, place: Place, held: Succession[PlacedCertificate], at: datetime) -> Outcome:
    if place.use.sends:
        chosen = held.sending(at)
        outcome, detail = _SENDING.get(place.use, _shown)(stage, held, at)
        return Outcome(place.use.value, (_named(held, chosen),), outcome, detail)
    accepted = held.receiving(at)
    outcome, detail = (_decrypted if place.use is Use.DECRYPT else _accepted)(stage, held, at)
    return Outcome(place.use.value, tuple(_named(held, one) for one in accepted), outcome, detail)


def _signed(stage: Stage, held: Succession[PlacedCertificate], at: datetime) -> tuple[str, str]:
    """We really sign; a partner with all our certificates verifies, and one that has only loaded the present one."""
    if stage.partner.sign is None:
        return "ok", "nothing is signed for this partner"
    both = CertPair.model_validate({held.role(one): _public(one) for one in held.all if one is not held.previous})
    told = {}
    for who, known in (("loaded", both), ("not loaded", CertPair(current=both.current))):
        try:
            told[who] = _received(stage, known, at)
        except CertificateError as fault:
            return "failed", f"nothing leaves: {fault}"
    if told["loaded"]:
        return "failed", f"a partner that has loaded all refuses it ({told['loaded']})"
    if told["not loaded"]:
        return "warning", f"the partner must have loaded the next one by then: until it has, it refuses ({told['not loaded']})"
    return "ok", "verified by the partner"


def _received(stage: Stage, known: CertPair, at: datetime) -> str:
    """What the stand-in answers to a message of ours: "" when all is well, else the disposition. Raises `CertificateError`."""
    sealed = _sealed(stage.own, stage.profile_of_stand_in(), at)
    try:
        headers = As2Headers.parse(sealed.headers.items())
        open_message(headers, sealed.body, own=stage.keys_of_stand_in(), partner=stage.profile_of_us(known, None), now=at)
    except As2Error as fault:
        return fault.disposition.description if fault.disposition else type(fault).__name__
    return ""


def _decrypted(stage: Stage, held: Succession[PlacedCertificate], at: datetime) -> tuple[str, str]:
    """The stand-in really encrypts for each of ours, and we open it."""
    told = []
    for one in held.all:
        profile = stage.profile_of_us(None, CertPair(current=CertificateRef(pem=one.pem)))
        lax = profile.model_copy(update={"tolerance": profile.tolerance.model_copy(update={"expired_send": True})})
        sealed = _sealed(stage.keys_of_stand_in(), lax, at)
        try:
            headers = As2Headers.parse(sealed.headers.items())
            open_message(headers, sealed.body, own=stage.own, partner=stage.profile_of_stand_in(), now=at)
            told.append((held.role(one), True))
        except As2Error:
            told.append((held.role(one), False))
    opened = [role for role, opens in told if opens]
    refused = [role for role, opens in told if not opens]
    if held.role(held.sending(at)) not in opened:
        return "failed", "what is encrypted for the one in use does not open"
    return "ok", f"we open what is encrypted for the {_and(opened)} one" + (f", no longer for the {_and(refused)} one" if refused else "")


def _sealed(own: OwnKeys, partner: As2Settings, at: datetime) -> SealedMessage:
    return seal_message(
        _TEXT,
        content_type="text/plain",
        own=own,
        partner=partner,
        message_id="<rehearsal@as2.invalid>",
        now=at,
        mdn_url="https://as2.invalid/mdn",  # a profile may ask for receipts at our public address, which nobody calls here
    )


def _encrypted(stage: Stage, held: Succession[PlacedCertificate], at: datetime) -> tuple[str, str]:
    chosen = held.sending(at).certificate
    if chosen.expired(at) and not stage.partner.tolerance.expired_send:
        return "failed", "nothing leaves: the partner's certificate has expired"
    return "ok", "we encrypt for it" + (", as agreed for this day" if held.followed(at) else "")


def _shown(stage: Stage, held: Succession[PlacedCertificate], at: datetime) -> tuple[str, str]:  # noqa: ARG001 - as the others
    if held.sending(at).certificate.expired(at):
        return "failed", "servers refuse an expired client certificate"
    if held.followed(at):
        return "warning", "the partner's server must have loaded the next one by then"
    return "ok", "we show it"


def _accepted(stage: Stage, held: Succession[PlacedCertificate], at: datetime) -> tuple[str, str]:
    """A certificate of the partner that we accept: whichever it chooses, or what is refused."""
    accepted = held.receiving(at)
    refused = [held.role(one) for one in held.all if one not in accepted]
    expired = held.sending(at).certificate.expired(at)
    if expired and not stage.partner.tolerance.expired_verify:
        return "failed", "the one in use has expired, and the profile refuses it (expired_verify)"
    roles = _and([held.role(one) for one in accepted])
    detail = f"we accept the {roles} one" + (f", not the {_and(refused)} one" if refused else "")
    return ("warning", f"{detail}; it has expired") if expired else ("ok", detail)


_SENDING: Final[dict[Use, Callable[[Stage, Succession[PlacedCertificate], datetime], tuple[str, str]]]] = {
    Use.SIGN: _signed,
    Use.ENCRYPT: _encrypted,
}


def _public(held: PlacedCertificate) -> dict[str, Any]:
    """A certificate of ours as the partner would name it."""
    return {"pem": held.pem} | ({"from": held.valid_from} if held.valid_from else {})


def _named(held: Succession[PlacedCertificate], one: PlacedCertificate) -> str:
    return f"{held.role(one)} {one.certificate.fingerprint[:16]}"


def _and(words: list[str]) -> str:
    return " and the ".join(words)
