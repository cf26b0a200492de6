"""TLS handshakes in memory, and certificates of servers and clients."""

import ssl
from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.certificates import NOW, KeyAndCertificate, private_key


@cache
def server_certificate(name: str = "localhost", number: int = 1, *, days: int = 365) -> KeyAndCertificate:
    """A self-signed certificate of no authority, for a server of this name; `days` after NOW it ends."""
    key = private_key("p256", number)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=365))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return KeyAndCertificate(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), made.public_bytes(Encoding.PEM).decode()
    )


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str = "localhost") -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends after a handshake and a byte each way. Raises what the end that refuses raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname=name),
    )
    for step in (lambda end: end.do_handshake(), lambda end: end.write(b"x"), lambda end: end.read(1)):
        waiting = list(ends)
        for _ in range(10):
            waiting = [end for end in waiting if _wants_more(step, end)]
        assert not waiting
    return ends


def _wants_more(step, end: ssl.SSLObject) -> bool:
    try:
        step(end)
    except ssl.SSLWantReadError:
        return True
    return False
