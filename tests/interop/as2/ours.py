"""Our own end of a cell: `as2` with a profile made for it."""

from contextlib import ExitStack
from functools import lru_cache
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from as2.content import Scratch
from as2.disposition import PROCESSED, Disposition
from as2.errors import As2Error
from as2.headers import As2Headers
from as2.keys import OwnKeys, own_keys
from as2.mdn import Mdn, MdnUnreadableError, SignatureState, build_mdn, read_mdn
from as2.message import seal_message
from as2.mic import Mic
from as2.receive import open_message
from as2.send import VerdictState, judge_mdn
from as2.settings import As2Settings, OwnAs2
from tests.interop.as2.cells import Cell
from tests.interop.as2.party import KEYS, NAMES, Fields, Received, Sealed
from tests.support.certificates import NOW

__all__ = ["Ours"]


class Ours:
    """`as2`, as the gateway uses it."""

    version = "this repository"

    def __init__(self) -> None:
        self._count = 0

    def seal(self, cell: Cell, payload: bytes, mdn_url: str) -> Sealed:
        self._count += 1
        partner = _profile(cell, mdn_url)
        with ExitStack() as files:
            return self._sealed(cell, payload, partner, _scratch(files))

    def _sealed(self, cell: Cell, payload: bytes, partner: As2Settings, scratch: Scratch) -> Sealed:
        message = seal_message(
            payload,
            content_type="application/octet-stream" if cell.payload == "binary" else "application/edi-x12",
            own=_own(cell),
            partner=partner,
            message_id=f"<{self._count}@harborline.example>",
            now=NOW,
            filename="order.edi",
            scratch=scratch,
        )
        return Sealed(list(message.headers.items()), message.body, message.message_id, str(message.mic), message.mic)

    def receive(self, cell: Cell, headers: Fields, body: bytes) -> Received:
        with ExitStack() as files:
            scratch = _scratch(files)
            file = scratch()
            file.write(body)
            return self._received(cell, headers, file, scratch)

    def _received(self, cell: Cell, headers: Fields, body: BinaryIO, scratch: Scratch) -> Received:
        head = As2Headers.parse(headers)
        try:
            opened = open_message(head, body, own=_own(cell), partner=_profile(cell, ""), now=NOW, scratch=scratch)
        except As2Error as fault:
            answer = fault.answer(head.as2_version)
            assert answer is not None
            return Received(f"{type(fault).__name__}: {fault.detail}", mdn=_receipt(head, answer, fault.mic, cell))
        [payload] = opened.payloads
        return Received("", payload.content, str(opened.mic), _receipt(head, PROCESSED, opened.mic, cell))

    def judge(self, cell: Cell, sent: Sealed, headers: Fields, body: bytes) -> str:
        try:
            mdn: Mdn = read_mdn(headers, body, partner=_profile(cell, ""), own=_own(cell), now=NOW)
        except MdnUnreadableError as fault:
            return str(fault)
        signed = cell.mdn in {"signed", "async"}
        if signed is not (mdn.signature is SignatureState.VERIFIED):
            return f"its signature: {mdn.signature}, {'signed' if signed else 'unsigned'} wanted"
        assert isinstance(sent.handle, Mic)
        verdict = judge_mdn(sent.message_id, sent.handle, mdn, signed_wanted=signed)
        return "" if verdict.state is VerdictState.RECEIPTED and not verdict.warning else f"{verdict.state}: {verdict.reason}"


def _scratch(files: ExitStack) -> Scratch:
    """Temporary files, as the gateway gives them."""
    return lambda: files.enter_context(TemporaryFile())


def _receipt(head: As2Headers, disposition: Disposition, mic: Mic | None, cell: Cell) -> tuple[Fields, bytes] | None:
    mdn = build_mdn(
        head,
        disposition=disposition,
        mic=mic,
        own=_own(cell),
        partner=_profile(cell, ""),
        message_id=f"<mdn-{head.message_id.strip('<>')}>",
        now=NOW,
    )
    return (list(mdn.headers.items()), mdn.body) if mdn else None


@lru_cache(maxsize=64)
def _own_with(kind: str) -> OwnKeys:
    def refer(which: str) -> dict[str, Any]:
        return {"current": {"key": f"env:{which}", "certificate": KEYS["us", which].certificate}}

    settings = OwnAs2.model_validate(
        {"as2_name": NAMES["us"], "sign": refer(kind), "decrypt": refer("rsa"), "domain": "harborline.example"}
    )
    return own_keys(settings, lambda secret: KEYS["us", secret.removeprefix("env:")].key)


def _own(cell: Cell) -> OwnKeys:
    return _own_with("ec" if cell.sign == "ecdsa" else "rsa")


@lru_cache(maxsize=256)
def _profile_of(sign: str, encrypt: str, transport: str, compress: str, mdn: str, encoding: str, mdn_url: str) -> As2Settings:
    digest = None if sign == "none" else {"pss": "sha256", "ecdsa": "sha256"}.get(sign, sign)
    receipt: dict[str, Any] = {"mode": "sync" if mdn == "unsigned" else mdn, "signed": mdn != "unsigned"}
    if mdn == "signed":
        receipt["mode"] = "sync"
    if mdn == "async" and mdn_url:
        receipt["url"] = mdn_url
    return As2Settings.model_validate(
        {
            "url": "http://127.0.0.1:1/as2",
            "allow_http": True,
            "as2_name": NAMES["peer"],
            "sign": digest,
            "sign_scheme": "rsa_pss" if sign == "pss" else "rsa_v1_5",
            "encrypt": None if encrypt == "none" else encrypt,
            "key_transport": transport if transport in {"oaep_sha1", "oaep_sha256"} else "rsa_v1_5",
            "compress": compress != "none",
            "transfer_encoding": encoding,
            "mdn": receipt,
            "require_signed": sign != "none",
            "require_encrypted": encrypt != "none",
            "legacy": ["sha1", "3des"],
            "certs": {
                "verify": {"current": KEYS["peer", "ec" if sign == "ecdsa" else "rsa"].certificate},
                "encrypt": {"current": KEYS["peer", "rsa"].certificate},
            },
        }
    )


def _profile(cell: Cell, mdn_url: str) -> As2Settings:
    return _profile_of(cell.sign, cell.encrypt, cell.transport, cell.compress, cell.mdn, cell.encoding, mdn_url)
