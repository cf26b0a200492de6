"""TA1, the interchange acknowledgment (X12.56): one segment between ISA and the first group."""

from edi.acks.codes import interchange_note
from edi.acks.report import AckReport, reported
from edi.acks.status import AckStatus, errors
from edi.envelope import Interchange
from edi.values import Segment

__all__ = ["interchange_ack", "read_ta1"]

_STATUS = {"A": AckStatus.ACCEPTED, "E": AckStatus.ACCEPTED_WITH_ERRORS}


def interchange_ack(interchange: Interchange) -> Segment:
    """The TA1 for an interchange: accepted, or rejected with the first fault of its envelope; there is room for one.

    Accepted with errors (E) is never said: what is not an error is not answered. Number, date and time are those of the ISA; where one
    of them has not even the form, which was a fault of its own, it is all zeros.
    """
    found = errors(interchange.findings)
    status = AckStatus.REJECTED if found else AckStatus.ACCEPTED
    echo = (_digits(interchange.control_number, 9, least=1), _digits(interchange.date, 6), _digits(interchange.time, 4))
    return Segment("TA1", (*echo, status.value, interchange_note(found[0]) if found else "000"))


def _digits(text: str, width: int, *, least: int = 0) -> str:
    return text.zfill(width) if text.isascii() and text.isdecimal() and (least or width) <= len(text) <= width else "0" * width


def read_ta1(segment: Segment) -> AckReport:
    """What a partner's TA1 says."""
    status = _STATUS.get(segment.get(4), AckStatus.REJECTED)
    note = segment.get(5)
    found = () if note in ("", "000") else (reported("I18", note, segment.location(element=5), note),)
    return AckReport("TA1", segment.get(1), "", status, found)
