"""Self-signed certificates made on the spot, and AS2 parties that have them. RSA keys are made once per run: they are slow to make."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

#: the moment at which the tests happen
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


@dataclass(frozen=True)
class KeyAndCertificate:
    """PEM text of a private key and of its certificate."""

    key: str
    certificate: str


def private_key(kind: str = "rsa", number: int = 1) -> RSAPrivateKey | EllipticCurvePrivateKey:
    """The same key for the same arguments: `kind` is "rsa" or one of CURVES, `number` tells several apart."""
    return _private_key(kind, number)


@cache
def _private_key(kind: str, number: int) -> RSAPrivateKey | EllipticCurvePrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(CURVES[kind])


@cache
def certificate(
    name: str,
    kind: str = "rsa",
    number: int = 1,
    *,
    serial: int | None = None,
    not_before: datetime = NOW - timedelta(days=365),
    not_after: datetime = NOW + timedelta(days=365),
    key_identifier: bool = True,
) -> KeyAndCertificate:
    """A self-signed certificate of two years around NOW."""
    key = private_key(kind, number)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{name} Gmbh & Co")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if key_identifier:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = builder.sign(key, hashes.SHA256())
    return KeyAndCertificate(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        made.public_bytes(Encoding.PEM).decode(),
    )
