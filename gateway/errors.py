"""The exceptions with which work cannot go on; each carries its cause from the closed table (`causes`, `cause_texts`)."""

from typing import Any

from gateway.cause_texts import CAUSES, CauseText
from gateway.causes import Cause

__all__ = ["CAUSES", "Cause", "CauseText", "PermanentError", "Refusal", "TransientError"]


class Refusal(Exception):
    """A request from outside is not taken; `service/problems` renders it as problem+json (RFC 9457)."""

    def __init__(
        self,
        cause: Cause,
        detail: str = "",
        *,
        faults: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail or CAUSES[cause].title)
        self.cause = cause
        self.detail = detail
        self.faults = faults or []
        self.retry_after = retry_after


class TransientError(Exception):
    """A transport or sink could not hand over now; worth trying again."""

    def __init__(self, cause: Cause, detail: str, *, after: float | None = None, unclear: bool = False) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.after = after  #: seconds that the destination asked us to wait
        self.unclear = unclear  #: it may have been handed over all the same: no answer tells


class PermanentError(Exception):
    """A transport or sink will not succeed by trying again; a person decides."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
