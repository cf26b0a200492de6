"""The trace that the work of the moment belongs to (W3C Trace Context): taken in with a request, kept with jobs and events, sent on.

Here is only its name, as the header `traceparent` has it; spans are `gateway.tracing`. What is not traced costs a look at one variable.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

__all__ = ["HEADER", "KEY", "accepted", "begun_here", "carried", "current", "followed", "following", "headers", "ids"]

HEADER: Final = "traceparent"
KEY: Final = "traceparent"  #: in the parameters of a job and the data of an event
#: version, trace, span, flags; later versions may say more behind these
_FORM: Final = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?", re.ASCII)
_current: Final[ContextVar[str]] = ContextVar("traceparent", default="")
_begun_here: Final[ContextVar[bool]] = ContextVar("begun_here", default=False)
T = TypeVar("T")
A = TypeVar("A")


def accepted(text: str | None) -> str:
    """A `traceparent` that somebody sent, in the form of version 00; "" where it is none, as the standard wants it ignored."""
    found = _FORM.fullmatch(text.strip()) if text and len(text) < 256 else None
    if found is None or (found[1] == "00" and len(found[0]) != 55):
        return ""
    return f"00-{found[2]}-{found[3]}-{found[4]}"


def current() -> str:
    """The `traceparent` of the work that is being done; "" when it is not traced."""
    return _current.get()


def begun_here() -> bool:
    """Whether the trace began with the request that is being answered, because that came with none."""
    return _begun_here.get()


def ids() -> tuple[str, str]:
    """The ids of the trace and of the span, in hex; empty when nothing is traced."""
    traceparent = _current.get()
    return (traceparent[3:35], traceparent[36:52]) if traceparent else ("", "")


def headers() -> dict[str, str]:
    """What a request to others carries."""
    traceparent = _current.get()
    return {HEADER: traceparent} if traceparent else {}


def followed(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The parameters of a job, or the data of an event, with the trace that they belong to; one that is named already stays."""
    traceparent = _current.get()
    return {KEY: traceparent, **(data or {})} if traceparent else data


@contextmanager
def following(traceparent: str, *, begun: bool = False) -> Iterator[None]:
    """What is done in here belongs to this trace, or to none. `begun`: nobody asked for it, it begins here."""
    token, before = _current.set(traceparent), _begun_here.set(begun)
    try:
        yield
    finally:
        _begun_here.reset(before)
        _current.reset(token)


def carried(work: Callable[[A], T]) -> Callable[[A], T]:
    """A function for another thread that belongs to the trace of this one."""
    traceparent = _current.get()
    if not traceparent:
        return work
    begun = _begun_here.get()

    def followed_there(argument: A) -> T:
        with following(traceparent, begun=begun):
            return work(argument)

    return followed_there
