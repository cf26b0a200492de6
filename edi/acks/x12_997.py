"""997, the functional acknowledgment of one group (X12 transaction set 997, release 004010 and later)."""

from collections.abc import Iterable, Iterator

from edi.acks.codes import ANSWERS, Level
from edi.acks.report import AckReport, SetReport, reported
from edi.acks.status import AckStatus, GroupVerdict, errors
from edi.envelope import TransactionSet
from edi.finding import Finding
from edi.location import Location
from edi.validate import ValidatedGroup, Validation
from edi.values import ElementValue, Segment

__all__ = ["functional_ack", "read_997"]

_FAULTY_ELEMENTS = "8"  # AK304: the segment has faults in its elements
_FAULTY_SEGMENTS = "5"  # AK502: segments of the set are in error
_MOST_CODES = 5  # AK502 to AK506, AK905 to AK909
_COPY = 99  # AK404 is so long at most
_STATUS = {"A": AckStatus.ACCEPTED, "E": AckStatus.ACCEPTED_WITH_ERRORS, "P": AckStatus.PARTIALLY_ACCEPTED}


# -- ours


def functional_ack(group: ValidatedGroup, verdict: GroupVerdict, *, ak2_for_accepted: bool = True) -> tuple[Segment, ...]:
    """The segments between ST and SE that answer a group. Warnings never appear (architecture.md 8)."""
    received = group.group
    body = [Segment("AK1", (received.functional_id, _number(received.control_number)))]
    for validation, status in zip(group.validations, verdict.sets, strict=True):
        # a set without an identifier cannot be named in an AK2; the counts of the AK9 tell of it
        named = len(validation.transaction_set.set_id) == 3
        if named and (ak2_for_accepted or status is not AckStatus.ACCEPTED):
            body += _set(validation, status)
    stated = received.trailer.get(1).strip() if received.trailer else ""
    included = stated if stated.isascii() and stated.isdecimal() and len(stated) <= 6 else str(len(verdict.sets))
    accepted = sum(status.is_accepted for status in verdict.sets)
    codes = _codes(errors(received.findings), Level.GROUP)
    body.append(Segment("AK9", (verdict.status.value, included, str(len(verdict.sets)), str(accepted), *codes)))
    return tuple(body)


def _number(text: str) -> str:
    """A group control number that can stand in AK102; one that is none was a fault of its own."""
    return text if text.isascii() and text.isdecimal() and len(text) <= 9 else "0"


def _set(validation: Validation, status: AckStatus) -> Iterator[Segment]:
    answered = validation.transaction_set
    yield Segment("AK2", (answered.set_id, answered.control_number[:9].zfill(4)))
    found = errors(validation.findings)
    below = [f for f in found if ANSWERS[f.code].level in (Level.SEGMENT, Level.ELEMENT)]
    yield from _segments(below)
    codes = _codes(found, Level.SET)
    if below or any(ANSWERS[f.code].level is Level.INTERCHANGE for f in found):
        codes = [*codes[: _MOST_CODES - 1], _FAULTY_SEGMENTS]
    yield Segment("AK5", (status.value, *codes))


def _codes(found: Iterable[Finding], level: Level) -> list[str]:
    """The codes of one level, each once, in order, as many as there is room for."""
    return list(dict.fromkeys(ANSWERS[f.code].x12 for f in found if ANSWERS[f.code].level is level))[:_MOST_CODES]


def _segments(found: list[Finding]) -> Iterator[Segment]:
    """AK3 for each segment and code; those for elements with an AK4 for each element."""
    places: dict[tuple[int, str, str], list[Finding]] = {}
    for finding in found:
        answer = ANSWERS[finding.code]
        code = answer.x12 if answer.level is Level.SEGMENT else _FAULTY_ELEMENTS
        places.setdefault((finding.location.segment_position or 1, finding.location.segment_tag or "", code), []).append(finding)
    for (position, tag, code), findings in sorted(places.items(), key=lambda item: item[0][0]):
        loop = findings[0].location.loop[-1] if findings[0].location.loop else ""
        yield Segment("AK3", (tag[:3].ljust(2, "?"), str(position), loop if len(loop) <= 6 else "", code))
        if code == _FAULTY_ELEMENTS:
            yield from (_element(f) for f in findings if f.location.element is not None)


def _element(finding: Finding) -> Segment:
    location = finding.location
    place: ElementValue = str(location.element)
    if location.component is not None:
        place = (str(location.element), str(location.component))
    reference = finding.element_id if finding.element_id and finding.element_id.isdecimal() else ""
    copy = "".join(c if c.isascii() and c.isprintable() else "?" for c in (finding.value or "")[:_COPY])
    return Segment("AK4", (place, reference, ANSWERS[finding.code].x12, copy.strip()))


# -- theirs


def read_997(received: TransactionSet) -> AckReport | None:
    """What a partner's 997 says; None when it has no AK1 and so names nothing."""
    header: Segment | None = None
    status = AckStatus.REJECTED
    findings: tuple[Finding, ...] = ()
    sets: list[SetReport] = []
    current: Segment | None = None
    found: list[Finding] = []
    place: Segment | None = None
    for segment in received.segments:
        match segment.tag:
            case "AK1":
                header = segment
            case "AK2":
                current, found, place = segment, [], None
            case "AK3":
                place = segment
                if segment.get(4) != _FAULTY_ELEMENTS:
                    found.append(reported("720", segment.get(4), _place(segment)))
            case "AK4" if place:
                found.append(_read_element(place, segment))
            case "AK5" if current:
                found += [f for f in _read_codes("718", segment, 2) if f.value != _FAULTY_SEGMENTS]
                sets.append(SetReport(current.get(1), current.get(2), _status(segment.get(1)), tuple(found)))
                current = None
            case "AK9":
                status = _status(segment.get(1))
                findings = _read_codes("716", segment, 5)
    if header is None:
        return None
    return AckReport("997", header.get(2), header.get(1), status, findings, tuple(sets))


def _read_codes(element: str, segment: Segment, first: int) -> tuple[Finding, ...]:
    """The codes at the end of an AK5 or AK9, each placed where it says so."""
    places = range(first, first + _MOST_CODES)
    return tuple(reported(element, code, segment.location(element=i), code) for i in places if (code := segment.get(i)))


def _status(letter: str) -> AckStatus:
    """M, W and X reject for reasons of security."""
    return _STATUS.get(letter, AckStatus.REJECTED)


def _place(segment: Segment, element: int | None = None, component: int | None = None, repetition: int | None = None) -> Location:
    """The place that an AK3 names, in our set."""
    loop = (segment.get(3),) if segment.get(3) else ()
    tag = segment.get(1) or None
    return Location(segment.offset, segment.line, segment.column, _positive(segment.get(2)), tag, loop, element, repetition, component)


def _read_element(place: Segment, segment: Segment) -> Finding:
    element, component, repetition = (_positive(segment.get(1, i)) for i in (1, 2, 3))
    location = _place(place, element, component, repetition)
    return reported("723", segment.get(3), location, segment.get(4) or None, segment.get(2) or None)


def _positive(text: str) -> int | None:
    """A position; None when there is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) else None
