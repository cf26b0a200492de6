"""The rules of an ApplicationAdvice: that it says why, and of what."""

from collections.abc import Iterator
from typing import Final

from canonical.application_advice import AdviceResult, ApplicationAdvice
from canonical.base import Fault
from canonical.gs1 import is_valid
from canonical.rules.report import Path, error, parties_faults, warning

__all__ = ["check_application_advice"]

_REJECTS: Final = frozenset({"reject", "itemReject"})
_ACCEPTS: Final = frozenset({"accept", "itemAccept"})


def check_application_advice(advice: ApplicationAdvice) -> Iterator[Fault]:
    """Every fault of an advice."""
    if advice.parties:
        yield from parties_faults(advice.parties, ("parties",))
    yield from _result(advice, ())
    for index, result in enumerate(advice.further):
        yield from _result(result, ("further", index))


def _result(result: AdviceResult, path: Path) -> Iterator[Fault]:
    if result.disposition in _REJECTS and not result.errors:
        yield warning("reason-missing", (*path, "errors"), "Something is rejected, and nothing says why.")
    if result.disposition in _ACCEPTS and result.errors:
        yield warning("accepted-with-errors", (*path, "disposition"), "It is accepted as it is, and yet has errors.", result.disposition)
    for index, one in enumerate(result.errors):
        sscc = one.business_context.sscc if one.business_context else None
        if sscc and not is_valid(sscc):
            where: Path = (*path, "errors", index, "businessContext", "sscc")
            yield error("sscc-check-digit", where, "The last digit is not the check digit of this SSCC.", sscc)
