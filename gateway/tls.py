"""TLS contexts of this process, for listening and for calling: 1.2 or newer, and no switch that would trust everybody (A19).

Certificates and keys come as PEM texts. OpenSSL as Python has it reads keys from files only, so a key passes through a file in memory,
or where the system has none through one of mode 0600 that is removed at once.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

__all__ = ["ClientCertificates", "TlsError", "client_context", "fingerprint_of", "server_context"]

#: whether who calls us is asked for a certificate, and may come without one
ClientCertificates = Literal["off", "optional", "required"]

_VERIFY: Final = {"off": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class TlsError(Exception):
    """A certificate or key that TLS cannot be spoken with. The text is fixed words and never holds key or certificate."""


def server_context(
    certificate: str,
    key: str,
    *,
    passphrase: str | None = None,
    client_certificates: ClientCertificates = "off",
    trusted: Sequence[str] = (),
) -> ssl.SSLContext:
    """For listening with a certificate (PEM, the chain behind it) and its key. Raises `TlsError`.

    `trusted` are the client certificates that are known, each for itself: who sends another is refused in the handshake.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = _VERIFY[client_certificates]
    if client_certificates != "off":
        _trust_only(context, trusted)
        context.options |= ssl.OP_NO_TICKET  # a resumed session would bring a certificate that is checked no more
        context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    _present(_harden(context), certificate, key, passphrase)
    return context


def client_context(
    *, pinned: Sequence[str] = (), certificate: tuple[str, str] | None = None, passphrase: str | None = None
) -> ssl.SSLContext:
    """For calling a server: one that the system's authorities vouch for, or one of the `pinned` PEM certificates and no other.

    `certificate` is our own: its PEM text with the chain, and its key. The server's name is always checked. Raises `TlsError`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if pinned:
        _trust_only(context, pinned)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    _harden(context)
    if certificate is not None:
        _present(context, *certificate, passphrase)
    return context


def fingerprint_of(certificate: str | bytes) -> str:
    """The SHA-256 of a certificate, PEM text or DER bytes, in hex. Raises `TlsError`."""
    encoded = certificate if isinstance(certificate, bytes) else _chain(certificate)[0].public_bytes(Encoding.DER)
    try:
        return x509.load_der_x509_certificate(encoded).fingerprint(SHA256()).hex()
    except ValueError:
        raise TlsError("this is no certificate") from None


def _harden(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # many products end the connection without close_notify; what is cut short is known by its length
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def _trust_only(context: ssl.SSLContext, certificates: Sequence[str]) -> None:
    """These certificates themselves: authorities, or those of single machines, who need nobody above them."""
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # old self-signed ones are as good as their fingerprint
    for certificate in certificates:
        for one in _chain(certificate):
            context.load_verify_locations(cadata=one.public_bytes(Encoding.DER))


def _present(context: ssl.SSLContext, certificate: str, key: str, passphrase: str | None) -> None:
    leaf = _chain(certificate)[0]
    try:
        private = load_pem_private_key(key.encode(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise TlsError("the private key is not readable, or its passphrase does not fit") from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise TlsError("the private key and the certificate do not belong together")
    plain = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with _unnamed_file(plain + certificate.encode()) as path:
            context.load_cert_chain(path)
    except ssl.SSLError as fault:
        raise TlsError(f"OpenSSL does not take the key and its certificate ({fault.reason})") from None


def _chain(certificate: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(certificate.encode())
    except ValueError:
        raise TlsError("this is no certificate in PEM form") from None


@contextmanager
def _unnamed_file(content: bytes) -> Iterator[str]:
    """A path under which this process reads the content, as long as the block lasts."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("tls")
        path = f"/proc/self/fd/{descriptor}"
    else:
        descriptor, path = tempfile.mkstemp()
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield path
    finally:
        if not path.startswith("/proc/"):
            Path(path).unlink()
        os.close(descriptor)
