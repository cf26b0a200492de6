"""An AS2 end on the `openssl` command line: `openssl cms` signs, verifies, encrypts and decrypts; only MIME and zlib are beside it.

It knows nothing of `as2`, so it serves as the judge between us and another peer too.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Final

from tests.interop.as2.cells import Cell
from tests.interop.as2.mime_parts import chunked, compressed, head_of, inflated, joined, parts_of, split_entity, wrapped
from tests.interop.as2.party import KEYS, NAMES, Fields, Received, Sealed, same_mic

__all__ = ["Openssl", "openssl_version"]

_CIPHERS: Final = {
    "aes128_cbc": "-aes-128-cbc",
    "aes192_cbc": "-aes-192-cbc",
    "aes256_cbc": "-aes-256-cbc",
    "aes128_gcm": "-aes-128-gcm",
    "aes256_gcm": "-aes-256-gcm",
    "3des_cbc": "-des3",
}
_OAEP: Final = ("-keyopt", "rsa_padding_mode:oaep")
_TRANSPORTS: Final[dict[str, tuple[str, ...]]] = {
    "rsa_v1_5": (),
    "oaep_sha1": _OAEP,
    "oaep_sha256": (*_OAEP, "-keyopt", "rsa_oaep_md:sha256"),
    "oaep_sha512": (*_OAEP, "-keyopt", "rsa_oaep_md:sha512"),
}
_LAYERS: Final = 6


def openssl_version() -> str | None:
    """None where there is no `openssl`."""
    if shutil.which("openssl") is None:
        return None
    said = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True, timeout=200).stdout
    return " ".join(said.split()[:2])


class Openssl:
    """One end; `side` says whose keys it has."""

    def __init__(self, side: str = "peer") -> None:
        self.version = openssl_version() or "not there"
        self.side, self.other = side, "us" if side == "peer" else "peer"
        self._folder = tempfile.TemporaryDirectory(prefix="as2-openssl-")
        self._path = Path(self._folder.name)
        for (whose, kind), pair in KEYS.items():
            (self._path / f"{whose}-{kind}.key").write_text(pair.key)
            (self._path / f"{whose}-{kind}.pem").write_text(pair.certificate)
        self._ids = count(1)

    def close(self) -> None:
        """Without its files."""
        self._folder.cleanup()

    def seal(self, cell: Cell, payload: bytes, mdn_url: str) -> Sealed:
        content_type = "application/octet-stream" if cell.payload == "binary" else "application/edi-x12"
        fields, body = {"Content-Type": content_type, "Content-Transfer-Encoding": "binary"}, payload
        bare = cell.sign == cell.encrypt == cell.compress == "none"
        covered = payload if bare else head_of(fields) + body
        digest = _digest(cell)
        if cell.compress == "before":
            fields, body = self._compressed(head_of(fields) + body, cell)
        if cell.sign != "none":
            covered = head_of(fields) + body
            fields, body = self._signed(covered, cell)
        if cell.compress == "after":
            fields, body = self._compressed(head_of(fields) + body, cell)
        if cell.encrypt != "none":
            fields, body = self._encrypted(head_of(fields) + body, cell)
        if bare and cell.encoding == "base64":
            fields, body = fields | {"Content-Transfer-Encoding": "base64"}, wrapped(payload)
        mic = _mic(covered, cell)
        message_id = f"<{next(self._ids)}@openssl.example>"
        head = {"AS2-Version": "1.2", "AS2-From": NAMES[self.side], "AS2-To": NAMES[self.other], "Message-ID": message_id}
        if cell.mdn != "none":
            head["Disposition-Notification-To"] = "edi@openssl.example"
        if cell.mdn in {"signed", "async"}:
            algorithms = f"signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, {digest}"
            head["Disposition-Notification-Options"] = algorithms
        if cell.mdn == "async":
            head["Receipt-Delivery-Option"] = mdn_url
        return Sealed([*head.items(), *fields.items()], body, message_id, mic)

    def receive(self, cell: Cell, headers: Fields, body: bytes) -> Received:
        head = {name.lower(): value for name, value in headers}
        try:
            payload, mic = self._opened(head, body, cell)
        except (RuntimeError, ValueError) as fault:
            return Received(str(fault))
        return Received("", payload, mic, self._receipt(head, mic, cell) if cell.mdn != "none" else None)

    def judge(self, cell: Cell, sent: Sealed, headers: Fields, body: bytes) -> str:
        fields = {name.lower(): value for name, value in headers}
        signed = fields["content-type"].lower().startswith("multipart/signed")
        if signed is not (cell.mdn in {"signed", "async"}):
            return "signed, though it was not asked for" if signed else "not signed"
        try:
            if signed:
                fields, body = split_entity(self._verified(fields["content-type"], body, cell))
            reports = [split_entity(part) for part in parts_of(fields["content-type"], body)]
        except RuntimeError as fault:
            return str(fault)
        notice = next(content for one, content in reports if one["content-type"].lower().startswith("message/disposition-notification"))
        facts, _ = split_entity(notice.rstrip() + b"\r\n\r\n")
        if not re.fullmatch(r"automatic-action/MDN-sent-automatically;\s*processed", facts["disposition"], re.IGNORECASE):
            return f"disposition: {facts['disposition']}"
        if facts["original-message-id"] != sent.message_id:
            return "about another message"
        mic = facts.get("received-content-mic")
        if mic is None:
            return "no digest" if signed else ""
        return "" if sent.mic is None or same_mic(mic, sent.mic) else "another digest than ours"

    # --- out -------------------------------------------------------------------------------------------------------------------------

    def _compressed(self, entity: bytes, cell: Cell) -> tuple[dict[str, str], bytes]:
        message = compressed(entity)
        return _part("compressed-data", message if cell.ber == "der" else chunked(message), cell.encoding)

    def _signed(self, entity: bytes, cell: Cell) -> tuple[dict[str, str], bytes]:
        key = f"{self.side}-{_key_kind(cell)}"
        digest = _digest(cell)
        padding = ["-keyopt", "rsa_padding_mode:pss"] if cell.sign == "pss" else []
        signature = self._run(
            entity, "-sign", "-binary", "-outform", "DER", "-md", digest, "-signer", f"{key}.pem", "-inkey", f"{key}.key", *padding
        )
        if cell.ber != "der":
            signature = chunked(signature)
        fields = {"Content-Type": "application/pkcs7-signature; name=smime.p7s"}
        part = head_of(fields | {"Content-Transfer-Encoding": "base64"}) + wrapped(signature).rstrip()
        if cell.encoding == "binary":
            part = head_of(fields | {"Content-Transfer-Encoding": "binary"}) + signature
        kind = f'multipart/signed; protocol="application/pkcs7-signature"; micalg={digest}'
        content_type, body = joined(kind, f"=_openssl_{len(entity)}", entity, part)
        return {"Content-Type": content_type}, body

    def _encrypted(self, entity: bytes, cell: Cell) -> tuple[dict[str, str], bytes]:
        stream = ["-stream"] if cell.ber == "indefinite" else []
        message = self._run(
            entity, "-encrypt", "-binary", "-outform", "DER", _CIPHERS[cell.encrypt], *stream,
            "-recip", f"{self.other}-rsa.pem", *_TRANSPORTS[cell.transport],
        )  # fmt: skip
        kind = "authEnveloped-data" if cell.encrypt.endswith("gcm") else "enveloped-data"
        return _part(kind, chunked(message) if cell.ber == "chunked" else message, cell.encoding)

    def _receipt(self, head: dict[str, str], mic: str, cell: Cell) -> tuple[Fields, bytes]:
        facts = {
            "Reporting-UA": "openssl",
            "Final-Recipient": f"rfc822; {NAMES[self.side]}",
            "Original-Message-ID": head["message-id"],
            "Disposition": "automatic-action/MDN-sent-automatically; processed",
            "Received-Content-MIC": mic,
        }
        text = head_of({"Content-Type": "text/plain"}) + b"Taken."
        notice = head_of({"Content-Type": "message/disposition-notification"}) + head_of(facts)
        kind = "multipart/report; report-type=disposition-notification"
        content_type, body = joined(kind, "=_openssl_report", text, notice)
        fields = {"Content-Type": content_type}
        if cell.mdn in {"signed", "async"}:
            fields, body = self._signed(head_of(fields) + body, cell)
        names = {
            "AS2-Version": "1.2",
            "AS2-From": NAMES[self.side],
            "AS2-To": NAMES[self.other],
            "Message-ID": f"<r{next(self._ids)}@openssl>",
        }
        return [*names.items(), *fields.items()], body

    # --- in --------------------------------------------------------------------------------------------------------------------------

    def _opened(self, head: dict[str, str], body: bytes, cell: Cell) -> tuple[bytes, str]:
        """The payload, and the digest over the bytes that count."""
        fields = {name: value for name, value in head.items() if name.startswith("content-")}
        covered, signed, outermost = body, False, True
        for _ in range(_LAYERS):
            content_type = fields.get("content-type", "").lower()
            if content_type.startswith("multipart/signed"):
                entity = covered = self._verified(fields["content-type"], body, cell)
                signed = True
            elif content_type.startswith(("application/pkcs7-mime", "application/x-pkcs7-mime")):
                message = body if body[:1] == b"\x30" else base64.b64decode(body)
                entity = inflated(message) if "compressed-data" in content_type else self._decrypted(message)
                covered = covered if signed else entity
            else:
                break
            fields, body = split_entity(entity)
            outermost = False
        if fields.get("content-transfer-encoding", "").lower() == "base64":
            body = base64.b64decode(body)
            covered = body if outermost else covered
        return body, _mic(covered, cell)

    def _verified(self, content_type: str, body: bytes, cell: Cell) -> bytes:
        """The first part, when the signature over it is that of the other side."""
        content, signature = parts_of(content_type, body)
        _, encoded = split_entity(signature)
        message = encoded if encoded[:1] == b"\x30" else base64.b64decode(encoded)
        certificate = f"{self.other}-{_key_kind(cell)}.pem"
        (self._path / "content").write_bytes(content)
        return self._run(
            message, "-verify", "-binary", "-inform", "DER", "-content", "content", "-CAfile", certificate, "-nointern", "-certfile", certificate,
            "-purpose", "any", "-no_check_time",
        )  # fmt: skip

    def _decrypted(self, message: bytes) -> bytes:
        key = f"{self.side}-rsa"
        return self._run(message, "-decrypt", "-binary", "-inform", "DER", "-inkey", f"{key}.key", "-recip", f"{key}.pem")

    def _run(self, content: bytes, *arguments: str) -> bytes:
        """`openssl cms` over these bytes; raises RuntimeError with the last thing it said."""
        (self._path / "in").write_bytes(content)
        (self._path / "out").unlink(missing_ok=True)
        command = ["openssl", "cms", *arguments, "-in", "in", "-out", "out"]
        done = subprocess.run(command, cwd=self._path, capture_output=True, text=True, errors="replace", timeout=200, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise RuntimeError(f"openssl cms {arguments[0]}: {said[-1] if said else done.returncode}")
        return (self._path / "out").read_bytes()


def _digest(cell: Cell) -> str:
    return cell.sign if cell.sign.startswith("sha") else "sha256"


def _key_kind(cell: Cell) -> str:
    return "ec" if cell.sign == "ecdsa" else "rsa"


def _mic(covered: bytes, cell: Cell) -> str:
    digest = _digest(cell)
    return f"{base64.b64encode(hashlib.new(digest, covered).digest()).decode()}, {digest}"


def _part(kind: str, message: bytes, encoding: str) -> tuple[dict[str, str], bytes]:
    fields = {"Content-Type": f"application/pkcs7-mime; smime-type={kind}; name=smime.p7m"}
    if encoding == "base64":
        return fields | {"Content-Transfer-Encoding": "base64"}, wrapped(message)
    return fields, message
