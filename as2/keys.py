"""Our private keys and the partner's certificates, made from settings: what is current, what is next, what to use now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from as2.certificate_settings import CertificateRef, CertPair, KeyPairRef, KeyRef, PartnerCerts
from as2.cms.certificate import RSA_BITS, Certificate, CertificateError, load_certificate
from as2.cms.enveloped import DecryptionKey
from as2.cms.signed import PrivateKey
from as2.settings import As2Settings, OwnAs2
from as2.succession import Succession

__all__ = [
    "CertificateError",
    "OwnKey",
    "OwnKeys",
    "PartnerKeys",
    "PlacedCertificate",
    "accepted",
    "client_certificate",
    "own_key",
    "own_keys",
    "partner_keys",
    "pins",
    "succession_of",
]


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One of our private keys with its certificate."""

    key: PrivateKey = field(repr=False)
    certificate: Certificate
    valid_from: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlacedCertificate:
    """One certificate in its place, with its PEM text as configured (a chain, perhaps)."""

    certificate: Certificate
    pem: str = field(repr=False)
    valid_from: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Our side at one station, ready for use."""

    as2_name: str
    sign: Succession[OwnKey] | None = None
    decrypt: Succession[OwnKey] | None = None
    domain: str = "as2.invalid"

    def decrypting(self, now: datetime) -> tuple[DecryptionKey, ...]:
        """The keys to try on an envelope: RSA keys that count now, the one in use first."""
        held = self.decrypt.receiving(now) if self.decrypt else ()
        return tuple(DecryptionKey(one.key, one.certificate) for one in held if isinstance(one.key, RSAPrivateKey))


@dataclass(frozen=True, slots=True)
class PartnerKeys:
    """The certificates of one partner, ready for use."""

    verify: Succession[PlacedCertificate] | None = None
    encrypt: Succession[PlacedCertificate] | None = None

    def verifying(self, now: datetime) -> tuple[Certificate, ...]:
        """Those to try on a signature, the one in use first."""
        return tuple(one.certificate for one in self.verify.receiving(now)) if self.verify else ()

    def encryption(self, now: datetime) -> Certificate | None:
        """The one to encrypt for."""
        return self.encrypt.sending(now).certificate if self.encrypt else None


def own_keys(settings: OwnAs2, resolve: Callable[[str], str]) -> OwnKeys:
    """Load our keys; `resolve` gives the secret that a reference names. Raises `CertificateError`, and what `resolve` raises."""
    return OwnKeys(
        as2_name=settings.as2_name,
        sign=_own(settings.sign, resolve),
        decrypt=_own(settings.decrypt, resolve),
        domain=settings.domain,
    )


def _own(pair: KeyPairRef | None, resolve: Callable[[str], str]) -> Succession[OwnKey] | None:
    if pair is None:
        return None
    return Succession(
        own_key(pair.current, resolve),
        own_key(pair.next, resolve) if pair.next else None,
        own_key(pair.previous, resolve) if pair.previous else None,
    )


def own_key(reference: KeyRef, resolve: Callable[[str], str]) -> OwnKey:
    """One key of ours with its certificate. Raises `CertificateError`, and what `resolve` raises."""
    passphrase = resolve(reference.passphrase) if reference.passphrase else None
    certificate = _certificate(reference.certificate)
    key = _private_key(resolve(reference.key), passphrase)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key.public_bytes(*form):
        raise CertificateError("the private key and the certificate do not belong together")
    return OwnKey(key, certificate, _begins(reference), reference.until)


@lru_cache(maxsize=64)
def _private_key(pem: str, passphrase: str | None) -> PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CertificateError("the private key is not readable, or its passphrase does not fit") from None
    if isinstance(key, RSAPrivateKey) and key.key_size in RSA_BITS:
        return key
    if isinstance(key, EllipticCurvePrivateKey):
        return key
    raise CertificateError(f"the private key is neither RSA of {RSA_BITS[0]} to {RSA_BITS[-1]} bits nor an elliptic curve key")


def partner_keys(settings: As2Settings) -> PartnerKeys:
    """Load the partner's certificates, whose PEM text is in the settings. Raises `CertificateError`."""
    return _partner_keys(_Same(settings.certs))


class _Same:
    """Equal to itself only: certificates never change in settings that were loaded, and comparing PEM texts takes longer than a digest."""

    __slots__ = ("certs",)

    def __init__(self, certs: PartnerCerts) -> None:
        self.certs = certs

    def __hash__(self) -> int:
        return id(self.certs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.certs is self.certs


@lru_cache(maxsize=256)
def _partner_keys(settings: _Same) -> PartnerKeys:
    return PartnerKeys(verify=succession_of(settings.certs.verify), encrypt=succession_of(settings.certs.encrypt))


def succession_of(pair: CertPair | KeyPairRef | None) -> Succession[PlacedCertificate] | None:
    """The certificates of one place, without keys; None where the place is empty. Raises `CertificateError`."""
    if pair is None:
        return None
    return Succession(
        _placed(pair.current),
        _placed(pair.next) if pair.next else None,
        _placed(pair.previous) if pair.previous else None,
    )


def accepted(pair: CertPair | None, now: datetime) -> tuple[Certificate, ...]:
    """What we accept of a partner in one place, the one in use first: its TLS client certificate, say. Raises `CertificateError`."""
    held = succession_of(pair)
    return tuple(one.certificate for one in held.receiving(now)) if held else ()


def pins(pair: CertPair | None, now: datetime) -> tuple[str, ...]:
    """PEM texts that a TLS connection to the partner trusts now; none means that the system's authorities decide."""
    held = succession_of(pair)
    return tuple(one.pem for one in held.receiving(now)) if held else ()


def client_certificate(pair: KeyPairRef | None, resolve: Callable[[str], str], now: datetime) -> tuple[str, str] | None:
    """PEM texts of a TLS client certificate of ours and of its key, without a passphrase, as of now; None where there is none.

    Raises `CertificateError`, and what `resolve` raises.
    """
    held = succession_of(pair)
    if held is None:
        return None
    chosen = held.sending(now)
    reference: KeyRef = getattr(pair, held.role(chosen))
    return chosen.pem, own_key(reference, resolve).key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _placed(reference: CertificateRef | KeyRef) -> PlacedCertificate:
    certificate = reference.certificate if isinstance(reference, KeyRef) else reference
    return PlacedCertificate(_certificate(certificate), certificate.pem or "", _begins(reference), reference.until)


def _begins(reference: CertificateRef | KeyRef) -> datetime | None:
    """Of a key of ours `from` may stand at its certificate too."""
    return reference.valid_from or (reference.certificate.valid_from if isinstance(reference, KeyRef) else None)


def _certificate(reference: CertificateRef) -> Certificate:
    if reference.pem is None:
        raise CertificateError("the certificate's file was not read; see with_certificates")
    return load_certificate(reference.pem)
