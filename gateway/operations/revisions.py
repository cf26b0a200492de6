"""The workspace as numbered revisions: `plan` shows what would change, `apply` puts it in force at once, `rollback` goes back."""

import asyncio
import difflib
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.pipeline.active import Active, Checked, check_files
from gateway.pipeline.batching import reschedule
from gateway.pipeline.context import Context
from gateway.plural import counted
from gateway.store import revisions
from gateway.store.schema.base import utc_text

__all__ = ["apply", "history", "plan", "rollback"]

Files = Mapping[str, bytes]

_LINES: Final = 200  #: of a diff; what is longer is read in an editor
_CONTEXT: Final = 2


async def plan(context: Context, files: Files) -> dict[str, Any]:
    """What `apply` would do with these files: every fault in them, and every change against the revision in force."""
    number, current = await context.store.read(_in_force)
    checked = await asyncio.to_thread(check_files, files)
    changes = await asyncio.to_thread(_changes, current, files, frozenset(fault.file for fault in checked.faults))
    return {"revision": number, "valid": not checked.faults, "faults": _faults(checked), "changes": changes}


async def apply(context: Context, files: Files, *, by: str, reason: str) -> dict[str, Any]:
    """Store the files as the next revision and use it from now on. Files that are in force already make no revision.

    Raises Refusal with every fault in them.
    """
    return await _put_in_force(context, dict(files), by, reason)


async def rollback(context: Context, to: int | None = None, *, by: str, reason: str) -> dict[str, Any]:
    """Put an earlier revision's files in force, as a new revision; without a number, those of the one before. Raises Refusal."""

    def find(connection: Connection) -> dict[str, bytes]:
        number = to if to is not None else revisions.newest(connection) - 1
        return revisions.files_of(connection, number)

    files = await context.store.read(find)
    if not files:
        raise Refusal(Cause.NOT_FOUND, "there is no such revision")
    return await _put_in_force(context, files, by, reason)


async def history(context: Context) -> dict[str, Any]:
    """Who put what in force, when and why; the newest first."""
    rows = await context.store.read(revisions.history)
    return {"revisions": [{**row, "at": utc_text(row["at"]), "inForce": row["number"] == context.active.number} for row in rows]}


async def _put_in_force(context: Context, files: dict[str, bytes], by: str, reason: str) -> dict[str, Any]:
    checked = await asyncio.to_thread(check_files, files)
    if checked.workspace is None or checked.maps is None:
        raise Refusal(Cause.WORKSPACE_INVALID, f"{counted(len(checked.faults), 'fault')}; nothing was applied", faults=_faults(checked))
    now, workspace = context.now(), checked.workspace
    context.on_step("apply.store")

    def store(connection: Connection) -> tuple[int, dict[str, bytes], bool]:
        number, current = _in_force(connection)
        if number and revisions.digest_of(current) == revisions.digest_of(files):
            return number, current, False
        reschedule(connection, workspace, now)
        return revisions.add_revision(connection, files, by=by, reason=reason, now=now), current, True

    number, current, is_new = await context.store.write(store)
    if is_new:
        context.active = Active(number, checked.workspace, checked.maps)
        context.person_decided()
    return {"revision": number, "changed": is_new, "changes": await asyncio.to_thread(_changes, current, files) if is_new else []}


def _in_force(connection: Connection) -> tuple[int, dict[str, bytes]]:
    number = revisions.newest(connection)
    return number, revisions.files_of(connection, number)


def _faults(checked: Checked) -> list[dict[str, Any]]:
    return [{"file": fault.file, "path": fault.path, "message": fault.message} for fault in checked.faults]


def _changes(current: Files, files: Files, faulty: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Each file that differs. The lines of a faulty one are not shown: a secret may stand where its name should."""
    changes = []
    for path in sorted({*current, *files}):
        before, after = current.get(path), files.get(path)
        if before == after:
            continue
        change = "added" if before is None else "removed" if after is None else "changed"
        changes.append({"file": path, "change": change, "diff": [] if path in faulty else _diff(before or b"", after or b"")})
    return changes


def _diff(before: bytes, after: bytes) -> list[str]:
    old, new = before.decode("utf-8", "replace").splitlines(), after.decode("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=_CONTEXT))[2:]
    return lines[:_LINES]
