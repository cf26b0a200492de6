"""Every operation of an administrator: its name, address and arguments. The service routes by this table, the command line calls by it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway import operations
from gateway.operations.replay import MODES
from gateway.operations.revisions import history
from gateway.pipeline.context import Context
from gateway.states import DocumentState, TransactionSetState
from partners.load import read_files

__all__ = ["OPERATIONS", "Arguments", "Operation"]

_STATES: Final = tuple(dict.fromkeys([*map(str, DocumentState), *map(str, TransactionSetState)]))


def _known(state: str) -> str:
    if state not in _STATES:
        raise ValueError(f"one of {', '.join(_STATES)}")
    return state


KnownState = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(_STATES)})]


class Arguments(BaseModel):
    """What an operation is given besides the id in its address; by itself nothing."""

    model_config = ConfigDict(extra="forbid")


class Page(Arguments):
    """How much to list."""

    limit: int = Field(default=200, ge=1, le=10_000)


class Search(Arguments):
    """What is known of the documents looked for."""

    po: str | None = Field(default=None, description="Purchase order number, or any other business number.")
    partner: str | None = None
    type: str | None = Field(default=None, description="Order, ShipNotice")
    state: KnownState | None = None
    correlation: str | None = None
    limit: int = Field(default=50, ge=1, le=10_000)
    after: str | None = Field(default=None, description="The `next` of the page before.")


class Decision(Arguments):
    """What a person decided, and why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


class Replay(Decision):
    """Doing it over: from the stored bytes (restart), the same once more (retry), or as something new (duplicate)."""

    mode: Annotated[str, StringConstraints(pattern=f"^({'|'.join(MODES)})$")] = "restart"


class Rollback(Decision):
    """Going back to an earlier revision of the workspace."""

    to: int | None = Field(default=None, ge=1, lt=2**31, description="The revision; the one before when absent.")


Call = Callable[[Context, str, Any], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `call` gets the id of the address, "" where it has none, and the arguments."""

    method: str
    path: str  #: below /admin/v1; `{id}` where it is about one thing
    summary: str
    call: Call
    arguments: type[Arguments] = Arguments


async def _plan(context: Context, _id: str, _arguments: Arguments) -> dict[str, Any]:
    return await operations.plan(context, await asyncio.to_thread(read_files, context.root))


async def _apply(context: Context, _id: str, a: Decision) -> dict[str, Any]:
    files = await asyncio.to_thread(read_files, context.root)
    return await operations.apply(context, files, by=a.by, reason=a.reason)


async def _search(context: Context, _id: str, a: Search) -> dict[str, Any]:
    return await operations.search(
        context, po=a.po, partner=a.partner, document_type=a.type, state=a.state, correlation=a.correlation, limit=a.limit, after=a.after
    )


OPERATIONS: Final[Mapping[str, Operation]] = {
    "status": Operation("GET", "/status", "What stands where, and what waits", lambda c, _, __: operations.status(c)),
    "counts": Operation("GET", "/counts", "Whether anything is missing", lambda c, _, __: operations.counts(c)),
    "search": Operation("GET", "/documents", "Find documents", _search, Search),
    "show": Operation("GET", "/things/{id}", "One thing with all that belongs to it", lambda c, id_, _: operations.show(c, id_)),
    "timeline": Operation("GET", "/timelines/{id}", "The story of a number or an id", lambda c, id_, _: operations.timeline(c, id_)),
    "held": Operation("GET", "/held", "What waits for a person", lambda c, _, a: operations.held(c, limit=a.limit), Page),
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
    "history": Operation("GET", "/revisions", "Who put what in force, when and why", lambda c, _, __: history(c)),
}
