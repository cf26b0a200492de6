"""What trailers are compared with: the control number of their header, and the count of what is between."""

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.tolerance import Tolerance
from edi.values import Segment

__all__ = ["check_count", "check_number", "fault"]


def fault(code: FindingCode, segment: Segment, message: str, element: int | None = None, severity: Severity = Severity.ERROR) -> Finding:
    """A finding of the standard at a segment of an envelope, or at one of its elements."""
    value = segment.get(element) or None if element else None
    return Finding(code, Scope.STANDARD, severity, segment.location(element=element), message, value)


def check_number(findings: list[Finding], code: FindingCode, trailer: Segment, number: str, tolerance: Tolerance) -> None:
    """The trailer repeats the control number of the header (element 2 of every trailer)."""
    stated = trailer.get(2).strip()
    if stated == number:
        return
    if stated.lstrip("0") != number.lstrip("0"):
        findings.append(fault(code, trailer, "the trailer does not repeat the control number of the header", 2))
    elif tolerance.padding:
        text = "the trailer repeats the control number of the header with other leading zeros"
        findings.append(fault(code, trailer, text, 2, tolerance.padding))


def check_count(findings: list[Finding], code: FindingCode, trailer: Segment, counted: int, what: str) -> None:
    """The trailer states how many there are (element 1 of every trailer)."""
    stated = trailer.get(1).strip()
    if not (stated.isascii() and stated.isdecimal() and len(stated) <= 10 and int(stated) == counted):
        findings.append(fault(code, trailer, f"the count in the trailer is wrong; the number of {what} is {counted}", 1))
