"""The cells of the matrix: who sends, and how the message is protected and receipted. `spread` takes a small part that still has every pair."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations, product
from typing import Final

__all__ = ["PAYLOADS", "Cell", "cells", "spread"]

SIGNS: Final = ("none", "sha1", "sha256", "sha384", "sha512", "pss", "ecdsa")
CIPHERS: Final = ("aes128_cbc", "aes192_cbc", "aes256_cbc", "aes128_gcm", "aes256_gcm", "3des_cbc")
TRANSPORTS: Final = ("rsa_v1_5", "oaep_sha1", "oaep_sha256", "oaep_sha512")
COMPRESSIONS: Final = ("none", "before", "after")
MDNS: Final = ("none", "unsigned", "signed", "async")
_SEGMENTS: Final = (
    "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261102*0930*U*00401*000000417*0*T*>~",
    "GS*PO*NORTHMART*HARBORLINE*20261102*0930*417*X*004010~ST*850*0001~BEG*00*NE*4500417**20261102~",
    "N1*ST*Northmart Dock 4*92*0417~N3*17 Quay Street~N4*Savannah*GA*31401~",
    *(f"PO1*{line}*{10 + line}*CA*{3 + line}.25**UP*00412345678{line:02}5~PID*F****Peaches in syrup, tin {line}~" for line in range(1, 13)),
    "CTT*12~SE*31*0001~GE*1*417~IEA*1*000000417~",
)
_LINES: Final = (
    f"PO1*{line}*{10 + line % 977}*CA*{line * 7 % 10_007}.25**UP*{line * 7919:012}~PID*F****{line * 104_729:x}~" for line in range(27_000)
)
#: what is sent: an order with CRLF between segments, the same with bare line feeds, bytes that are no text, and what goes from file to file
PAYLOADS: Final = {
    "crlf": "\r\n".join(_SEGMENTS).encode() + b"\r\n",
    "lf": "\n".join(_SEGMENTS).encode() + b"\n",
    "binary": bytes(range(256)) * 3 + b"\r\n\n\r--=_x\r\n",
    "large": "\r\n".join((*_SEGMENTS, *_LINES)).encode(),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One exchange of a message and its receipt with a peer."""

    peer: str
    sender: str  #: "us" or "peer"
    sign: str = "none"
    encrypt: str = "none"
    transport: str = "-"
    compress: str = "none"
    mdn: str = "none"
    encoding: str = "binary"  #: of the layers that have a choice
    ber: str = "der"  #: "der", "indefinite" or "chunked"
    payload: str = "crlf"
    damage: str = "none"  #: on the way, which has to be noticed: of "content", "signature", "ciphertext", "receipt"; "signers": none left

    def __str__(self) -> str:
        arrow = f"us -> {self.peer}" if self.sender == "us" else f"{self.peer} -> us"
        values = asdict(self)
        return " ".join([arrow, *(values[name] for name in list(values)[2:])])


def cells(peer: str) -> Iterator[Cell]:
    """The whole product for one peer, both directions, then the forms of encoding on a part of it.

    Who compresses after signing signs: without a signature both orders are one. We do not send so (A34), so it is only received.
    """
    ways = [("none", "-"), *product(CIPHERS, TRANSPORTS)]
    for sender, sign, (encrypt, transport), compress, mdn in product(("us", "peer"), SIGNS, ways, COMPRESSIONS, MDNS):
        if compress == "after" and (sign == "none" or sender == "us"):
            continue
        if transport == "oaep_sha512" and (sender == "us" or peer != "libas2"):
            continue  # we do not send it, and libas2 sends nothing else; of others one cell below
        yield Cell(peer, sender, sign, encrypt, transport, compress, mdn)
    for sender, sign, encrypt, compress, encoding, ber, payload in product(
        ("us", "peer"),
        ("none", "sha256"),
        ("none", "aes256_cbc", "aes128_gcm"),
        COMPRESSIONS,
        ("binary", "base64"),
        ("der", "indefinite", "chunked"),
        PAYLOADS,
    ):
        plain = (encoding, ber, payload) == ("binary", "der", "crlf")
        bare = (sign, encrypt, compress) == ("none", "none", "none") and ber != "der"
        after = compress == "after" and (sign == "none" or sender == "us")
        few = payload == "large" and (sign == "none" or encoding == "base64")
        ours = sender == "us" and (ber != "der" or (encoding == "base64" and compress == "none"))  # we write DER, and base64 only there
        if not (plain or bare or few or after or ours):
            transport = "-" if encrypt == "none" else "oaep_sha512" if (peer, sender) == ("libas2", "peer") else "rsa_v1_5"
            yield Cell(peer, sender, sign, encrypt, transport, compress, "signed", encoding, ber, payload)
    for sender, sign in product(("us", "peer"), ("sha256", "sha512", "pss", "ecdsa")):
        for damage in ("content", "signature", "signers", "receipt", "receipt-signers"):
            yield Cell(peer, sender, sign, mdn="signed", damage=damage)
        for encrypt, transport in product(("aes128_cbc", "aes256_cbc", "aes256_gcm"), TRANSPORTS):
            if transport != "oaep_sha512" or (sender, peer) == ("peer", "libas2"):
                yield Cell(peer, sender, sign, encrypt, transport, mdn="signed", damage="ciphertext")
    if peer in {"openssl", "bouncycastle"}:
        yield Cell(peer, "peer", "sha256", "aes256_cbc", "oaep_sha512", "none", "signed")


def _pairs(cell: Cell) -> set[tuple[object, ...]]:
    values = asdict(cell)
    return {(*one, *other) for one, other in combinations([item for item in values.items() if item[0] != "peer"], 2)}


def spread(found: list[Cell]) -> list[Cell]:
    """So few of the cells that every pair of values that occurs in them still occurs; the same every time."""
    pairs = {cell: _pairs(cell) for cell in found}
    wanted = set().union(*pairs.values())
    taken = []
    for least in (18, 9, 4, 2, 1):
        for cell in _stepped(found):
            gain = len(pairs[cell] & wanted)
            if gain >= least:
                taken.append(cell)
                wanted -= pairs[cell]
    return taken


def _stepped(found: list[Cell]) -> list[Cell]:
    """All of them in an order in which neighbours are far from each other."""
    step = next(step for step in (389, 397, 401, 409) if len(found) % step)
    return [found[number * step % len(found)] for number in range(len(found))]
