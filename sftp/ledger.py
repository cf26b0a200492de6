"""What we remember of each file that we saw in a pickup folder. The gateway keeps it in its store; nothing is remembered on the server."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

__all__ = ["Ledger", "LedgerRow", "PickupState", "key_of"]


class PickupState(StrEnum):
    """How far a file has come."""

    SEEN = "seen"  #: first look; waits for the second
    CLAIMED = "claimed"  #: written before the rename
    COMMITTED = "committed"  #: the bytes are in the store; only the server's folder is left to tidy
    FINISHED = "finished"  #: archived, deleted or left, as the profile says


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One file by name, size and time: the same name with another size or time is another file."""

    path: bytes  #: relative to the pickup folder
    size: int | None
    mtime: int | None
    state: PickupState
    first_seen: datetime
    second_seen: datetime | None = None
    claimed_as: bytes | None = None  #: relative to the pickup folder
    sha256: str | None = None
    transmission_id: str | None = None
    finished: datetime | None = None
    failures: int = 0  #: how often the file could not be archived

    @property
    def key(self) -> str:
        """Stable over runs; the primary key within one partner and folder. Names are bytes, so it is made of them, not of text."""
        return key_of(self.path, self.size, self.mtime)

    @property
    def claim_id(self) -> str:
        """What claimed and archived names begin with: ours alone, since another gateway has seen the file at another moment."""
        return hashlib.sha256(f"{self.key} {self.first_seen.isoformat()}".encode()).hexdigest()[:12]

    def committed(self, transmission_id: str, sha256: str) -> Self:
        """The row to be written in the very transaction that stores the bytes."""
        return replace(self, state=PickupState.COMMITTED, transmission_id=transmission_id, sha256=sha256)


def key_of(path: bytes, size: int | None, mtime: int | None) -> str:
    """The key of the row of a file, as it is listed."""
    return hashlib.sha256(b"\0".join((path, str(size).encode(), str(mtime).encode()))).hexdigest()


class Ledger(Protocol):
    """The rows of one partner's pickup folder, kept for longer than its files. Called from the thread that picks up."""

    def rows(self) -> Sequence[LedgerRow]:
        """All of them, however many were read in the course of time."""
        ...

    def open(self) -> Sequence[LedgerRow]:
        """Those that are not finished, and those whose files could not be archived at once."""
        ...

    def finished(self, keys: Collection[str], names: Collection[bytes]) -> Sequence[LedgerRow]:
        """Of the others: those with one of these keys, and those that were claimed under one of these names."""
        ...

    def put(self, *rows: LedgerRow) -> None:
        """Insert or replace by `key`; durable on return."""
        ...

    def forget(self, *rows: LedgerRow) -> None:
        """Remove rows of files that vanished or changed before we had read them."""
        ...
