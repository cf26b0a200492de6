"""Every fault has its advice, in fixed words."""

import pytest

from edi.advice import ADVICE, fix
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.location import Location


@pytest.mark.parametrize("code", FindingCode)
def test_each_fault_says_when_and_what_mends_it(code: FindingCode) -> None:
    when, remedy = ADVICE[code]
    assert when[0].islower() or when.split()[0].isupper() or any(c.isdigit() for c in when.split()[0])
    assert not when.endswith(".")
    assert remedy[0].isupper()
    assert remedy.endswith(".")


def test_of_a_cascade_the_cause_is_mended_first_and_information_needs_nothing() -> None:
    place = Location(0, 1, 1)
    cascade = Finding(
        FindingCode.SEGMENT_UNEXPECTED, Scope.STANDARD, Severity.ERROR, place, "not here", caused_by=FindingCode.SEGMENT_UNKNOWN
    )
    assert "segment-unknown" in fix(cascade)
    assert fix(Finding(FindingCode.HIERARCHY_INVALID, Scope.STANDARD, Severity.INFO, place, "usually so")) == ""
    assert (
        fix(Finding(FindingCode.CODE_UNKNOWN, Scope.STANDARD, Severity.WARNING, place, "no code")) == ADVICE[FindingCode.CODE_UNKNOWN].fix
    )
