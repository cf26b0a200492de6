"""TA1, the interchange acknowledgment (X12.56): one segment between ISA and the first group."""

from edi.acks.codes import ANSWERS, HEADER_NOTES
from edi.acks.report import AckReport, reported
from edi.acks.status import AckStatus, errors
from edi.envelope import Interchange
from edi.finding import Finding, FindingCode
from edi.values import Segment

__all__ = ["interchange_ack", "read_ta1"]

_STATUS = {"A": AckStatus.ACCEPTED, "E": AckStatus.ACCEPTED_WITH_ERRORS}


def interchange_ack(interchange: Interchange) -> Segment:
    """The TA1 for an interchange: accepted, or rejected with the first fault of its envelope; there is room for one."""
    found = errors(interchange.findings)
    status = AckStatus.REJECTED if found else AckStatus.ACCEPTED
    number = interchange.control_number
    number = number.zfill(9) if number.isascii() and number.isdecimal() and len(number) <= 9 else "0" * 9
    return Segment("TA1", (number, interchange.date, interchange.time, status.value, _note(found[0]) if found else "000"))


def _note(finding: Finding) -> str:
    note = ANSWERS[finding.code].x12
    if finding.code is FindingCode.INTERCHANGE_HEADER_INVALID:
        return HEADER_NOTES.get(finding.location.element or 0, note)
    return note


def read_ta1(segment: Segment) -> AckReport:
    """What a partner's TA1 says."""
    status = _STATUS.get(segment.get(4), AckStatus.REJECTED)
    note = segment.get(5)
    found = () if note in ("", "000") else (reported("I18", note, segment.location(element=5), note),)
    return AckReport("TA1", segment.get(1), "", status, found)
