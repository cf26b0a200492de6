"""Payload files that no row names: kept before a transaction that never came, or left when their row went.

A file is removed only when it is older than a grace period. It is given another name first and looked at once more: who needs the same
bytes in that moment stamps the file anew (`move_into_place`), and finds it or writes its own.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from gateway.payload import PACKED
from gateway.store.payloads import GONE, PayloadFiles
from gateway.store.schema import Payload

__all__ = ["PayloadFile", "named", "remove", "walk"]

_payload = Payload.table()
_ASIDE: Final = ".gone-"  #: how names of files begin that are being removed


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """One file of the folder."""

    path: Path
    digest: str
    size: int  #: on disk
    mtime: float  #: seconds since 1970


def walk(payloads: PayloadFiles) -> Iterator[list[PayloadFile]]:
    """All files of payloads, folder by folder. What disappears meanwhile is left out; what another name has is nobody's business."""
    for folder in sorted(os.scandir(payloads.folder), key=lambda entry: entry.name):
        if len(folder.name) != 2 or not folder.is_dir(follow_symlinks=False):
            continue
        found = []
        for entry in os.scandir(folder.path):
            digest = folder.name + entry.name.removesuffix(PACKED)
            if len(digest) == 64 and entry.is_file(follow_symlinks=False):
                try:
                    about = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found.append(PayloadFile(Path(entry.path), digest, about.st_size, about.st_mtime))
        if found:
            yield found


def named(connection: Connection, files: list[PayloadFile]) -> set[str]:
    """The digests of those that a row names as its bytes."""
    digests = sorted({file.digest for file in files})
    found: set[str] = set()
    for start in range(0, len(digests), 400):
        some = _payload.c.sha256.in_(digests[start : start + 400])
        there = select(_payload.c.sha256).where(some, _payload.c.body.is_(None), _payload.c.encoding != GONE)
        found |= set(connection.execute(there).scalars())
    return found


def remove(file: PayloadFile, before: float) -> bool:
    """Remove a file that is older than a moment; False when somebody stamped it meanwhile. Raises OSError."""
    aside = file.path.with_name(_ASIDE + file.path.name)
    try:
        file.path.rename(aside)
    except FileNotFoundError:
        return False
    if aside.stat().st_mtime >= before:
        aside.rename(file.path)
        return False
    aside.unlink()
    return True
