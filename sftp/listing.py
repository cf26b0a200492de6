"""What is kept of a folder's names while they come: those that `plan` can do something about, and of new ones the oldest.

A folder may have a hundred thousand names that nobody fetches; they are counted, and forgotten as they pass.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sftp.errors import Operation, ServerFailureError
from sftp.files import RemoteFile
from sftp.ledger import LedgerRow, PickupState
from sftp.names import claimed_id, is_wanted
from sftp.settings import PickupSettings

__all__ = ["MOST_NEW", "Listing", "sifted"]

MOST_NEW: Final = 10_000  #: new files in one look; the next look sees the next ones
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
        return Listing([file for file in passing if file.is_regular], passing.count)
    done = {(row.path, row.size, row.mtime) for row in ledger if settings.after == "keep" and row.state is PickupState.FINISHED}
    begun = {path for row in ledger if (row.path, row.size, row.mtime) not in done for path in (row.path, row.claimed_as)}
    kept: list[RemoteFile] = []
    new = heapq.nsmallest(MOST_NEW, _new(passing, begun, done, kept, settings), key=lambda file: (file.mtime or 0, file.path))
    return Listing([*kept, *new], passing.count)


def _new(
    names: Iterable[RemoteFile],
    begun: set[bytes | None],
    done: set[tuple[bytes, int | None, int | None]],
    kept: list[RemoteFile],
    settings: PickupSettings,
) -> Iterator[RemoteFile]:
    """Files that we have not begun with; those that we have are kept."""
    for file in names:
        if file.path in begun or claimed_id(file.path, settings) is not None:
            kept.append(file)
        elif file.is_regular and (file.path, file.size, file.mtime) not in done and is_wanted(file.path, settings):
            yield file


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
