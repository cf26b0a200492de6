"""What a step of the pipeline ends in: done, again later, or a person decides (principle 13)."""

from dataclasses import dataclass

from gateway.errors import Cause, PermanentError, TransientError
from gateway.store.errors import StoreUnavailableError

__all__ = ["Done", "Hold", "Outcome", "Retry", "classify"]


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished and its effect is committed."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """The step could not be finished now. `after` is what the other side asked for, in seconds; None leaves it to the schedule."""

    cause: Cause
    detail: str = ""
    after: float | None = None
    unclear: bool = False  #: the other side may have it all the same
    at_last: Cause = Cause.RETRIES_EXHAUSTED  #: why it is held when no attempt is left


@dataclass(frozen=True, slots=True)
class Hold:
    """The step will not succeed by itself: it waits for a person, with a cause that names owner and next action."""

    cause: Cause
    detail: str = ""


Outcome = Done | Retry | Hold


def classify(fault: BaseException) -> Retry | Hold:
    """An exception as an outcome, by its type and never by its text. What is not known is held, not retried for ever."""
    if isinstance(fault, TransientError):
        return Retry(fault.cause, fault.detail, fault.after, fault.unclear)
    if isinstance(fault, PermanentError):
        return Hold(fault.cause, fault.detail)
    if isinstance(fault, StoreUnavailableError):
        return Retry(Cause.STORE_UNAVAILABLE, fault.detail)
    return Hold(Cause.INTERNAL_ERROR, type(fault).__name__)
