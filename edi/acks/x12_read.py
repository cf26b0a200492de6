"""A partner's 997 or 999, read back: what it says of each set, placed in our data."""

from dataclasses import replace

from edi.acks.form import Form
from edi.acks.report import AckReport, SetReport, reported
from edi.acks.status import AckStatus
from edi.envelope import TransactionSet
from edi.finding import Finding
from edi.location import Location
from edi.values import Segment

__all__ = ["read_group_response"]

_FAULTY_ELEMENTS = "8"  # AK304, IK304: what is wrong follows
_FAULTY_SEGMENTS = ("5", "I5")  # AK502, IK502: what is wrong was said
_TRIGGER = "SITUATIONAL TRIGGER"
_MOST_CODES = 5
_STATUS = {"A": AckStatus.ACCEPTED, "E": AckStatus.ACCEPTED_WITH_ERRORS, "P": AckStatus.PARTIALLY_ACCEPTED}


def read_group_response(received: TransactionSet, form: Form) -> AckReport | None:
    """All that it says; None when it has no AK1 and so names nothing. What is out of order is read as far as it goes."""
    reader = _Reader(form)
    for segment in received.segments:
        reader.take(segment)
    return reader.report()


class _Reader:
    def __init__(self, form: Form) -> None:
        self._form = form
        self._header: Segment | None = None
        self._status: AckStatus | None = None
        self._counted: int | None = None
        self._taken: int | None = None
        self._findings: tuple[Finding, ...] = ()
        self._sets: list[SetReport] = []
        self._set: Segment | None = None  # the AK2 that is open
        self._place: Segment | None = None  # the AK3, IK3 that is open
        self._unsaid = False  # the AK3, IK3 that is open says that elements are wrong, and not yet which
        self._found: list[Finding] = []

    def report(self) -> AckReport | None:
        if self._header is None:
            return None
        kind, header = self._form.set_id, self._header
        said = (kind, header.get(2), header.get(1), self._outcome(), self._findings, tuple(self._sets))
        return AckReport(*said, counted=self._counted, taken=self._taken)

    def _outcome(self) -> AckStatus:
        """What is said of the group, but never more than is said of its sets; without an AK9 only what is named counts."""
        accepted = [one.status.is_accepted for one in self._sets]
        if self._status is None:
            return AckStatus.PARTIALLY_ACCEPTED if any(accepted) else AckStatus.REJECTED
        if self._status.is_accepted and not all(accepted):
            return AckStatus.PARTIALLY_ACCEPTED
        return self._status

    def take(self, segment: Segment) -> None:
        form = self._form
        match segment.tag:
            case "AK1":
                self._header = segment
            case "AK2":
                self._set, self._place, self._found, self._unsaid = segment, None, [], False
            case form.segment:
                self._leave_segment()
                self._place, self._unsaid = segment, segment.get(4) == _FAULTY_ELEMENTS
                if not self._unsaid:
                    self._found.append(reported(form.segment_codes, segment.get(4), _location(segment)))
            case form.element if self._place:
                self._unsaid = False
                self._found.append(self._read_element(self._place, segment))
            case "CTX" if self._found and segment.get(1) == _TRIGGER:
                self._found[-1] = replace(self._found[-1], trigger=_trigger(segment))
            case form.trailer if self._set:
                self._leave_segment()
                self._close(self._set, segment)
            case "AK9":
                self._status = _STATUS.get(segment.get(1), AckStatus.REJECTED)  # M, W and X reject for reasons of security
                self._counted, self._taken = _count(segment.get(2)), _count(segment.get(4))
                self._findings = tuple(_codes("716", segment, 5))

    def _leave_segment(self) -> None:
        """Elements are wrong, and none was named."""
        if self._place and self._unsaid:
            self._found.append(reported(self._form.segment_codes, _FAULTY_ELEMENTS, _location(self._place)))
        self._unsaid = False

    def _close(self, header: Segment, segment: Segment) -> None:
        codes = _codes(self._form.set_codes, segment, 2)
        if self._found:
            codes = [f for f in codes if f.value not in _FAULTY_SEGMENTS]
        status = _STATUS.get(segment.get(1), AckStatus.REJECTED)
        self._sets.append(SetReport(header.get(1), header.get(2), status, (*self._found, *codes)))
        self._set = None

    def _read_element(self, place: Segment, segment: Segment) -> Finding:
        element, component, repetition = (_positive(segment.get(1, i)) for i in (1, 2, 3))
        location = _location(place, element, component, repetition)
        return reported(self._form.element_codes, segment.get(3), location, segment.get(4) or None, segment.get(2) or None)


def _codes(element: str, segment: Segment, first: int) -> list[Finding]:
    """The codes at the end of an AK5, IK5 or AK9, each placed where it says so."""
    places = range(first, first + _MOST_CODES)
    return [reported(element, code, segment.location(element=i), code) for i in places if (code := segment.get(i))]


def _location(segment: Segment, element: int | None = None, component: int | None = None, repetition: int | None = None) -> Location:
    """The place that an AK3 or IK3 names, in our set."""
    loop = (segment.get(3),) if segment.get(3) else ()
    tag = segment.get(1) or None
    return Location(segment.offset, segment.line, segment.column, _positive(segment.get(2)), tag, loop, element, repetition, component)


def _trigger(segment: Segment) -> Location:
    """The place that a CTX names, in our set."""
    return Location(
        segment.offset,
        segment.line,
        segment.column,
        _positive(segment.get(3)),
        segment.get(2) or None,
        (segment.get(4),) if segment.get(4) else (),
        *(_positive(segment.get(5, i)) for i in (1, 3, 2)),
    )


def _positive(text: str) -> int | None:
    """A position; None when there is none."""
    return _count(text) or None


def _count(text: str) -> int | None:
    """A number of sets; None when there is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None
