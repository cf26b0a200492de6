"""`python -m tests.as2.vectors.make` writes the vectors anew: it runs the products themselves, on keys made for the occasion.

What is expected stands here as literals, or comes from the product (its digest of what it sent), never from our own reading.
"""

import base64
import hashlib
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

from mockedi.testing import Mock

from tests.interop.as2.cells import PAYLOADS, Cell
from tests.interop.as2.install import started
from tests.interop.as2.mime_parts import chunked, head_of, wrapped
from tests.interop.as2.openssl import Openssl
from tests.interop.as2.ours import Ours
from tests.interop.as2.party import KEYS, NAMES, Fields, Received, Sealed
from tests.interop.as2.processes import FlatProcess

HERE: Final = Path(__file__).parent
PAYLOAD: Final = PAYLOADS["crlf"]
_ENTITY: Final = head_of({"Content-Type": "application/edi-x12", "Content-Transfer-Encoding": "binary"}) + PAYLOAD
_BASE64 = ("decode", "warning", "")
_DECRYPT, _VERIFY, _DECOMPRESS = ("decrypt", "done"), ("verify", "done"), ("decompress", "done")


@dataclass
class Vector:
    """One recorded message or receipt, and what we have to say of it."""

    name: str
    headers: Fields
    body: bytes = field(repr=False)
    expected: dict[str, Any]


def message(name: str, sent: Sealed, steps: list[tuple[str, ...]], *, payload: bytes = PAYLOAD, **more: Any) -> Vector:
    """A message; `more`: settings of the sender's profile, by which it has to be opened."""
    expected = {"steps": steps, "mic": sent.mic, "payload_sha256": hashlib.sha256(payload).hexdigest(), "settings": more}
    return Vector(name, sent.headers, sent.body, expected)


def receipt(name: str, sent: Sealed, received: Received, state: str, **more: Any) -> Vector:
    """A receipt for a message of ours."""
    assert received.mdn
    expected = {"message_id": sent.message_id, "sent_mic": sent.mic, "state": state, **more}
    return Vector(name, received.mdn[0], received.mdn[1], expected)


def _signed(sign: str = "sha256") -> tuple[str, ...]:
    return (*_VERIFY, f"rsa_v1_5 {sign}")


def openssl() -> list[Vector]:
    """Forms that scripts around `openssl cms` send."""
    peer = Openssl("peer")
    mic = f"{base64.b64encode(hashlib.sha256(_ENTITY).digest()).decode()}, sha256"
    names = [("AS2-Version", "1.1"), ("AS2-From", NAMES["peer"]), ("AS2-To", NAMES["us"])]
    signing = ("-sign", "-binary", "-outform", "DER", "-md", "sha256", "-signer", "peer-rsa.pem", "-inkey", "peer-rsa.key")
    sealing = ("-encrypt", "-binary", "-outform", "DER", "-aes-256-cbc")

    def sent(name: str, kind: str, body: bytes, **fields: str) -> Sealed:
        head = [*names, ("Message-ID", f"<{name}@openssl.example>"), ("Content-Type", f"application/pkcs7-mime; smime-type={kind}")]
        return Sealed([*head, *((key.replace("_", "-"), value) for key, value in fields.items())], body, "", mic)

    def run(content: bytes, *arguments: str) -> bytes:
        return peer._run(content, *arguments)

    def opaque(signature: bytes) -> bytes:
        kind = {"Content-Type": "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "Content-Transfer-Encoding": "base64"}
        return head_of(kind) + wrapped(signature)

    aes, clear = (*_DECRYPT, "aes256_cbc"), {"require_encrypted": False}
    streamed = run(_ENTITY, *signing, "-nodetach", "-stream")
    bare = run(_ENTITY, *signing, "-nodetach", "-noattr")
    cades = run(_ENTITY, *signing, "-nodetach", "-cades", "-keyid")
    pss = run(_ENTITY, *signing, "-nodetach", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20")
    without = run(_ENTITY, *signing, "-nodetach", "-nocerts")
    to_us = ("-recip", "us-rsa.pem")
    vectors = [
        message("opaque-indefinite", sent("opaque", "signed-data", streamed), [_signed()], **clear),
        message("no-attributes", sent("bare", "signed-data", bare), [_signed()], **clear),
        message("cades-signer-by-key-identifier", sent("cades", "signed-data", cades), [_signed()], **clear),
        message("pss-salt-20-chunked", sent("pss", "signed-data", chunked(pss)), [(*_VERIFY, "rsa_pss sha256")], **clear),
        message(
            "outer-base64",
            sent("base64", "signed-data", wrapped(without), Content_Transfer_Encoding="base64"),
            [_BASE64, _signed()],
            **clear,
        ),
        message(
            "several-recipients-by-key-identifier",
            sent("recipients", "enveloped-data", run(opaque(streamed), *sealing, "-keyid", "-recip", "peer-rsa.pem", *to_us)),
            [aes, _signed()],
        ),
        message("indefinite-no-cte", sent("stream", "enveloped-data", run(opaque(bare), *sealing, "-stream", *to_us)), [aes, _signed()]),
        message(
            "several-signers",
            sent("signers", "signed-data", run(_ENTITY, *signing, "-nodetach", "-signer", "peer-ec.pem", "-inkey", "peer-ec.key")),
            [_signed()],
            **clear,
        ),
    ]
    cell = Cell("openssl", "peer", "sha512", "aes256_gcm", "oaep_sha256", "after", "signed", ber="chunked")
    vectors.append(
        message(
            "gcm-compressed-after-chunked",
            peer.seal(cell, PAYLOAD, ""),
            [(*_DECRYPT, "aes256_gcm"), (*_DECOMPRESS, "zlib"), _signed("sha512")],
        )
    )
    peer.close()
    return vectors


def pyas2lib() -> list[Vector]:
    """pyas2-lib, under the AS2 server that many Python shops run."""
    peer = started("pyas2lib", install=True)
    aes = (*_DECRYPT, "aes256_cbc")
    zlib = (*_DECOMPRESS, "zlib")

    def cell(sender: str = "peer", **values: str) -> Cell:
        return Cell("pyas2lib", sender, **({"sign": "sha256", "encrypt": "aes256_cbc", "transport": "rsa_v1_5", "mdn": "signed"} | values))

    sealed = {name: peer.seal(asked, PAYLOAD, "") for name, asked in {
        "signed-encrypted": cell(),
        "oaep-without-parameters": cell(transport="oaep_sha1"),
        "compressed-before": cell(compress="before", sign="sha384"),
        "compressed-after": cell(compress="after"),
        "compressed-only": cell(compress="before", sign="none", encrypt="none"),
    }.items()}  # fmt: skip
    steps = {
        "compressed-before": [aes, _signed("sha384"), zlib],
        "compressed-after": [aes, zlib, _signed()],
        "compressed-only": [zlib],
    }
    open_ = {"require_signed": False, "require_encrypted": False}
    vectors = [
        message(name, sent, steps.get(name, [aes, _signed()]), **(open_ if name == "compressed-only" else {}))
        for name, sent in sealed.items()
        if sent.mic
    ]
    only = sealed["compressed-only"]
    inner = head_of(
        {
            "Content-Type": "application/edi-x12",
            "Content-Transfer-Encoding": "7bit",
            "Content-Disposition": 'attachment; filename="order.edi"',
        }
    )
    mic = f"{base64.b64encode(hashlib.sha256(inner + PAYLOAD).digest()).decode()}, sha256"  # it computes none without a signature
    vectors.append(message("compressed-only", Sealed(only.headers, only.body, only.message_id, mic), [zlib], **open_))
    us = Ours()
    for name, asked, damage, state, more in (
        ("receipt-signed", cell("us"), b"", "RECEIPTED", {"signature": "verified"}),
        ("receipt-without-digest", cell("us", sign="none"), b"", "MDN_UNVERIFIED", {"signature": "verified"}),
        ("receipt-decryption-failed", cell("us"), b"\0" * 64, "REFUSED", {"signature": "verified", "modifier": "decryption-failed"}),
    ):
        sent = us.seal(asked, PAYLOAD, "")
        body = sent.body[: -len(damage)] + damage if damage else sent.body
        vectors.append(receipt(name, sent, peer.receive(asked, sent.headers, body), state, **more))
    peer.close()
    return vectors


def libas2() -> list[Vector]:
    """node-libas2, which encodes everything in base64."""
    peer = started("libas2", install=True)
    keys = {"sign": "sha256", "encrypt": "aes256_cbc", "transport": "oaep_sha512", "mdn": "signed"}
    signed = peer.seal(Cell("libas2", "peer", **keys), PAYLOAD, "")
    third = Openssl("us")  # libas2 keeps no digest of what it sends
    vectors = []
    for name, cell, steps, more in (
        ("signed-oaep-sha512", Cell("libas2", "peer", **keys), [_BASE64, (*_DECRYPT, "aes256_cbc"), _signed()], {}),
        (
            "signed-clear",
            Cell("libas2", "peer", "sha1"),
            [("verify", "warning", "rsa_v1_5 sha1")],
            {"require_encrypted": False, "legacy": ["sha1"]},
        ),
    ):
        sent = signed if name == "signed-oaep-sha512" else peer.seal(cell, PAYLOAD, "")
        mic = third.receive(cell, sent.headers, sent.body).mic
        vectors.append(message(name, Sealed(sent.headers, sent.body, sent.message_id, mic), steps, **more))
    us = Ours()
    for name, cell, state, more in (
        ("receipt-unsigned", Cell("libas2", "us", "sha256", "aes256_cbc", "rsa_v1_5", mdn="unsigned"), "RECEIPTED", {"signature": "none"}),
        ("receipt-signed-without-line-end", Cell("libas2", "us", "sha256", mdn="signed"), "MDN_UNVERIFIED", {"signature": "failed"}),
        ("receipt-failed-with-equals", Cell("libas2", "us", "sha256", mdn="unsigned"), "REFUSED", {"signature": "none", "modifier": "could not verify signature"}),
    ):  # fmt: skip
        sent = us.seal(cell, PAYLOAD, "")
        body = sent.body.replace(b"Peaches", b"Cherries", 1) if "failed" in name else sent.body
        vectors.append(receipt(name, sent, _with_receipt(peer, cell, sent, body), state, **more))
    peer.close()
    third.close()
    return vectors


def _with_receipt(peer: Any, cell: Cell, sent: Sealed, body: bytes) -> Received:
    received: Received = peer.receive(cell, sent.headers, body)
    return received


def bouncycastle() -> list[Vector]:
    """Bouncy Castle's S/MIME on JavaMail, as OpenAS2, phase2 and mendelson use it."""
    peer = started("bouncycastle", install=True)
    assert isinstance(peer, FlatProcess)
    base = {"sign": "sha256", "encrypt": "aes256_cbc", "transport": "rsa_v1_5", "mdn": "signed"}

    def cell(**values: str) -> Cell:
        return Cell("bouncycastle", "peer", **(base | values))

    aes, zlib = (*_DECRYPT, "aes256_cbc"), (*_DECOMPRESS, "zlib")
    vectors = [
        message("signed-encrypted-ber", peer.seal(cell(), PAYLOAD, ""), [aes, _signed()]),
        message(
            "compressed-after-base64", peer.seal(cell(compress="after", encoding="base64"), PAYLOAD, ""), [_BASE64, aes, zlib, _signed()]
        ),
        message("compressed-before-oaep", peer.seal(cell(compress="before", transport="oaep_sha256"), PAYLOAD, ""), [aes, _signed(), zlib]),
        message(
            "ecdsa-binary-signature",
            peer.seal(cell(sign="ecdsa", encrypt="none", transport="-"), PAYLOAD, ""),
            [(*_VERIFY, "ecdsa sha256")],
            require_encrypted=False,
        ),
    ]
    vectors[-1].expected["key"] = "ec"
    asked = asdict(cell(encrypt="aes128_gcm"))
    said = peer._ask(do="seal", cell=asked, payload=base64.b64encode(PAYLOAD).decode(), mdn_url="", attribute="authenticated")
    sent = Sealed([(name, value) for name, value in said["headers"]], base64.b64decode(said["body"]), said["message_id"], said["mic"])
    vectors.append(message("gcm-with-additional-data", sent, [(*_DECRYPT, "aes128_gcm"), _signed()]))
    us = Ours()
    ours = Cell("bouncycastle", "us", "sha512", "aes256_gcm", "oaep_sha256", "before", "signed")
    out = us.seal(ours, PAYLOAD, "")
    vectors.append(receipt("receipt-signed", out, peer.receive(ours, out.headers, out.body), "RECEIPTED", signature="verified"))
    peer.close()
    return vectors


def mock_edi() -> list[Vector]:
    """mock-edi, a product without S/MIME: a program of its own, spoken to over HTTP."""
    taken: list[tuple[Fields, bytes]] = []
    arrived = threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((list(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"]))))
            arrived.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("mock-edi")), "--port", str(port), "--quiet", "--deliver-to", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    order = (
        PAYLOAD.replace(b"NORTHMART  ", b"ACME       ")
        .replace(b"HARBORLINE", b"MOCKEDI   ")
        .replace(b"GS*PO*NORTHMART*MOCKEDI   ", b"GS*PO*ACME*MOCKEDI")
    )
    try:
        time.sleep(1.5)
        mock = Mock(f"http://127.0.0.1:{port}")
        fields = {
            "AS2-Version": "1.2", "AS2-From": "ACME", "AS2-To": "MOCKEDI", "Message-ID": "<order-417@acme.example>", "Content-Type": "application/edi-x12",
            "Disposition-Notification-To": "edi@acme.example",
            "Disposition-Notification-Options": "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256",
        }  # fmt: skip
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/as2", order, fields)
        answer = connection.getresponse()
        answered = (list(answer.getheaders()), answer.read())
        mock.partner("ACME", as2_url=f"http://127.0.0.1:{server.server_port}/as2")
        mock.send(order.decode())
        if not arrived.wait(20):
            raise RuntimeError("mock-edi sent nothing")
    finally:
        process.terminate()
        process.wait(timeout=20)
        server.shutdown()
        server.server_close()
    mic = f"{base64.b64encode(hashlib.sha256(order).digest()).decode()}, sha256"
    mdn = receipt(
        "receipt-unsigned",
        Sealed([], b"", "<order-417@acme.example>", mic),
        Received("", b"", None, answered),
        "RECEIPTED",
        signature="none",
    )
    mdn.expected["signed_wanted"] = False
    headers, body = taken[0]
    own = f"{base64.b64encode(hashlib.sha256(body).digest()).decode()}, sha256"
    plain = {"require_signed": False, "require_encrypted": False, "as2_name": "MOCKEDI"}
    return [message("plain", Sealed(headers, body, "", own), [], payload=body, **plain), mdn]


def main() -> None:
    """Keys first, then each product's folder."""
    folder = HERE / "keys"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for (side, kind), pair in KEYS.items():
        (folder / f"{side}-{kind}.key").write_text(pair.key)
        (folder / f"{side}-{kind}.pem").write_text(pair.certificate)
    for make in (openssl, pyas2lib, libas2, bouncycastle, mock_edi):
        product = HERE / make.__name__
        shutil.rmtree(product, ignore_errors=True)
        product.mkdir()
        for vector in make():
            head = "".join(f"{name}: {value}\r\n" for name, value in vector.headers)
            (product / f"{vector.name}.head").write_bytes(head.encode("latin-1"))
            (product / f"{vector.name}.body").write_bytes(vector.body)
            (product / f"{vector.name}.json").write_text(json.dumps(vector.expected, indent=1) + "\n")
            print(product.name, vector.name)


if __name__ == "__main__":
    main()
