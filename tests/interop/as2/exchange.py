"""Runs one cell: the message from one end to the other, its receipt back, and what does not fit. Async receipts go over HTTP on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.interop.as2.cells import PAYLOADS, Cell
from tests.interop.as2.loopback import Loopback
from tests.interop.as2.party import Party, Received, Sealed, same_mic

__all__ = ["Fault", "Outcome", "proof", "run"]


@dataclass(frozen=True)
class Fault:
    """What does not fit. `stage`: "seal", "open", "payload", "mic", "mdn" (there or not) or "judge" (the receipt, by the sender)."""

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
            received = line.deliver(sent, receiver) if cell.mdn == "async" else receiver.receive(cell, sent.headers, sent.body)
    except RuntimeError as fault:
        return Outcome((Fault("seal", str(fault)),))
    if received.fault:
        return Outcome((Fault("open", received.fault),), sent, received)
    return Outcome(tuple(_faults(cell, sender, sent, received)), sent, received)


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
    if sent is None or received is None or fault.stage not in {"open", "payload", "mic", "judge"}:
        return False
    if fault.stage == "judge":
        assert received.mdn is not None
        third = third_as_us if cell.sender == "us" else third_as_peer
        return bool(third.judge(cell, sent, *received.mdn)) is (cell.sender == "us")
    third = third_as_peer if cell.sender == "us" else third_as_us
    found = third.receive(cell, sent.headers, sent.body)
    if cell.sender == "us":
        assert sent.mic is not None
        return not found.fault and found.payload == PAYLOADS[cell.payload] and found.mic is not None and same_mic(found.mic, sent.mic)
    if fault.stage == "open":
        # a third that goes on with a random key where it cannot unwrap one has other bytes
        return bool(found.fault) or found.payload != PAYLOADS[cell.payload]
    as_we = not found.fault and found.payload == received.payload
    return as_we and found.mic is not None and received.mic is not None and same_mic(found.mic, received.mic)
