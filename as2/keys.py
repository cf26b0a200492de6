"""Our private keys and the partner's certificates, made from settings: what is current, what is next, what to use now (as2.md 1)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from as2.cms.certificate import RSA_BITS, Certificate, CertificateError, load_certificate
from as2.cms.enveloped import DecryptionKey
from as2.cms.signed import PrivateKey
from as2.settings import As2Settings, CertificateRef, CertPair, KeyPairRef, KeyRef, OwnAs2

__all__ = ["CertificateError", "KeyPair", "OwnKey", "OwnKeys", "PartnerKeys", "own_keys", "partner_keys"]


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One of our private keys with its certificate."""

    key: PrivateKey = field(repr=False)
    certificate: Certificate
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Our key in use and the one that follows it. Receiving tries both; sending takes the newest whose time has come."""

    current: OwnKey
    next: OwnKey | None = None

    @property
    def all(self) -> tuple[OwnKey, ...]:
        """Both, the current one first."""
        return (self.current,) if self.next is None else (self.current, self.next)

    def sending(self, now: datetime) -> OwnKey:
        """The one to sign with."""
        return self.next if self.next and _begun(self.next.valid_from, now) else self.current


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Our side at one station, ready for use."""

    as2_name: str
    sign: KeyPair | None = None
    decrypt: KeyPair | None = None
    domain: str = "as2.invalid"

    @property
    def decryption_keys(self) -> tuple[DecryptionKey, ...]:
        """Those that can be decrypted with: RSA keys."""
        pairs = self.decrypt.all if self.decrypt else ()
        return tuple(DecryptionKey(pair.key, pair.certificate) for pair in pairs if isinstance(pair.key, RSAPrivateKey))


@dataclass(frozen=True, slots=True)
class PartnerKeys:
    """The certificates of one partner, ready for use."""

    verify: tuple[Certificate, ...] = ()
    encrypt: tuple[tuple[Certificate, datetime | None], ...] = ()  #: the current one first

    def encryption(self, now: datetime) -> Certificate | None:
        """The one to encrypt for."""
        chosen = None
        for position, (certificate, valid_from) in enumerate(self.encrypt):
            if position == 0 or _begun(valid_from, now):
                chosen = certificate
        return chosen


def _begun(valid_from: datetime | None, now: datetime) -> bool:
    """A `next` without a time is for receiving only: nobody said when the other side will have loaded it (Drummond 1Q09.17)."""
    return valid_from is not None and valid_from <= now


def own_keys(settings: OwnAs2, resolve: Callable[[str], str]) -> OwnKeys:
    """Load our keys; `resolve` gives the secret that a reference names. Raises `CertificateError`, and what `resolve` raises."""
    return OwnKeys(
        as2_name=settings.as2_name,
        sign=_key_pair(settings.sign, resolve),
        decrypt=_key_pair(settings.decrypt, resolve),
        domain=settings.domain,
    )


def _key_pair(pair: KeyPairRef | None, resolve: Callable[[str], str]) -> KeyPair | None:
    if pair is None:
        return None
    return KeyPair(_own_key(pair.current, resolve), _own_key(pair.next, resolve) if pair.next else None)


def _own_key(reference: KeyRef, resolve: Callable[[str], str]) -> OwnKey:
    passphrase = resolve(reference.passphrase) if reference.passphrase else None
    certificate = _certificate(reference.certificate)
    key = _private_key(resolve(reference.key), passphrase)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key.public_bytes(*form):
        raise CertificateError("the private key and the certificate do not belong together")
    return OwnKey(key, certificate, reference.valid_from or reference.certificate.valid_from)


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
    verify, encrypt = settings.certs.verify, settings.certs.encrypt
    return PartnerKeys(
        verify=tuple(_certificate(reference) for reference in _all(verify)),
        encrypt=tuple((_certificate(reference), reference.valid_from) for reference in _all(encrypt)),
    )


def _all(pair: CertPair | None) -> tuple[CertificateRef, ...]:
    return pair.all if pair else ()


def _certificate(reference: CertificateRef) -> Certificate:
    if reference.pem is None:
        raise CertificateError("the certificate's file was not read; see with_certificates")
    return load_certificate(reference.pem)
