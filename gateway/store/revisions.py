"""The numbered revisions of the workspace: whole sets of files, newest in force, none ever changed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from gateway.store.ending import REVISION, wake
from gateway.store.schema import Revision, RevisionFile

__all__ = ["add_revision", "digest_of", "files_of", "history", "newest"]

_revision, _file = Revision.table(), RevisionFile.table()


def digest_of(files: Mapping[str, bytes]) -> str:
    """One digest of all paths and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{len(path.encode())}:{path}:{len(files[path])}:".encode())
        digest.update(files[path])
    return digest.hexdigest()


def newest(connection: Connection) -> int:
    """The number of the revision in force; 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(_revision.c.number), 0))).scalar_one())


def files_of(connection: Connection, number: int) -> dict[str, bytes]:
    """The files of a revision; none when there is no such revision."""
    rows = connection.execute(select(_file.c.path, _file.c.content).where(_file.c.number == number).order_by(_file.c.path))
    return {row.path: row.content for row in rows}


def add_revision(connection: Connection, files: Mapping[str, bytes], *, by: str, reason: str, now: datetime) -> int:
    """Store files as the next revision. Gives its number."""
    number = newest(connection) + 1
    connection.execute(insert(_revision), {"number": number, "at": now, "by": by, "reason": reason, "digest": digest_of(files)})
    if files:
        connection.execute(insert(_file), [{"number": number, "path": path, "content": content} for path, content in files.items()])
    wake(connection, REVISION)
    return number


def history(connection: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """The revisions, the newest first."""
    rows = connection.execute(select(_revision).order_by(_revision.c.number.desc()).limit(limit)).mappings()
    return [dict(row) for row in rows]
