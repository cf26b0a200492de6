"""The operations about control numbers."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from gateway.operations.control import control_set_next, control_set_seen, control_show
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Decision, Operation
from partners.numbering import HIGHEST

__all__ = ["CONTROL"]

Number = Annotated[int, Field(ge=1, le=HIGHEST["edifact"])]


class OfPartner(Arguments):
    """Whose; absent: everybody's."""

    partner: str | None = None


class Seen(Decision):
    """The last number of a sender. `agreement` tells which sequence, where the partner has several."""

    number: Number
    agreement: str | None = None
    usage: Literal["test", "live"] | None = None


class Next(Seen):
    """The number that is given out next. `force` goes back to numbers that were given out."""

    kind: Literal["interchange", "group", "set"] = "interchange"
    force: bool = False


async def _next(context: Context, partner: str, a: Next) -> dict[str, Any]:
    return await control_set_next(
        context, partner, a.number, kind=a.kind, agreement=a.agreement, usage=a.usage, force=a.force, by=a.by, reason=a.reason
    )


async def _seen(context: Context, partner: str, a: Seen) -> dict[str, Any]:
    return await control_set_seen(context, partner, a.number, agreement=a.agreement, usage=a.usage, by=a.by, reason=a.reason)


async def _show(context: Context, _id: str, a: OfPartner) -> dict[str, Any]:
    return await control_show(context, partner=a.partner)


CONTROL: Final[Mapping[str, Operation]] = {
    "control-show": Operation("GET", "/control-numbers", "Control numbers, ours and theirs, and what is missing", _show, OfPartner),
    "control-set-next": Operation("POST", "/partners/{id}/control-numbers/next", "Say which number of ours comes next", _next, Next),
    "control-set-seen": Operation("POST", "/partners/{id}/control-numbers/seen", "Say which number of theirs was the last", _seen, Seen),
}
