"""`Certificate`: an X.509 certificate as CMS needs it, with the bytes by which signers and recipients are named (RFC 5652 5.3, 6.2.1)."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from as2.cms.ber import INTEGER, SEQUENCE, BerError, Element, bit_string_bytes, der, der_integer, parse, reencoded

__all__ = ["RSA_BITS", "Certificate", "CertificateError", "PublicKey", "load_certificate"]

PublicKey = RSAPublicKey | EllipticCurvePublicKey

RSA_BITS: Final = range(2048, 8193)
_KEY_IDENTIFIER: Final = 0x80  # [0] IMPLICIT SubjectKeyIdentifier, primitive


class CertificateError(ValueError):
    """A configured certificate cannot be used. The message says why, without repeating it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate that somebody configured, never one that came with a message."""

    encoded: bytes = field(repr=False)  #: DER
    issuer: bytes = field(repr=False)  #: DER of the issuer's name
    serial: int
    issuer_and_serial: bytes = field(repr=False)  #: IssuerAndSerialNumber, DER
    key_identifier: bytes = field(repr=False)
    fingerprint: str  #: SHA-256 of the DER, hex
    not_before: datetime
    not_after: datetime
    public_key: PublicKey = field(repr=False, compare=False)
    rsa: bool = True  #: the kind of the key; the classes of `cryptography` are slow to ask

    def expired(self, now: datetime) -> bool:
        """True outside of its days."""
        return not self.not_before <= now <= self.not_after

    def is_named_by(self, identifier: Element) -> bool:
        """True when a SignerIdentifier or RecipientIdentifier means this certificate. Raises `BerError`."""
        if identifier.tag & ~0x20 == _KEY_IDENTIFIER:
            return identifier.octets(_KEY_IDENTIFIER) == self.key_identifier
        if identifier.encoded == self.issuer_and_serial:  # as nearly everybody writes it; no need to look inside
            return True
        issuer, serial = identifier.expect(SEQUENCE).children()
        return serial.integer() == self.serial and (issuer.encoded == self.issuer or reencoded(issuer) == self.issuer)


@lru_cache(maxsize=256)
def load_certificate(pem: str) -> Certificate:
    """The first certificate in a PEM text. Raises `CertificateError`."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        public_key = certificate.public_key()
        encoded = certificate.public_bytes(Encoding.DER)
        issuer, serial = _issuer_and_serial(encoded)
    except (ValueError, UnsupportedAlgorithm) as fault:  # BerError among them
        raise CertificateError("this is no certificate in PEM form") from fault
    match public_key:
        case RSAPublicKey():
            if public_key.key_size not in RSA_BITS:
                raise CertificateError(f"the RSA key has {public_key.key_size} bits; {RSA_BITS[0]} to {RSA_BITS[-1]} are taken")
        case EllipticCurvePublicKey():
            if public_key.curve.name not in {"secp256r1", "secp384r1", "secp521r1"}:
                raise CertificateError("the curve of the key is none of P-256, P-384, P-521")
        case _:
            raise CertificateError("the key is neither RSA nor an elliptic curve key")
    return Certificate(
        encoded=encoded,
        issuer=issuer,
        serial=serial,
        issuer_and_serial=der(SEQUENCE, issuer, der_integer(serial)),
        key_identifier=_key_identifier(certificate, public_key),
        fingerprint=hashlib.sha256(encoded).hexdigest(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        public_key=public_key,
        rsa=isinstance(public_key, RSAPublicKey),
    )


def _issuer_and_serial(encoded: bytes) -> tuple[bytes, int]:
    """Cut out of the certificate, so that the issuer is compared as it was encoded."""
    tbs = parse(encoded).first()
    fields = [child for child, _ in zip(tbs.children(), range(4), strict=False)]
    if fields[0].tag != INTEGER:  # [0] version
        fields = fields[1:]
    if len(fields) < 3:
        raise BerError("the certificate is cut off")
    return fields[2].encoded, fields[0].integer()


def _key_identifier(certificate: x509.Certificate, public_key: PublicKey) -> bytes:
    """The extension's value; without it SHA-1 of the key, as RFC 5280 4.2.1.2 (1) proposes."""
    try:
        value = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        info = parse(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        _, key = info.children()
        return hashlib.sha1(bit_string_bytes(key), usedforsecurity=False).digest()
    return value.key_identifier
