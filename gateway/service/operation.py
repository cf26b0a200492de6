"""What one operation of an administrator is: its address, its arguments, and what does it. The tables are made of these."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from gateway.errors import Cause
from gateway.pipeline.context import Context

__all__ = ["SAYS_SOMETHING", "Arguments", "Decision", "Operation"]


#: one character at least that can be seen
SAYS_SOMETHING: Final = r"[^\s\x00-\x1f\x7f-\x9f]"


class Arguments(BaseModel):
    """What an operation is given besides the id in its address; by itself nothing."""

    model_config = ConfigDict(extra="forbid")


class Decision(Arguments):
    """What a person decided, and why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


Call = Callable[[Context, str, Any], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `call` gets the id of the address, "" where it has none, and the arguments."""

    method: str
    path: str  #: below /admin/v1; `{id}` where it is about one thing
    summary: str
    call: Call
    arguments: type[Arguments] = Arguments
    body_bytes: int = 64 * 1024  #: the largest body taken
    causes: tuple[Cause, ...] = ()  #: refusals of its own
