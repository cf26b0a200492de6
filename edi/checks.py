"""What trailers are compared with: the control number of their header, and the count of what is between."""

from collections.abc import Collection, Iterable
from typing import Final

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.tolerance import Tolerance
from edi.values import Segment

__all__ = ["cause_among", "check_count", "check_number", "fault"]


_NUMBER_INVALID: Final = frozenset(
    {
        FindingCode.INTERCHANGE_CONTROL_NUMBER_INVALID,
        FindingCode.GROUP_CONTROL_NUMBER_INVALID,
        FindingCode.SET_CONTROL_NUMBER_INVALID,
    }
)


def fault(
    code: FindingCode,
    segment: Segment,
    message: str,
    element: int | None = None,
    severity: Severity = Severity.ERROR,
    *,
    caused_by: FindingCode | None = None,
) -> Finding:
    """A finding of the standard at a segment of an envelope, or at one of its elements."""
    value = segment.get(element) or None if element else None
    return Finding(code, Scope.STANDARD, severity, segment.location(element=element), message, value, caused_by=caused_by)


def cause_among(findings: Iterable[Finding], codes: Collection[FindingCode], *, since: int = 0) -> FindingCode | None:
    """The first of these faults among the findings from an offset on: what is said now follows from it."""
    return next((f.code for f in findings if f.code in codes and f.location.offset >= since), None)


def check_number(findings: list[Finding], code: FindingCode, trailer: Segment, number: str, tolerance: Tolerance) -> None:
    """The trailer repeats the control number of the header (element 2 of every trailer)."""
    stated = trailer.get(2).strip()
    if stated == number:
        return
    cause = cause_among(findings, _NUMBER_INVALID)
    if stated.lstrip("0") != number.lstrip("0"):
        findings.append(fault(code, trailer, "the trailer does not repeat the control number of the header", 2, caused_by=cause))
    elif tolerance.padding:
        text = "the trailer repeats the control number of the header with other leading zeros"
        findings.append(fault(code, trailer, text, 2, tolerance.padding, caused_by=cause))


def check_count(
    findings: list[Finding], code: FindingCode, trailer: Segment, counted: int, what: str, cause: FindingCode | None = None
) -> None:
    """The trailer states how many there are (element 1 of every trailer)."""
    stated = trailer.get(1).strip()
    if not (stated.isascii() and stated.isdecimal() and len(stated) <= 10 and int(stated) == counted):
        findings.append(fault(code, trailer, f"the count in the trailer is wrong; the number of {what} is {counted}", 1, caused_by=cause))
