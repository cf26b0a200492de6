"""A new key of ours with a self-signed certificate: the key into a folder that stays out of version control, or for the environment."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.cli.cert_read import Candidate
from gateway.cli.output import CliError
from partners.places import Use

__all__ = ["KINDS", "Made", "keep_key", "make"]

SECRETS: Final = "secrets"
#: kinds of keys that can be made; the first is the usual one
KINDS: Final = ("rsa3072", "rsa4096", "p256", "p384")
_CURVES: Final = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}
_LONGEST_NAME: Final = 64  # of a common name (RFC 5280, ub-common-name)


@dataclass(frozen=True, slots=True)
class Made:
    """A key, PEM text, and its certificate."""

    key: str
    candidate: Candidate


def make(name: str, organization: str, kind: str, uses: tuple[Use, ...], *, now: datetime, begins: date | None, days: int) -> Made:
    """A key with a certificate that names itself as issuer, valid from now until so many days after it begins to be used.

    Raises `CliError` for a kind of key that cannot do what is asked.
    """
    if kind in _CURVES and Use.DECRYPT in uses:
        raise CliError("an elliptic curve key cannot decrypt AS2 messages", "Take --kind rsa3072, or --for sign.")
    key: RSAPrivateKey | EllipticCurvePrivateKey
    if kind in _CURVES:
        key = ec.generate_private_key(_CURVES[kind])
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name[:_LONGEST_NAME]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:_LONGEST_NAME]),
        ]
    )
    start = max(now, datetime.combine(begins, time(), tzinfo=UTC)) if begins else now
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # clocks differ
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(uses), critical=True)
    )
    if {Use.TLS, Use.HTTP_CLIENT} & set(uses):
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Made(text, Candidate(certificate))


def _usage(uses: tuple[Use, ...]) -> x509.KeyUsage:
    signs = bool({Use.SIGN, Use.TLS, Use.HTTP_CLIENT} & set(uses))
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=Use.SIGN in uses,
        key_encipherment=Use.DECRYPT in uses,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def keep_key(root: Path, name: str, key: str) -> str:
    """Write a private key below secrets/, for its owner alone, and keep the folder out of version control. Gives its reference.

    Nothing is overwritten. Raises `CliError`.
    """
    folder, path = root / SECRETS, root / SECRETS / name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _ignore(root)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(descriptor)
    except OSError as fault:
        raise CliError(f"{path}: {(fault.strerror or type(fault).__name__).lower()}", "Look at the rights of the folder.") from None
    return f"file:{SECRETS}/{name}"


def _ignore(root: Path) -> None:
    path = root / ".gitignore"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not {f"{SECRETS}/", SECRETS, f"/{SECRETS}/", f"/{SECRETS}"} & {line.strip() for line in text.splitlines()}:
        separator = "" if not text or text.endswith("\n") else "\n"
        path.write_text(f"{text}{separator}{SECRETS}/\n", encoding="utf-8")
