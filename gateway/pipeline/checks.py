"""The checks of a document's sense as a partner's profile wants them, as findings and as a reason to hold."""

from typing import Any

from canonical import rules
from canonical.base import Document, Severity
from canonical.rules.around import Around
from canonical.rules.catalog import switched
from gateway.errors import Cause
from gateway.pipeline.findings import of_checks
from gateway.pipeline.outcome import Hold
from partners.model import Partner

__all__ = ["checked"]


def checked(document: Document, partner: Partner, around: Around | None = None) -> tuple[list[dict[str, Any]], Hold | None]:
    """What is wrong with a document, alone and against what is known around it; the first error holds it."""
    faults = switched(rules.check(document, around=around), partner.checks)
    wrong = next((fault for fault in faults if fault.severity is Severity.ERROR), None)
    return of_checks(faults), Hold(Cause.CHECK_FAILED, f"{wrong.code} at {wrong.path}") if wrong is not None else None
