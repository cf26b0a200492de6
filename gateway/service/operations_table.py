"""Every operation of an administrator: its name, address and arguments. The service routes by this table, the command line calls by it."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StringConstraints

from gateway import operations
from gateway.errors import Cause
from gateway.operations.replay import MODES
from gateway.operations.revisions import history
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Decision, Operation
from gateway.service.operations_access import ACCESS
from gateway.service.operations_acks import ACKS
from gateway.service.operations_as2 import AS2
from gateway.service.operations_batches import BATCHES
from gateway.service.operations_certificates import CERTIFICATES
from gateway.service.operations_control import CONTROL
from gateway.service.operations_destinations import DESTINATIONS
from gateway.service.operations_documents import DOCUMENTS
from gateway.service.operations_feed import CONSUMERS
from gateway.service.operations_folders import FOLDERS
from gateway.service.operations_held import HELD
from gateway.service.operations_keeping import KEEPING
from gateway.service.operations_replay import REPLAYS
from gateway.states import DocumentState, TransactionSetState
from maps.crossref import Kind
from maps.crossref.sheet import COLUMNS
from partners.load import read_files

__all__ = ["OPERATIONS"]

_STATES: Final = tuple(dict.fromkeys([*map(str, DocumentState), *map(str, TransactionSetState)]))


def _known(state: str) -> str:
    if state not in _STATES:
        raise ValueError(f"one of {', '.join(_STATES)}")
    return state


def _no_truth(value: Any) -> Any:
    """`true` would be the revision 1."""
    if isinstance(value, bool):
        raise ValueError("a whole number is expected")  # noqa: TRY004 - pydantic makes a fault of it
    return value


Revision = Annotated[int, Field(ge=1, lt=2**31), BeforeValidator(_no_truth)]
KnownKind = Annotated[str, StringConstraints(pattern=f"^({'|'.join(Kind)})$")]
KnownColumn = Annotated[str, StringConstraints(pattern=f"^({'|'.join(COLUMNS)})$")]
KnownState = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(_STATES)})]


class Search(Arguments):
    """What is known of the documents looked for."""

    po: str | None = Field(default=None, description="Purchase order number, or any other business number.")
    partner: str | None = None
    type: str | None = Field(default=None, description="Order, ShipNotice")
    state: KnownState | None = None
    correlation: str | None = None
    limit: int = Field(default=50, ge=1, le=10_000)
    after: str | None = Field(default=None, description="The `next` of the page before.")


class Replay(Decision):
    """Doing it over: from the stored bytes (restart), the same once more (retry), or as something new (duplicate)."""

    mode: Annotated[str, StringConstraints(pattern=f"^({'|'.join(MODES)})$")] = "restart"


class References(Arguments):
    """Which cross references."""

    partner: str | None = Field(default=None, max_length=80, description="A partner, or `*` for rows of every partner.")
    kind: KnownKind | None = None


class UnknownValues(References):
    """Which part of the work list."""

    solved: bool = Field(default=False, description="What was known already instead.")
    limit: int = Field(default=200, ge=1, le=10_000)


class Change(Arguments):
    """Who changes cross references, and why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"
    dry_run: StrictBool = Field(default=False, description="Only say what would change.")


class Sheet(Change):
    """A sheet of cross references (CSV), taken over as a whole or not at all."""

    sheet: str = Field(min_length=1)
    partner: str | None = Field(default=None, max_length=80, description="For a sheet without this column.")
    kind: KnownKind | None = Field(default=None, description="For a sheet without this column.")
    replace: StrictBool = Field(default=False, description="What is there of its partners and kinds, and not in it, goes.")


class ReferenceRow(Change):
    """One cross reference, by the columns of a sheet."""

    row: dict[KnownColumn, Annotated[str, StringConstraints(max_length=200)]] = Field(json_schema_extra={"additionalProperties": False})
    remove: StrictBool = Field(default=False, description="Remove this row instead.")


class Rollback(Decision):
    """Going back to an earlier revision of the workspace."""

    to: Revision | None = Field(default=None, description="The revision; the one before when absent.")


async def _plan(context: Context, _id: str, _arguments: Arguments) -> dict[str, Any]:
    return await operations.plan(context, await asyncio.to_thread(read_files, context.root))


async def _apply(context: Context, _id: str, a: Decision) -> dict[str, Any]:
    files = await asyncio.to_thread(read_files, context.root)
    return await operations.apply(context, files, by=a.by, reason=a.reason)


async def _import(context: Context, _id: str, a: Sheet) -> dict[str, Any]:
    return await operations.xref_import(
        context, a.sheet, partner=a.partner, kind=a.kind, replace=a.replace, dry_run=a.dry_run, by=a.by, reason=a.reason
    )


async def _set(context: Context, _id: str, a: ReferenceRow) -> dict[str, Any]:
    return await operations.xref_set(context, a.row, remove=a.remove, dry_run=a.dry_run, by=a.by, reason=a.reason)


async def _unknown(context: Context, _id: str, a: UnknownValues) -> dict[str, Any]:
    return await operations.xref_unknown(context, partner=a.partner, kind=a.kind, solved=a.solved, limit=a.limit)


async def _search(context: Context, _id: str, a: Search) -> dict[str, Any]:
    return await operations.search(
        context, po=a.po, partner=a.partner, document_type=a.type, state=a.state, correlation=a.correlation, limit=a.limit, after=a.after
    )


_FAULTY: Final = (Cause.CROSS_REFERENCES_INVALID,)
OPERATIONS: Final[Mapping[str, Operation]] = {
    "status": Operation("GET", "/status", "What stands where, and what waits", lambda c, _, __: operations.status(c)),
    "counts": Operation("GET", "/counts", "Whether anything is missing", lambda c, _, __: operations.counts(c)),
    "search": Operation("GET", "/documents", "Find documents", _search, Search),
    "show": Operation("GET", "/things/{id}", "One thing with all that belongs to it", lambda c, id_, _: operations.show(c, id_)),
    "timeline": Operation("GET", "/timelines/{id}", "The story of a number or an id", lambda c, id_, _: operations.timeline(c, id_)),
    "release": Operation(
        "POST", "/things/{id}/release", "Let it go on", lambda c, id_, a: operations.release(c, id_, a.reason, by=a.by), Decision
    ),
    "reject": Operation(
        "POST", "/things/{id}/reject", "Put it aside for good", lambda c, id_, a: operations.reject(c, id_, a.reason, by=a.by), Decision
    ),
    "resend": Operation(
        "POST", "/things/{id}/resend", "Send the same bytes again", lambda c, id_, a: operations.resend(c, id_, a.reason, by=a.by), Decision
    ),
    "replay": Operation(
        "POST", "/things/{id}/replay", "Do it over", lambda c, id_, a: operations.replay(c, id_, a.reason, a.mode, by=a.by), Replay
    ),
    "plan": Operation("GET", "/plan", "What apply would change: the files of the workspace against the revision in force", _plan),
    "apply": Operation("POST", "/apply", "Put the files of the workspace in force", _apply, Decision),
    "rollback": Operation("POST", "/rollback", "Go back", lambda c, _, a: operations.rollback(c, a.to, by=a.by, reason=a.reason), Rollback),
    "xref-import": Operation(
        "POST", "/cross-references/import", "Take a sheet of cross references over", _import, Sheet, 64 * 1024 * 1024, _FAULTY
    ),
    "xref-export": Operation(
        "GET",
        "/cross-references/export",
        "Cross references as a sheet",
        lambda c, _, a: operations.xref_export(c, partner=a.partner, kind=a.kind),
        References,
    ),
    "xref-set": Operation("POST", "/cross-references", "Store or remove one cross reference", _set, ReferenceRow, causes=_FAULTY),
    "xref-unknown": Operation("GET", "/cross-references/unknown", "Values that no cross reference names", _unknown, UnknownValues),
    "history": Operation("GET", "/revisions", "Who put what in force, when and why", lambda c, _, __: history(c)),
    **ACKS,
    **AS2,
    **CERTIFICATES,
    **DESTINATIONS,
    **DOCUMENTS,
    **FOLDERS,
    **HELD,
    **CONSUMERS,
    **ACCESS,
    **BATCHES,
    **CONTROL,
    **REPLAYS,
    **KEEPING,
}
