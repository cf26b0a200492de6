"""A backup: a folder, or one tar file, with a copy of the database, the payload files, the workspace, and a manifest with their digests.

Secrets are never in it: the workspace holds references, and keys that lie beside certificates stay out (`partners.load.read_files`).
"""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.payload import PACKED, StoredPayload
from gateway.store.keeping.copies import SQLITE_FILE, copy_from_server, copy_sqlite, named_files
from gateway.store.payload_writer import move_into_place
from gateway.store.postgresql import Postgresql
from gateway.store.schema.base import from_utc_text, utc_text

__all__ = ["ArchiveError", "Manifest", "bring_payloads", "make", "opened", "verify"]

_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_BLOCK: Final = 1 << 20


class ArchiveError(Exception):
    """The backup cannot be made or used; says why, with names of files and nothing of what is in them."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup. `files` are those of database and workspace with size and digest; payload files are named by theirs."""

    made_at: datetime
    release: str
    database: str  #: "sqlite", "postgresql"
    revision: str  #: of the schema
    files: Mapping[str, tuple[int, str]]
    payloads: int
    payload_bytes: int  #: as they are stored


def make(
    target: Path, source: Path | Postgresql, payloads: Path, workspace: Mapping[str, bytes], *, now: datetime, release: str
) -> Manifest:
    """Write a backup; what is under way or breaks off has another name. `target` is a folder that is not there, or ends in `.tar`.

    Raises ArchiveError, OSError, and what the database raises.
    """
    if target.exists():
        raise ArchiveError(f"{target} is there already")
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        manifest = _fill(made, source, payloads, workspace, now, release)
        if target.suffix == ".tar":
            packed = made.with_name(f"{made.name}.tar")
            with tarfile.open(packed, "w") as tar:
                tar.add(made, arcname="backup")
            _synced(packed)
            packed.rename(target)
        else:
            made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    _synced(target.parent)
    return manifest


def _fill(made: Path, source: Path | Postgresql, payloads: Path, workspace: Mapping[str, bytes], now: datetime, release: str) -> Manifest:
    # Files first, then the database, then the files that came meanwhile: what retention removes after the copy is there all the same.
    _take_files(payloads, made / "payloads", (path for path in payloads.glob("??/*") if _digest_of(path)))
    database = made / "database"
    database.mkdir()
    if isinstance(source, Path):
        revision = copy_sqlite(source, database / SQLITE_FILE)
        named = list(named_files(database / SQLITE_FILE))
    else:
        revision, named = copy_from_server(source, database)
    there = {_digest_of(path): path for path in (made / "payloads").glob("??/*")}
    _take_files(payloads, made / "payloads", (found for digest, _ in named if digest not in there and (found := _stored(payloads, digest))))
    for name, content in workspace.items():
        place = made / "workspace" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    wanted = {digest for digest, _ in named}
    count, size = 0, 0
    for path in list((made / "payloads").glob("??/*")):
        if _digest_of(path) in wanted:
            count, size = count + 1, size + path.stat().st_size
        else:
            path.unlink()  # of no row: kept ahead of a transaction that is not in the copy
    files = {path.relative_to(made).as_posix(): _measure(path) for part in ("database", "workspace") for path in _files_in(made / part)}
    manifest = Manifest(now, release, "sqlite" if isinstance(source, Path) else "postgresql", revision, files, count, size)
    text = json.dumps({"format": _FORMAT, **asdict(manifest), "made_at": utc_text(now)}, indent=1)
    (made / _MANIFEST).write_text(text + "\n")
    for path in (*_files_in(made / "database"), made / _MANIFEST, made):
        _synced(path)
    return manifest


def _take_files(payloads: Path, target: Path, found: Iterable[Path]) -> None:
    """By a second name where that is possible: nobody changes a payload file."""
    target.mkdir(exist_ok=True)
    for path in found:
        place = target / path.relative_to(payloads)
        place.parent.mkdir(exist_ok=True)
        try:
            os.link(path, place)
        except FileNotFoundError:
            continue
        except OSError:  # another disk, or one without such names
            shutil.copyfile(path, place)
            _synced(place)


@contextmanager
def opened(archive: Path, scratch: Path) -> Iterator[tuple[Path, Manifest]]:
    """The folder and the manifest of a backup; a tar file is unpacked into `scratch` for as long. Raises ArchiveError, OSError."""
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".restore-") as place:
        folder = archive
        if archive.is_file():
            try:
                with tarfile.open(archive) as tar:
                    tar.extractall(place, filter="data")
            except tarfile.TarError as fault:
                raise ArchiveError(f"{archive} is no whole tar file ({type(fault).__name__})") from fault
            folder = Path(place) / "backup"
        try:
            told: dict[str, Any] = json.loads((folder / _MANIFEST).read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError) as fault:
            raise ArchiveError(f"{archive} has no {_MANIFEST}: it is no backup, or not a whole one") from fault
        if told.pop("format", None) != _FORMAT:
            raise ArchiveError("another release made it, with a format that is not known here")
        told["made_at"] = from_utc_text(told["made_at"])
        told["files"] = {path: (size, digest) for path, (size, digest) in told["files"].items()}
        yield folder, Manifest(**told)


def verify(folder: Path, manifest: Manifest) -> None:
    """Whether every file is there as it was. Raises ArchiveError, OSError."""
    for name, (size, digest) in manifest.files.items():
        if not (folder / name).is_file() or _measure(folder / name) != (size, digest):
            raise ArchiveError(f"{name} is missing or not as it was")
    there = 0
    for path in (folder / "payloads").glob("??/*"):
        found = hashlib.sha256()
        try:
            for block in StoredPayload("", 0, path).blocks():
                found.update(block)
        except OSError as fault:
            raise ArchiveError(f"payloads/{path.parent.name}/{path.name} is damaged") from fault
        if found.hexdigest() != _digest_of(path):
            raise ArchiveError(f"payloads/{path.parent.name}/{path.name} is not as it was")
        there += 1
    if there != manifest.payloads:
        raise ArchiveError(f"{manifest.payloads - there} payload files are missing")


def bring_payloads(folder: Path, payloads: Path) -> None:
    """The payload files of a backup into their folder; those that are there already stay."""
    for path in (folder / "payloads").glob("??/*"):
        place = payloads / path.parent.name / path.name.removesuffix(PACKED)
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, suffix=path.suffix)
        with os.fdopen(handle, "wb") as file, path.open("rb") as reading:
            shutil.copyfileobj(reading, file, _BLOCK)
            file.flush()
            os.fsync(file.fileno())
        move_into_place(Path(name), place)


def _stored(payloads: Path, digest: str) -> Path | None:
    plain = payloads / digest[:2] / digest[2:]
    return next((path for path in (plain.with_name(plain.name + PACKED), plain) if path.exists()), None)


def _digest_of(path: Path) -> str:
    """What a payload file is named by; empty for one that is not a whole payload."""
    digest = path.parent.name + path.name.removesuffix(PACKED)
    return digest if len(digest) == 64 else ""


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
