"""A certificate that somebody sent: read, and judged before it is let into the workspace."""

import hashlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates, load_pem_pkcs7_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID

from as2.cms.certificate import CertificateError, load_certificate
from gateway.cli.output import CliError
from partners.model import Own
from partners.places import Use

__all__ = ["Candidate", "faults_of", "fingerprint_from", "is_ours", "read_candidate"]

_PRIVATE: Final = b"PRIVATE KEY"
_PKCS12: Final = re.compile(rb"\x30(\x80|\x82..|\x83...|\x84....)\x02\x01\x03\x30", re.DOTALL)  #: how a PFX begins (RFC 7292 4)
_TLS_USAGES: Final = {
    Use.SERVER: ExtendedKeyUsageOID.SERVER_AUTH,
    Use.HTTP_SERVER: ExtendedKeyUsageOID.SERVER_AUTH,
    Use.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH,
}
_E = TypeVar("_E", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate that may be let in, with those of its chain behind it."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def sha256(self) -> str:
        """Its fingerprint, hex."""
        return hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()

    @property
    def pem(self) -> str:
        """PEM text, the certificate first, then its chain."""
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in (self.certificate, *self.chain))

    @property
    def key(self) -> str:
        """What kind of key it has, for people."""
        match self.certificate.public_key():
            case RSAPublicKey() as key:
                return f"RSA, {key.key_size} bits"
            case EllipticCurvePublicKey() as key:
                return f"elliptic curve {key.curve.name}"
            case _:
                return "another kind of key"

    def as_json(self) -> dict[str, Any]:
        """For programs, and for whoever compares."""
        return {
            "subject": self.certificate.subject.rfc4514_string(),
            "issuer": self.certificate.issuer.rfc4514_string(),
            "serial": f"{self.certificate.serial_number:x}",
            "key": self.key,
            "validFrom": f"{self.certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
            "validUntil": f"{self.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            "sha256": self.sha256,
            "sha1": hashlib.sha1(self.certificate.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest(),
        }


def read_candidate(data: bytes, name: str) -> Candidate:
    """PEM, DER or PKCS#7 (.p7b); of a chain the certificate that has issued none of the others. Raises `CliError`."""
    if _PRIVATE in data or _PKCS12.match(data):
        advice = "Whoever sent it should make a new key: this one has travelled. Only certificates are exchanged."
        raise CliError(f"{name} holds a private key; nothing was read from it", advice)
    found = _certificates(data)
    if not found:
        raise CliError(f"{name} is no certificate that can be read", "Ask for it in PEM form (-----BEGIN CERTIFICATE-----).")
    issuers = {one.issuer for one in found if one.issuer != one.subject}
    leaves = [one for one in found if one.subject not in issuers]
    if len(leaves) != 1:
        raise CliError(f"{name} holds {len(leaves)} certificates that do not hang together", "Give one certificate per file.")
    return Candidate(leaves[0], tuple(one for one in found if one is not leaves[0]))


def _certificates(data: bytes) -> list[x509.Certificate]:
    readers = (
        x509.load_pem_x509_certificates,
        lambda given: [x509.load_der_x509_certificate(given)],
        load_pem_pkcs7_certificates,
        load_der_pkcs7_certificates,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd serial numbers and the like: partners' certificates are as they are
        for read in readers:
            try:
                return list(dict.fromkeys(read(data)))
            except ValueError:
                continue
    return []


def faults_of(candidate: Candidate, uses: tuple[Use, ...], *, begins: date | None, now: datetime) -> Iterator[str]:
    """Why it cannot be used for this; nothing when it can. `begins` is the day from which it is to be sent with."""
    certificate = candidate.certificate
    start = datetime.combine(begins, time(), tzinfo=UTC) if begins else now
    if certificate.not_valid_after_utc <= now:
        yield f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    elif certificate.not_valid_after_utc <= start:
        yield f"it expires on {certificate.not_valid_after_utc:%Y-%m-%d}, before the day from which it is to be used"
    if certificate.not_valid_before_utc > start:
        yield f"it is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}"
    try:
        load_certificate(candidate.pem)
    except CertificateError as fault:
        yield str(fault)
    for use in uses:
        yield from _wrong_use(certificate, use)


def _wrong_use(certificate: x509.Certificate, use: Use) -> Iterator[str]:
    """What its extensions, or its key, say against a use."""
    usage = _extension(certificate, x509.KeyUsage)
    if use in {Use.VERIFY, Use.SIGN} and usage is not None and not (usage.digital_signature or usage.content_commitment):
        yield "its key usage does not allow signatures"
    if use in {Use.ENCRYPT, Use.DECRYPT}:
        if not isinstance(certificate.public_key(), RSAPublicKey):
            yield "messages are encrypted for RSA keys only"
        elif usage is not None and not usage.key_encipherment:
            yield "its key usage does not allow encryption (keyEncipherment)"
    wanted, extended = _TLS_USAGES.get(use), _extension(certificate, x509.ExtendedKeyUsage)
    if wanted is not None and extended is not None and not {wanted, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(extended):
        yield f"its extended key usage does not allow it to be a TLS {'client' if use is Use.CLIENT else 'server'}"


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):  # an extension that cannot be read says nothing
        return None


def is_ours(candidate: Candidate, own: Own) -> bool:
    """Whether it has a key of one of our stations: a partner's sheet and ours are easily taken for each other."""
    speaking = [station.as2 for station in own.stations if station.as2 is not None]
    pairs = [pair for one in speaking for pair in (one.sign, one.decrypt, one.tls) if pair is not None]
    texts = [held.certificate.pem for pair in pairs for held in pair.all]
    ours = [found.public_key() for text in texts if text is not None for found in _certificates(text.encode())]
    return candidate.certificate.public_key() in ours


def fingerprint_from(said: str) -> str:
    """A SHA-256 fingerprint as people copy it: with colons or blanks, in any case. Raises `CliError`."""
    plain = re.sub(r"[\s:]", "", said.lower().removeprefix("sha256"))
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise CliError("this is no SHA-256 fingerprint", "64 hexadecimal digits, with or without colons; a shorter one proves nothing.")
    return plain
