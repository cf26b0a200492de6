"""How the kept broken messages were made: `python -m tests.as2.broken.made` writes those that are not there yet, with their keys.

Keys and messages stay as they were committed, because encryption is never the same twice. `cases.py` says what is wrong with each.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

HERE: Final = Path(__file__).parent
KEYS: Final = HERE / "keys"
MESSAGES: Final = HERE / "messages"
NOW: Final = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ORDER: Final = (
    b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261102*0930*U*00401*000000001*0*T*>~\n"
    b"GS*PO*NORTHMART*HARBORLINE*20261102*0930*1*X*004010~\nST*850*0001~\nBEG*00*NE*4711**20261102~\nSE*3*0001~\nGE*1*1~\nIEA*1*000000001~\n"
)
#: file name of a pair -> subject, last day of the certificate; far away, for the command line goes by the clock on the wall
CERTIFICATES: Final[Mapping[str, tuple[str, datetime]]] = {
    "own": ("Harborline", datetime(2046, 12, 31, tzinfo=UTC)),
    "own-former": ("Harborline", datetime(2046, 12, 31, tzinfo=UTC)),
    "own-lost": ("Harborline", NOW - timedelta(days=30)),
    "northmart": ("Northmart", datetime(2046, 12, 31, tzinfo=UTC)),
    "northmart-next": ("Northmart", datetime(2048, 12, 31, tzinfo=UTC)),
    "northmart-expired": ("Northmart", NOW - timedelta(days=3)),
    "southgate": ("Southgate", datetime(2046, 12, 31, tzinfo=UTC)),
    "stranger": ("Nobody", datetime(2046, 12, 31, tzinfo=UTC)),
}


def make_certificate(name: str) -> None:
    """A key and a self-signed certificate, unless they are there."""
    subject, last_day = CERTIFICATES[name]
    if (KEYS / f"{name}.pem").exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
    builder = builder.serial_number(sorted(CERTIFICATES).index(name) + 0x1001)
    made = builder.not_valid_before(NOW - timedelta(days=365)).not_valid_after(last_day).sign(key, hashes.SHA256())
    KEYS.mkdir(exist_ok=True)
    (KEYS / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (KEYS / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    """What the command gives; `{name}` in an argument is that name's path among the keys."""
    placed = [argument.format_map(_Paths()) for argument in arguments]
    return subprocess.run(["openssl", *placed], input=stdin, capture_output=True, check=True).stdout


class _Paths(dict[str, Path]):
    def __missing__(self, name: str) -> Path:
        return KEYS / name.replace("_key", ".key").replace("_pem", ".pem")


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """A private key."""
    loaded = load_pem_private_key((KEYS / f"{name}.key").read_bytes(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def pem(name: str) -> str:
    """A certificate."""
    return (KEYS / f"{name}.pem").read_text()


# --- layers --------------------------------------------------------------------------------------------------------------------------


def entity(content: bytes = ORDER, content_type: str = "application/edi-x12", encoding: str = "") -> bytes:
    """A MIME entity; without a transfer encoding it is binary."""
    more = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    return f"Content-Type: {content_type}\r\n{more}\r\n".encode() + content


def signature(content: bytes, by: str = "northmart", *options: str) -> bytes:
    """A detached SignedData by openssl, DER."""
    arguments = ("cms", "-sign", "-binary", "-outform", "DER", "-signer", f"{{{by}_pem}}", "-inkey", f"{{{by}_key}}")
    return openssl(*arguments, *(options or ("-md", "sha256")), stdin=content)


def base64_lines(data: bytes) -> bytes:
    """Base64 as MIME has it."""
    return openssl("base64", stdin=data).replace(b"\n", b"\r\n").rstrip()


def signed(content: bytes, sealed: bytes, *, micalg: str = "sha-256") -> tuple[str, bytes]:
    """Content-Type and body of a multipart/signed."""
    part = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(sealed)
    body = b"--b0undary\r\n" + content + b"\r\n--b0undary\r\n" + part + b"\r\n--b0undary--\r\n"
    return f'multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg}; boundary=b0undary', body


def encrypted(content: bytes, recipient: str = "own", cipher: str = "-aes256", *options: str) -> bytes:
    """An EnvelopedData by openssl, DER."""
    return openssl("cms", "-encrypt", "-binary", "-outform", "DER", cipher, *options, "-recip", f"{{{recipient}_pem}}", stdin=content)


def compressed(content: bytes) -> bytes:
    """A CompressedData."""
    from as2.cms.compressed import compress

    made = compress(content)
    return made if isinstance(made, bytes) else b"".join(made.blocks())


ENVELOPE: Final = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
COMPRESSED: Final = "application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z"


def http(content_type: str, body: bytes, **changed: str) -> bytes:
    """A request to us. `changed` replaces fields: `as2_from`; an empty value leaves one out."""
    fields = {
        "Host": "as2.harborline.example",
        "AS2-Version": "1.2",
        "AS2-From": "NORTHMART",
        "AS2-To": "HARBORLINE",
        "Message-ID": "<4711@northmart.example>",
        "Subject": "EDI",
        "Disposition-Notification-To": "edi@northmart.example",
        "Disposition-Notification-Options": "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256",
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
    }
    for name, value in changed.items():
        fields[next((known for known in fields if known.lower() == name.replace("_", "-")), name.replace("_", "-").title())] = value
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"POST /as2 HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def as_entity(content_type: str, body: bytes, encoding: str = "") -> bytes:
    """A layer, to be put into the next."""
    return entity(body, content_type, encoding)


def in_envelope(content: bytes, recipient: str = "own", cipher: str = "-aes256", *options: str, **changed: str) -> bytes:
    """An encrypted message."""
    return http(ENVELOPE, encrypted(content, recipient, cipher, *options), **changed)


def usual(content: bytes = entity(), by: str = "northmart", **changed: str) -> bytes:
    """Signed and encrypted, nothing wrong."""
    return in_envelope(as_entity(*signed(content, signature(content, by))), **changed)


def plain(content: bytes = entity(), sealed: bytes | None = None, **changed: str) -> bytes:
    """Signed and not encrypted."""
    kind, body = signed(content, signature(content) if sealed is None else sealed)
    return http(kind, body, **changed)


def altered(message: bytes, old: bytes, new: bytes) -> bytes:
    """One thing in it changed on the way; the length is that of what arrives."""
    assert message.count(old) == 1, (old, message.count(old))
    head, _, body = message.replace(old, new).partition(b"\r\n\r\n")
    lines = [f"Content-Length: {len(body)}".encode() if line.startswith(b"Content-Length") else line for line in head.split(b"\r\n")]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def shortened(message: bytes, left: int, *, honest: bool = True) -> bytes:
    """The first bytes of its body."""
    head, _, body = message.partition(b"\r\n\r\n")
    whole = f"Content-Length: {len(body)}".encode()
    return head.replace(whole, f"Content-Length: {left}".encode() if honest else whole) + b"\r\n\r\n" + body[:left]


def with_wrong_salt(content: bytes) -> bytes:
    """A SignedData with RSA-PSS that names a salt of 32 bytes, and used one of 20."""
    from as2.algorithms import Digest, SignatureScheme
    from as2.cms.certificate import load_certificate
    from as2.cms.signing import sign
    from as2.mic import Mic

    class ShortSalt:
        """Signs with another salt than it was told."""

        def sign(self, data: bytes, _pss: object, algorithm: Prehashed) -> bytes:
            return key("northmart").sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 20), algorithm)

    rsa.RSAPrivateKey.register(ShortSalt)
    made: bytes = sign(
        Mic.of(content, Digest.SHA256).digest,
        digest=Digest.SHA256,
        key=ShortSalt(),  # type: ignore[arg-type]
        certificate=load_certificate(pem("northmart")),
        now=NOW,
        scheme=SignatureScheme.RSA_PSS,
    )
    return made


def no_signer() -> bytes:
    """A SignedData without any signer: `openssl crl2pkcs7`."""
    return openssl("crl2pkcs7", "-nocrl", "-certfile", "{northmart_pem}", "-outform", "DER")


def with_other_key(content: bytes) -> bytes:
    """Signed by the stranger's key under a certificate that has Northmart's name and number."""
    with tempfile.TemporaryDirectory() as folder:
        named = x509.load_pem_x509_certificate(pem("northmart").encode())
        builder = x509.CertificateBuilder().subject_name(named.subject).issuer_name(named.issuer).serial_number(named.serial_number)
        builder = builder.public_key(key("stranger").public_key()).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=300))
        path = Path(folder) / "again.pem"
        path.write_bytes(builder.sign(key("stranger"), hashes.SHA256()).public_bytes(Encoding.PEM))
        arguments = ("cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-signer", str(path), "-inkey", "{stranger_key}")
        return openssl(*arguments, stdin=content)


# --- receipts ------------------------------------------------------------------------------------------------------------------------

#: what of ours the receipts are about: name -> how the profile seals it
SENT: Final[Mapping[str, dict[str, Any]]] = {
    "usual": {},
    "compressed": {"compress": True},
    "not-encrypted": {"encrypt": None},
}
SENT_ID: Final = "<7@harborline.example>"
FILE_NAME: Final = "856_000000001.edi"
_REPORT: Final = """Reporting-UA: Northmart AS2\r
Original-Recipient: rfc822; NORTHMART\r
Final-Recipient: rfc822; NORTHMART\r
Original-Message-ID: {message_id}\r
Disposition: automatic-action/MDN-sent-automatically; {disposition}\r
{mic}\r
"""


def make_sent(name: str) -> None:
    """A message of ours, as the gateway stores it."""
    from as2.keys import own_keys
    from as2.message import seal_message
    from as2.settings import As2Settings, OwnAs2

    if (MESSAGES / f"sent-{name}.http").exists():
        return
    keys = {"current": {"key": "env:K", "certificate": pem("own")}}
    own = own_keys(OwnAs2.model_validate({"as2_name": "HARBORLINE", "keys": keys}), lambda _: (KEYS / "own.key").read_text())
    settings = {"url": "https://as2.northmart.example/as2", "as2_name": "NORTHMART", "certs": pem("northmart")} | SENT[name]
    partner = As2Settings.model_validate(settings)
    sealed = seal_message(
        ORDER, content_type="application/edi-x12", own=own, partner=partner, message_id=SENT_ID, now=NOW, filename=FILE_NAME
    )
    head = "".join(f"{field}: {value}\r\n" for field, value in {**sealed.headers, "X-Mic": str(sealed.mic)}.items())
    (MESSAGES / f"sent-{name}.http").write_bytes(b"POST /as2 HTTP/1.1\r\n" + head.encode() + b"\r\n" + sealed.body)


def sent_mic(name: str) -> str:
    """The MIC that we stored with it."""
    head = (MESSAGES / f"sent-{name}.http").read_bytes().partition(b"\r\n\r\n")[0].decode()
    return next(line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("X-Mic"))


def report(
    about: str = "usual", *, mic: str | None = None, disposition: str = "processed", message_id: str = SENT_ID, digest_line: bool = True
) -> bytes:
    """A multipart/report as a MIME entity; the MIC is ours unless another is given."""
    line = f"Received-Content-MIC: {mic or sent_mic(about)}" if digest_line else "X-No-Mic: yes"
    facts = _REPORT.format(message_id=message_id, disposition=disposition, mic=line)
    body = f"--r\r\nContent-Type: text/plain\r\n\r\nThank you.\r\n--r\r\nContent-Type: message/disposition-notification\r\n\r\n{facts}\r\n--r--\r\n"
    return entity(body.encode(), 'multipart/report; report-type=disposition-notification; boundary="r"')


def answer(content_type: str, body: bytes) -> bytes:
    """What the partner's server gave back."""
    head = f"HTTP/1.1 200 OK\r\nAS2-From: NORTHMART\r\nAS2-To: HARBORLINE\r\nMessage-ID: <8@northmart.example>\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def receipt(content: bytes, by: str = "northmart") -> bytes:
    """A signed receipt."""
    return answer(*signed(content, signature(content, by)))


def unsigned_receipt(content: bytes) -> bytes:
    """A receipt without signature."""
    head, _, body = content.partition(b"\r\n\r\n")
    return answer(head.decode().partition(": ")[2], body)


def mic_of(content: bytes, algorithm: str = "sha256", name: str = "sha-256") -> str:
    """A digest by openssl, as it stands in a receipt."""
    return openssl("base64", "-A", stdin=openssl("dgst", f"-{algorithm}", "-binary", stdin=content)).decode() + f", {name}"


def sent_entity() -> bytes:
    """The entity in what we sent, before compression."""
    disposition = f"Content-Disposition: attachment; filename={FILE_NAME}\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return b"Content-Type: application/edi-x12\r\n" + disposition.encode() + ORDER


def main() -> None:
    """All that are not there yet."""
    from tests.as2.broken.cases import CASES

    for name in CERTIFICATES:
        make_certificate(name)
    MESSAGES.mkdir(exist_ok=True)
    for name in SENT:
        make_sent(name)
    for case in CASES:
        path = MESSAGES / f"{case.name}.http"
        if not path.exists():
            path.write_bytes(case.make())


if __name__ == "__main__":
    main()
