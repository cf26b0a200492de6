"""The operations about what is kept, and for how long."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, StrictBool, StringConstraints

from gateway.operations.deep import CHECKS, look
from gateway.operations.retention import keep, kept, let_go, retain
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Decision, Operation

__all__ = ["KEEPING"]


class Deep(Arguments):
    """Which check, and where to go on."""

    check: Annotated[str, StringConstraints(pattern=f"^({'|'.join(CHECKS)})$")]
    after: Annotated[str, StringConstraints(max_length=64)] = Field(default="", description="The `next` of the answer before.")
    repair: StrictBool = Field(default=False, description="Mend what can safely be mended.")
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


class Retain(Arguments):
    """How to run."""

    dry_run: StrictBool = Field(default=False, description="Only count what would go.")
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


async def _deep(context: Context, _id: str, a: Deep) -> dict[str, Any]:
    return await look(context, a.check, after=a.after, repair=a.repair, by=a.by)


async def _retain(context: Context, _id: str, a: Retain) -> dict[str, Any]:
    return await retain(context, dry_run=a.dry_run, by=a.by)


async def _keep(context: Context, id_: str, a: Decision) -> dict[str, Any]:
    return await keep(context, id_, a.reason, by=a.by)


async def _let_go(context: Context, id_: str, a: Decision) -> dict[str, Any]:
    return await let_go(context, id_, a.reason, by=a.by)


KEEPING: Final[Mapping[str, Operation]] = {
    "deep": Operation("POST", "/store/checks", "What must always be so in the store: one check, or a part of it", _deep, Deep),
    "retention-run": Operation("POST", "/retention/run", "Remove what has had its time, or say what would go", _retain, Retain),
    "retention-kept": Operation("GET", "/retention/kept", "What is kept whatever its age", lambda c, _, __: kept(c)),
    "retention-keep": Operation("POST", "/retention/kept/{id}", "Keep it whatever its age", _keep, Decision),
    "retention-release": Operation("POST", "/retention/released/{id}", "Keep it no longer than others", _let_go, Decision),
}
