"""What both ends of a cell can do, whoever plays them. Keys: an RSA pair for everything, and an EC pair that signs in the ECDSA cells."""

import base64
from dataclasses import dataclass, field
from typing import Final, Protocol

from tests.interop.as2.cells import Cell
from tests.support.certificates import KeyAndCertificate, certificate

__all__ = ["KEYS", "NAMES", "Fields", "Party", "Peer", "Received", "Sealed", "same_mic"]

Fields = list[tuple[str, str]]

NAMES: Final = {"us": "Harborline", "peer": "Northmart"}
KEYS: Final[dict[tuple[str, str], KeyAndCertificate]] = {
    ("us", "rsa"): certificate("harborline", number=11),
    ("peer", "rsa"): certificate("northmart", number=12),
    ("us", "ec"): certificate("harborline", "p256", number=11),
    ("peer", "ec"): certificate("northmart", "p256", number=12),
}


@dataclass(frozen=True)
class Sealed:
    """A message as it goes out; `mic` as it stands in a receipt, where its maker computes one."""

    headers: Fields
    body: bytes = field(repr=False)
    message_id: str
    mic: str | None
    handle: object = None  #: for its maker, who judges the receipt


@dataclass(frozen=True)
class Received:
    """What the receiver made of it. `fault` is empty when it took the message."""

    fault: str = ""
    payload: bytes = field(default=b"", repr=False)
    mic: str | None = None
    mdn: tuple[Fields, bytes] | None = None


class Party(Protocol):
    """One end."""

    version: str

    def seal(self, cell: Cell, payload: bytes, mdn_url: str) -> Sealed:
        """A message; raises RuntimeError when it cannot make it."""

    def receive(self, cell: Cell, headers: Fields, body: bytes) -> Received:
        """Opens it, and makes the receipt that it asks for."""

    def judge(self, cell: Cell, sent: Sealed, headers: Fields, body: bytes) -> str:
        """Empty when the receipt says that the very message was taken, in the form asked for; else what is wrong."""


class Peer(Party, Protocol):
    """An end with files or a process of its own."""

    def close(self) -> None:
        """Without them."""


def same_mic(one: str, other: str) -> bool:
    """The same digest by the same algorithm, however it is spelled."""

    def plain(mic: str) -> tuple[bytes, str]:
        digest, _, name = mic.partition(",")
        return base64.b64decode("".join(digest.split())), "".join(c for c in name.lower() if c.isalnum()).removeprefix("rsa")

    return plain(one) == plain(other)
