"""The pickup folder on its server, and what is moved about in it: claims, and files whose bytes are ours. Many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sftp.errors import FileChangedError, Operation, SftpError, UnreachableError, VanishedError
from sftp.files import Files, RemoteFile
from sftp.names import archive_name, join
from sftp.plan import Archive, Take, Unclaim
from sftp.settings import PickupSettings

__all__ = ["Folder", "Outcomes", "only"]

T = TypeVar("T")
Outcomes = Sequence[SftpError | None]  #: one for each file, in their order


def only(items: Sequence[T], wanted: Callable[[T], bool], work: Callable[[Sequence[T]], Outcomes]) -> Outcomes:
    """`work` on those that are wanted, all of them at once; None for the others."""
    outcomes = iter(work([item for item in items if wanted(item)]))
    return [next(outcomes) if wanted(item) else None for item in items]


@dataclass(slots=True)
class Folder:
    """Takes relative names. For the time of one look. Raises `UnreachableError`; what happens to one file is its outcome."""

    files: Files
    settings: PickupSettings
    known: set[bytes]  #: folders that are there

    @classmethod
    def of(cls, files: Files, settings: PickupSettings) -> "Folder":
        """Nothing is known but the folder itself."""
        return cls(files, settings, {settings.folder.encode()})

    def path(self, relative: bytes) -> bytes:
        """As the server knows it."""
        return join(self.settings.folder, relative) if relative else self.settings.folder.encode()

    def claim(self, takes: Sequence[Take]) -> Outcomes:
        """Rename what is not claimed yet; no name that is there is replaced. Raises what making the folder for claims raises."""

        def rename(some: Sequence[Take]) -> Outcomes:
            for take in some:
                self._make_folder_of(self.path(take.at))
            return self.files.rename_all([(self.path(take.source), self.path(take.at)) for take in some], replace=False)

        return only(takes, lambda take: take.source != take.at, rename)

    def unclaim(self, claims: Sequence[Unclaim]) -> None:
        """Give the names back. Where a name is taken, the claimed one is found as an orphan later."""
        self.files.rename_all([(self.path(one.at), self.path(one.row.path)) for one in claims if one.at != one.row.path], replace=False)

    def changes(self, takes: Sequence[Take]) -> Outcomes:
        """Whether each file is still the one that was listed."""
        found = self.files.stat_all([self.path(take.at) for take in takes])
        return [_change(take, now) for take, now in zip(takes, found, strict=True)]

    def archive(self, done: Sequence[Archive]) -> Outcomes:
        """Tidy the folder: the markers first, so that none is left to vouch for the next file of that name.

        A file that is not there any more was archived by the run before this one, which could not say so any more.
        """
        marked = [(one, marker) for one in done for marker in one.markers]
        removed = self.files.remove_all([self.path(marker) for _, marker in marked])
        kept = {id(one): outcome for (one, _), outcome in zip(marked, removed, strict=True) if not _is_good(outcome)}
        moved = only(done, lambda one: id(one) not in kept, self._move_away)
        return [kept.get(id(one), None if _is_good(outcome) else outcome) for one, outcome in zip(done, moved, strict=True)]

    def _move_away(self, done: Sequence[Archive]) -> Outcomes:
        """Archive, else delete, else leave: as the profile says, and down that list where the server forbids it."""
        match self.settings.after:
            case "keep":
                return only(done, lambda one: one.at != one.row.path, self._give_back)
            case "archive":
                archived = self._to_archive(done)
                refused = {id(one) for one, outcome in zip(done, archived, strict=True) if not _is_good(outcome)}
                return only(done, lambda one: id(one) in refused, self._remove)
            case _:
                return self._remove(done)

    def _give_back(self, done: Sequence[Archive]) -> Outcomes:
        return self.files.rename_all([(self.path(one.at), self.path(one.row.path)) for one in done], replace=False)

    def _remove(self, done: Sequence[Archive]) -> Outcomes:
        return self.files.remove_all([self.path(one.at) for one in done])

    def _to_archive(self, done: Sequence[Archive]) -> Outcomes:
        settings = self.settings
        targets = [self.path(archive_name(one.row.path, one.row.claim_id, one.row.first_seen, settings)) for one in done]
        try:
            for target in targets:
                self._make_folder_of(target)
        except UnreachableError:
            raise
        except SftpError as error:
            return [error] * len(done)
        return self.files.rename_all([(self.path(one.at), target) for one, target in zip(done, targets, strict=True)], replace=True)

    def _make_folder_of(self, path: bytes) -> None:
        folder = path.rpartition(b"/")[0]
        if folder not in self.known:
            self.files.make_folders(folder)
            self.known.add(folder)


def _change(take: Take, now: RemoteFile | SftpError | None) -> SftpError | None:
    if isinstance(now, SftpError):
        return now
    is_same = now is not None and (now.size, now.mtime) == (take.row.size, take.row.mtime)
    return None if is_same else FileChangedError(Operation.READ)


def _is_good(outcome: SftpError | None) -> bool:
    return outcome is None or isinstance(outcome, VanishedError)
