"""What is kept of a folder's names while they come: those that `plan` can do something about, and of new ones the oldest.

A folder may have a hundred thousand names that nobody fetches; they are counted, and all but a few forgotten as they pass.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sftp.errors import Operation, ServerFailureError
from sftp.files import RemoteFile
from sftp.ledger import LedgerRow, PickupState
from sftp.names import claimed_id, is_left, is_wanted
from sftp.settings import PickupSettings

__all__ = ["MOST_LEFT", "MOST_NEW", "Listing", "sifted"]

MOST_NEW: Final = 10_000  #: new files in one look; the next look sees the next ones
MOST_LEFT: Final = 100  #: files that nobody fetches, of which it is remembered for how long they lie there
_MOST_NAMES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """What a look works with."""

    files: Sequence[RemoteFile]
    count: int  #: of all names


def sifted(names: Iterable[RemoteFile], ledger: Sequence[LedgerRow], settings: PickupSettings) -> Listing:
    """Read the names to their end. Raises `ServerFailureError` when there is none, and what `names` raises."""
    passing = _Passing(names)
    if settings.stable == "done_marker":  # which file a marker means depends on all the others
        few = _Few(ledger, settings)
        return Listing([file for file in passing if file.is_regular and few.has_room(file)], passing.count)
    done = {(row.path, row.size, row.mtime) for row in ledger if settings.after == "keep" and row.state is PickupState.FINISHED}
    begun = {path for row in ledger if (row.path, row.size, row.mtime) not in done for path in (row.path, row.claimed_as)}
    kept: list[RemoteFile] = []
    new = heapq.nsmallest(MOST_NEW, _new(passing, begun, done, kept, _Few(ledger, settings)), key=lambda file: (file.mtime or 0, file.path))
    return Listing([*kept, *new], passing.count)


def _new(
    names: Iterable[RemoteFile],
    begun: set[bytes | None],
    done: set[tuple[bytes, int | None, int | None]],
    kept: list[RemoteFile],
    few: "_Few",
) -> Iterator[RemoteFile]:
    """Files that we have not begun with; those that we have are kept, and some that we never begin with."""
    for file in names:
        if file.path in begun or claimed_id(file.path, few.settings) is not None:
            kept.append(file)
        elif not file.is_regular or (file.path, file.size, file.mtime) in done:
            continue
        elif is_wanted(file.path, few.settings):
            yield file
        elif is_left(file.path, few.settings) and few.has_room(file):
            kept.append(file)


class _Few:
    """Lets so many of the files pass that nobody fetches, those first that we remember."""

    def __init__(self, ledger: Sequence[LedgerRow], settings: PickupSettings) -> None:
        self.settings = settings
        self._known = {row.path for row in ledger if row.state is PickupState.SEEN and is_left(row.path, settings)}
        self._room = MOST_LEFT - len(self._known)

    def has_room(self, file: RemoteFile) -> bool:
        """Whether this one passes; any other file does."""
        if file.path in self._known or not is_left(file.path, self.settings):
            return True
        self._room -= 1
        return self._room >= 0


class _Passing:
    def __init__(self, names: Iterable[RemoteFile]) -> None:
        self.count = 0
        self._names = names

    def __iter__(self) -> Iterator[RemoteFile]:
        for file in self._names:
            self.count += 1
            if self.count > _MOST_NAMES:
                raise ServerFailureError(Operation.LIST, f"more than {_MOST_NAMES:,} names in one folder")
            yield file
