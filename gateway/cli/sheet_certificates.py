"""The certificates on a partner sheet: ours with all that is needed to load and to compare them, the partner's as we have them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from as2.cms.certificate import Certificate, load_certificate
from as2.keys import CertificateError, PlacedCertificate, succession_of
from as2.settings import OwnAs2
from as2.succession import Succession
from partners.model import Partner
from partners.places import Use, places_of_partner

__all__ = ["Block", "Shown", "our_certificates", "server_certificate", "their_certificates"]

_USES = {Use.SIGN: "signatures", Use.DECRYPT: "encryption", Use.TLS: "TLS client"}
_THEIR_USES = {
    Use.VERIFY: "signatures",
    Use.ENCRYPT: "encryption",
    Use.SERVER: "AS2 server",
    Use.CLIENT: "TLS client",
    Use.HTTP_SERVER: "HTTP server",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate in words."""

    subject: str
    issuer: str
    serial: str
    key: str
    not_before: datetime
    not_after: datetime
    sha1: str
    sha256: str

    @classmethod
    def of(cls, certificate: Certificate) -> "Shown":
        """Of a loaded one."""
        loaded = x509.load_der_x509_certificate(certificate.encoded)
        return cls(
            loaded.subject.rfc4514_string(),
            loaded.issuer.rfc4514_string(),
            f"{certificate.serial:x}",
            _key(certificate.public_key),
            certificate.not_before,
            certificate.not_after,
            _pairs(hashlib.sha1(certificate.encoded, usedforsecurity=False).hexdigest()),
            _pairs(certificate.fingerprint),
        )

    @property
    def valid(self) -> str:
        """From when until when."""
        return f"{self.not_before:%Y-%m-%d} to {self.not_after:%Y-%m-%d} (UTC)"

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """For a table."""
        return (
            ("Subject", self.subject),
            ("Issuer", "itself" if self.issuer == self.subject else self.issuer),
            ("Serial number", self.serial),
            ("Key", self.key),
            ("Valid", self.valid),
            ("SHA-1 fingerprint", self.sha1),
            ("SHA-256 fingerprint", self.sha256),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One certificate of ours, to be copied."""

    title: str
    note: str
    rows: tuple[tuple[str, str], ...]
    pem: str


def our_certificates(own: OwnAs2, now: datetime) -> Iterator[Block]:
    """Each once, whatever it is for; the ones in use first, then those that follow. Previous ones are no longer given to anybody."""
    found: dict[tuple[str, str], tuple[PlacedCertificate, list[str], datetime | None]] = {}
    for use, pair in ((Use.SIGN, own.sign), (Use.DECRYPT, own.decrypt), (Use.TLS, own.tls)):
        held = succession_of(pair)
        for one in (held.current, held.next) if held else ():
            if held is not None and one is not None and not (one is held.current and held.followed(now)):
                begins = one.valid_from if one is held.next and not held.followed(now) else None
                _, uses, _ = found.setdefault((_role(held, one, now), one.certificate.fingerprint), (one, [], begins))
                uses.append(_USES[use])
    for (role, _), (one, uses, begins) in sorted(found.items(), key=lambda item: item[0][0] != "in use"):
        yield Block(f"For {' and '.join(uses)}, {role}", _note(role, uses, begins), Shown.of(one.certificate).rows, one.pem.strip())


def server_certificate(pem: str | None) -> Iterator[Block]:
    """Of our https address: what has to be trusted, when it is no public authority."""
    try:
        shown = Shown.of(load_certificate(pem or ""))
    except CertificateError:
        return
    is_own = shown.subject == shown.issuer
    note = "" if is_own else "It is renewed without notice: trust its issuer, do not pin it."
    rows = shown.rows if is_own else (("Subject", shown.subject), ("Issuer", shown.issuer), ("Valid", shown.valid))
    yield Block("For TLS, at our https address", note, rows, (pem or "").strip() if is_own else "")


def _role(held: Succession[PlacedCertificate], one: PlacedCertificate, now: datetime) -> str:
    return "in use" if one is held.sending(now) else "the next one"


def _note(role: str, uses: list[str], begins: datetime | None) -> str:
    if role == "in use":
        return ""
    when = f"We sign with it from {begins:%Y-%m-%d} on (UTC)." if begins and _USES[Use.SIGN] in uses else ""
    day = f"before {begins:%Y-%m-%d}" if begins else "now"
    parts = [f"Please load it beside the present one {day}, and keep both until we tell you."]
    if _USES[Use.DECRYPT] in uses:
        parts.append("We can decrypt what is encrypted for either of them already.")
    return " ".join(part for part in (when, *parts) if part)


def their_certificates(partner: Partner) -> Iterator[tuple[str, str, Shown]]:
    """What for, in which role, and which, each once; those that cannot be read are left out."""
    found: dict[tuple[str, str], tuple[Shown, list[str]]] = {}
    for place in places_of_partner(partner):
        if place.use.is_ours:
            continue
        try:
            held = succession_of(place.pair)
        except CertificateError:
            continue
        assert held is not None
        for one in held.all:
            key = (held.role(one), one.certificate.fingerprint)
            found.setdefault(key, (Shown.of(one.certificate), []))[1].append(_THEIR_USES[place.use])
    for (role, _), (shown, uses) in found.items():
        yield " and ".join(uses), role, shown


def _key(key: object) -> str:
    match key:
        case RSAPublicKey():
            return f"RSA, {key.key_size} bits"
        case EllipticCurvePublicKey():
            return f"elliptic curve {key.curve.name}"
    return ""


def _pairs(digest: str) -> str:
    """`AB:CD:…`, as other products show it."""
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()
