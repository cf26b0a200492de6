"""Cross references as people change them: whole sheets or single rows, what is unknown, and what goes on once it is known."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.crossref import rejudge_later
from gateway.plural import counted
from gateway.store import crossref, unknown
from gateway.store.crossref import Changes
from gateway.store.schema.base import utc_text
from maps.crossref import EVERYONE, Row, sheet
from maps.crossref.sheet import SheetFault

__all__ = ["xref_export", "xref_import", "xref_set", "xref_unknown"]

Lines = Sequence[tuple[int, Row]]


async def xref_import(
    context: Context,
    text: str,
    *,
    partner: str | None = None,
    kind: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
    by: str = "operator",
    reason: str = "",
) -> dict[str, Any]:
    """Take a CSV sheet over, whole or not at all. `partner` and `kind` stand for columns that it does not have; with `replace` what is
    there of its partners and kinds and not in it goes. Raises Refusal with every fault and its line.
    """
    usual = {name: value for name, value in (("partner", partner), ("kind", kind)) if value is not None}
    read = await asyncio.to_thread(sheet.read, text, usual)
    faults = [*read.faults, *_strangers(context, read.rows)]
    if not faults and not read.rows:
        faults = [SheetFault(0, "", "no row is in it")]
    if faults:
        raise _refused(faults)
    return await _change(context, read.rows, (), replace=replace, dry_run=dry_run, by=by, reason=reason)


async def xref_set(
    context: Context, said: Mapping[str, str], *, remove: bool = False, dry_run: bool = False, by: str = "operator", reason: str = ""
) -> dict[str, Any]:
    """Store one row, said by column, in place of the one that is the same but for what it answers; or remove it. Raises Refusal."""
    row = sheet.row_of(said)
    if not isinstance(row, Row):
        raise _refused([SheetFault(0, column, message) for column, message in row])
    lines = [(0, row)]
    if faults := _strangers(context, lines):
        raise _refused(faults)
    return await _change(context, () if remove else lines, lines if remove else (), replace=False, dry_run=dry_run, by=by, reason=reason)


async def xref_export(context: Context, *, partner: str | None = None, kind: str | None = None) -> dict[str, Any]:
    """All rows, or those of a partner or kind, as a sheet that `xref_import` takes."""
    rows = await context.store.read(lambda connection: crossref.listed(connection, partner, kind))
    return {"rows": len(rows), "sheet": await asyncio.to_thread(sheet.write, rows)}


async def xref_unknown(
    context: Context, *, partner: str | None = None, kind: str | None = None, solved: bool = False, limit: int = 200
) -> dict[str, Any]:
    """The work list: each value that no row names, how often and where it was seen, and how many documents wait for it."""
    most = min(limit, context.settings.limits.page)
    rows = await context.store.read(lambda c: unknown.listed(c, partner=partner, kind=kind, solved=solved, limit=most))
    return {"unknown": [_view(row) for row in rows]}


def _view(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "partnerId": row["partner"],
        "kind": row["kind"],
        "direction": row["direction"],
        "value": row["value"],
        "keys": row["keys"] or {},
        "also": row["also"] or [],
        "policy": row["policy"],
        "firstSeen": utc_text(row["first_seen"]),
        "lastSeen": utc_text(row["last_seen"]),
        "documents": row["documents"],
        "waiting": row["waiting"],
        "examples": row["examples"] or [],
        **({"solvedAt": utc_text(row["solved_at"])} if row["solved_at"] else {}),
    }


async def _change(context: Context, rows: Lines, removed: Lines, *, replace: bool, dry_run: bool, by: str, reason: str) -> dict[str, Any]:
    """The change with all that follows from it, in one transaction: what waited for these values is looked at again."""
    now = context.now()

    def plan(connection: Connection) -> Changes:
        changes = crossref.changes_of(connection, [row for _, row in rows], replace=replace, remove=[row for _, row in removed])
        if changes.contradictions:
            raise _refused(_contradictions(changes, rows))
        if removed and not changes.removed:
            raise Refusal(Cause.NOT_FOUND, "there is no such row")
        return changes

    def work(connection: Connection) -> dict[str, Any]:
        changes = plan(connection)
        crossref.store(connection, changes, by=by, reason=reason, now=now)
        freed = unknown.solve(connection, [*changes.added, *changes.changed], _days(now.date()), now)
        for document_id in sorted(freed):
            rejudge_later(connection, document_id, now)
        return _counts(changes, dry_run=False, again=len(freed))

    if dry_run:
        return _counts(await context.store.read(plan), dry_run=True, again=0)
    context.on_step("xref.store")
    answer = await context.store.write(work)
    context.signals.work.set()
    return answer


def _days(today: date) -> tuple[date, ...]:
    """Every day that it is now somewhere: the zone of the partner decides when the document is looked at."""
    return tuple(today + timedelta(days) for days in (-1, 0, 1))


def _counts(changes: Changes, *, dry_run: bool, again: int) -> dict[str, Any]:
    counts = {name: len(getattr(changes, name)) for name in ("added", "changed", "removed")}
    return {**counts, "dryRun": dry_run, "lookedAtAgain": again}


def _strangers(context: Context, rows: Lines) -> list[SheetFault]:
    known = {*context.workspace.partners, EVERYONE}
    return [SheetFault(line, "partner", "no partner has this id; `*` is every partner") for line, row in rows if row.partner not in known]


def _contradictions(changes: Changes, rows: Lines) -> list[SheetFault]:
    lines = {row.identity: line for line, row in rows}
    faults = []
    for one, other in changes.contradictions:
        at = [lines[row.identity] for row in (one, other) if row.identity in lines]
        what = f"line {at[0]}" if len(at) > 1 and at[0] else "a row that is there"
        message = f"answers the same as {what} with something else: make one of them preferred, or end it"
        faults.append(SheetFault(at[-1] if at else 0, "preferred", message))
    return faults


def _refused(faults: Sequence[SheetFault]) -> Refusal:
    told = [{"line": fault.line, "column": fault.column, "message": fault.message} for fault in faults]
    return Refusal(Cause.CROSS_REFERENCES_INVALID, f"{counted(len(told), 'fault')}; nothing was taken over", faults=told)
