"""Self-signed certificates made on the spot, one RSA key each, for the demo's AS2 partners."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

__all__ = ["KeyAndCertificate", "make_certificate"]


@dataclass(frozen=True, slots=True)
class KeyAndCertificate:
    """A private key and its certificate, both PEM text."""

    key: str
    certificate: str


def make_certificate(name: str, *, now: datetime, days: int = 30) -> KeyAndCertificate:
    """A new RSA-2048 key with a certificate that names itself as issuer, valid from an hour ago."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return KeyAndCertificate(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )
