"""Runs one cell: the message from one end to the other, its receipt back, and what does not fit. Async receipts go over HTTP on loopback."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from tests.interop.as2.cells import PAYLOADS, Cell
from tests.interop.as2.loopback import Loopback
from tests.interop.as2.party import Party, Received, Sealed, same_mic

__all__ = ["Fault", "Outcome", "proof", "run"]


#: SignedData without signers
_NOBODY_SIGNED: Final = bytes.fromhex("302306092a864886f70d010702a01630140201013100300b06092a864886f70d0107013100")


_OF_MESSAGES: Final = frozenset({"content", "signature", "signers", "ciphertext"})


@dataclass(frozen=True)
class Fault:
    """What does not fit. `stage`: "seal", "open", "took" (what was damaged), "payload", "mic", "mdn" (there or not), "judge" (by the sender)."""

    stage: str
    detail: str


@dataclass(frozen=True)
class Outcome:
    """What came of a cell; no faults when both ends agree about everything."""

    faults: tuple[Fault, ...] = ()
    sent: Sealed | None = None
    received: Received | None = None


def run(cell: Cell, us: Party, peer: Party, loopback: Loopback) -> Outcome:
    """One exchange."""
    sender, receiver = (us, peer) if cell.sender == "us" else (peer, us)
    try:
        with loopback.opened(cell) as line:
            sent = sender.seal(cell, PAYLOADS[cell.payload], line.mdn_url)
            if cell.damage in _OF_MESSAGES:
                sent = replace(sent, body=_damaged(sent.body, cell.damage))
            received = line.deliver(sent, receiver) if cell.mdn == "async" else receiver.receive(cell, sent.headers, sent.body)
    except RuntimeError as fault:
        return Outcome((Fault("seal", str(fault)),))
    if received.mdn is not None and cell.damage.startswith("receipt"):
        received = replace(received, mdn=(received.mdn[0], _damaged(received.mdn[1], cell.damage)))
    if cell.damage != "none":
        return Outcome(tuple(_refusal_faults(cell, sender, sent, received)), sent, received)
    if received.fault:
        return Outcome((Fault("open", received.fault),), sent, received)
    return Outcome(tuple(_faults(cell, sender, sent, received)), sent, received)


def _damaged(message: bytes, damage: str) -> bytes:
    """One letter of the content, one bit of the signature or of the last block, or nobody's signature."""
    body = bytearray(message)
    match damage:
        case "content":
            at = body.index(b"Peaches") if b"Peaches" in body else _within_base64(body, body.index(b"\r\n\r\n") + 404)
        case "signature":
            at = _within_base64(body, _end_of_parts(body) - 40)
        case "receipt":
            at = body.index(b"Reporting-UA: ") + 14
        case "signers" | "receipt-signers":
            end = _end_of_parts(body)
            start = body.rindex(b"\r\n\r\n", 0, end) + 4
            return bytes(body[:start]) + base64.b64encode(_NOBODY_SIGNED) + b"\r\n" + bytes(body[end:])
        case _:
            at = _within_base64(body, len(body) - 30) if body[:1] != b"\x30" else len(body) - 5
    body[at] = ord("B") if body[at] == ord("A") else ord("A") if chr(body[at]).isalnum() else body[at] ^ 1
    return bytes(body)


def _end_of_parts(body: bytearray) -> int:
    """Where the last boundary begins."""
    return body.rstrip(b"\r\n-").rfind(b"--")


def _within_base64(body: bytearray, at: int) -> int:
    """From here on the first place that is no line end, so that base64 stays base64."""
    while body[at] in b"\r\n=":
        at += 1
    return at


def _refusal_faults(cell: Cell, sender: Party, sent: Sealed, received: Received) -> Iterator[Fault]:
    """The receiver has to notice, and its receipt to be understood as a refusal; a damaged receipt is none."""
    in_message = cell.damage in _OF_MESSAGES
    if bool(received.fault) is not in_message:
        yield Fault("took" if in_message else "open", received.fault or f"a message with damage to its {cell.damage}")
    elif received.mdn is not None and not sender.judge(cell, sent, *received.mdn):
        yield Fault("judge", "a refusal was taken for an acceptance" if in_message else f"took a receipt with damage: {cell.damage}")


def _faults(cell: Cell, sender: Party, sent: Sealed, received: Received) -> Iterator[Fault]:
    payload = PAYLOADS[cell.payload]
    if received.payload != payload:
        yield Fault("payload", f"other bytes: {len(received.payload)} of {len(payload)}")
    if sent.mic and received.mic and not same_mic(sent.mic, received.mic):
        yield Fault("mic", f"{received.mic} is not {sent.mic}")
    if (received.mdn is None) is not (cell.mdn == "none"):
        yield Fault("mdn", "no receipt" if received.mdn is None else "a receipt, though none was asked for")
    elif received.mdn is not None and (judged := sender.judge(cell, sent, *received.mdn)):
        yield Fault("judge", judged)


def proof(cell: Cell, outcome: Outcome, fault: Fault, third_as_us: Party, third_as_peer: Party) -> bool:
    """Whether a third product, in the place of one of the two, sides with us.

    What we sent it must open, with our digest; what the peer sent it must refuse as we did, or read as we did. The same holds for receipts.
    """
    sent, received = outcome.sent, outcome.received
    if sent is None or received is None or fault.stage not in {"open", "took", "payload", "mic", "judge"}:
        return False
    if fault.stage == "judge":
        assert received.mdn is not None
        third = third_as_us if cell.sender == "us" else third_as_peer
        refuses = bool(third.judge(cell, sent, *received.mdn))
        return refuses if cell.damage != "none" else refuses is (cell.sender == "us")
    third = third_as_peer if cell.sender == "us" else third_as_us
    found = third.receive(cell, sent.headers, sent.body)
    if fault.stage == "took":
        return bool(found.fault) or found.payload != PAYLOADS[cell.payload]
    if cell.sender == "us":
        assert sent.mic is not None
        return not found.fault and found.payload == PAYLOADS[cell.payload] and found.mic is not None and same_mic(found.mic, sent.mic)
    if fault.stage == "open":
        # a third that goes on with a random key where it cannot unwrap one has other bytes
        return bool(found.fault) or found.payload != PAYLOADS[cell.payload]
    as_we = not found.fault and found.payload == received.payload
    return as_we and found.mic is not None and received.mic is not None and same_mic(found.mic, received.mic)
