"""What a pickup hands over, and what it reports: data that the gateway works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sftp.errors import SftpError
from sftp.ledger import LedgerRow
from sftp.plan import Alarm

__all__ = ["PickedFile", "PickupReport", "Problem", "TakeFiles"]


@dataclass(frozen=True, slots=True)
class PickedFile:
    """A file that was read to its end. `body` is ours only during the call of `take`, positioned at its begin."""

    name: str  #: for people: printable, maybe escaped; never a path
    size: int
    sha256: str
    body: IO[bytes] = field(repr=False)
    row: LedgerRow
    path: Path | None = field(default=None, repr=False)  #: of a large one: a file of ours with these bytes, synced, that may be moved away

    def committed(self, transmission_id: str) -> LedgerRow:
        """The ledger row that `take` writes in the same transaction as the bytes."""
        return self.row.committed(transmission_id, self.sha256)


#: Stores of each file the bytes, a transmission and `PickedFile.committed(transmission_id)` in one transaction; returns the ids in the
#: order of the files, after the commit. The files of one call may share a transaction or have one each.
TakeFiles = Callable[[Sequence[PickedFile]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be fetched or tidied away this time."""

    name: str
    error: SftpError


@dataclass(slots=True)
class PickupReport:
    """What one look at one folder came to."""

    taken: list[str] = field(default_factory=list)  #: transmission ids, in order
    alarms: list[Alarm] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: int = 0  #: files seen for the first time: worth a second look soon
