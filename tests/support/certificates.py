"""Certificates made on the spot: self-signed, and of an authority for TLS. RSA keys are made once per run: they are slow to make."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

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


@cache
def authority(name: str = "Test authority", number: int = 21) -> KeyAndCertificate:
    """One that signs what `issued` makes. Its time is the machine's, as TLS looks at it."""
    return _made(name, private_key("p256", number), None, timedelta(days=1), ())


@cache
def issued(
    name: str,
    number: int = 31,
    *,
    by: KeyAndCertificate | None = None,
    ends: timedelta = timedelta(days=1),
    addresses: tuple[str, ...] = (),
) -> KeyAndCertificate:
    """A certificate of `by` (absent: `authority()`), for a server of these names and IP addresses or for a client; ends so far from now."""
    return _made(name, private_key("p256", number), by or authority(), ends, addresses)


def _made(
    name: str, key: EllipticCurvePrivateKey, by: KeyAndCertificate | None, ends: timedelta, addresses: tuple[str, ...]
) -> KeyAndCertificate:
    now, subject = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = x509.load_pem_x509_certificate(by.certificate.encode()) if by else None
    signer = load_pem_private_key(by.key.encode(), None) if by else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if by is not None:
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    if addresses:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(one) for one in addresses]), critical=False)
    made = builder.sign(signer, hashes.SHA256())
    return KeyAndCertificate(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        made.public_bytes(Encoding.PEM).decode(),
    )


def _general(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(address))
    except ValueError:
        return x509.DNSName(address)
