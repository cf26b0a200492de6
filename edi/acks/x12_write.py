"""997 and 999 as segments: the header of a group's response, the answer to each set, the trailer with the counts."""

from collections.abc import Iterable, Iterator

from edi.acks.codes import ANSWERS, Codes, Level, x12_code
from edi.acks.form import Form
from edi.acks.response import Accepted, Response
from edi.acks.status import AckStatus, errors
from edi.acks.x12_999 import context, loop_id
from edi.envelope import FunctionalGroup, TransactionSet
from edi.finding import Finding, FindingCode, Scope
from edi.location import Location
from edi.validate import Validation
from edi.values import ElementValue, Segment

__all__ = ["MOST_SETS", "group_header", "group_trailer", "is_named", "kind_and_number", "respond", "response_segments"]

MOST_SETS = 999_999  #: AK902 to AK904 have six digits
_FAULTY_ELEMENTS = "8"  # AK304, IK304: the segment has faults in its elements
_FAULTY_SEGMENTS = "5"  # AK502, IK502: segments of the set are in error
_FAULTY_BY_GUIDE = "I5"  # IK502: segments of the set are not as the guide asks
_MOST_CODES = 5  # AK502 to AK506, AK905 to AK909
_COPY = 99  # AK404 is so long at most
_ACCEPTED = {tag: Segment(tag, (AckStatus.ACCEPTED.value,)) for tag in ("AK5", "IK5")}
_LOOP = {Codes.EARLY: 6, Codes.LATE: 4, Codes.IMPLEMENTATION: 4}  # AK303
_LAST_POSITION = {Codes.EARLY: 999_999, Codes.LATE: 9_999_999_999, Codes.IMPLEMENTATION: 9_999_999_999}  # AK302
_RELEASE_LENGTH = 12  # AK103
_GUIDE_LENGTH = 35  # AK203


def is_named(answered: TransactionSet | FunctionalGroup) -> bool:
    """Whether a set can be named in an AK2, a group in an AK1. Of a set that cannot, the counts of the AK9 tell; of a group, the TA1."""
    name, length = (answered.set_id, 3) if isinstance(answered, TransactionSet) else (answered.functional_id, 2)
    return len(name) == length and name.isascii() and name.isalnum()


def group_header(group: FunctionalGroup, form: Form) -> Segment:
    """The AK1. A 999 repeats the release of the group."""
    release = group.release if form.codes is Codes.IMPLEMENTATION and len(group.release) <= _RELEASE_LENGTH else ""
    return Segment("AK1", _trimmed(group.functional_id, _number(group.control_number), release))


def _number(text: str) -> str:
    """A group control number that can stand in AK102; one that is none was a fault of its own."""
    return text if text.isascii() and text.isdecimal() and len(text) <= 9 else "0"


def group_trailer(group: FunctionalGroup, status: AckStatus, sets: int, accepted: int, form: Form) -> Segment:
    """The AK9: how many sets the group says that it has, how many came, how many are accepted; what is wrong with its envelope."""
    stated = group.trailer.get(1).strip() if group.trailer else ""
    if not (stated.isascii() and stated.isdecimal() and len(stated) <= len(str(MOST_SETS))):
        stated = str(min(sets, MOST_SETS))
    received, taken = min(sets, MOST_SETS), 0 if status is AckStatus.REJECTED else min(accepted, MOST_SETS)
    codes = _codes(errors(group.findings), Level.GROUP, form.codes)
    return Segment("AK9", (status.value, stated, str(received), str(taken), *codes))


def kind_and_number(answered: TransactionSet, form: Form) -> tuple[tuple[str, ...], str]:
    """What a set is named by: AK201, AK203 where a 999 repeats the guide that it named, and AK202."""
    number = answered.control_number[:9].zfill(4)
    if form.codes is not Codes.IMPLEMENTATION:
        return (answered.set_id,), number
    guide = answered.lines.pick((0,))[0].get(3).strip()[:_GUIDE_LENGTH]
    return ((answered.set_id, guide) if guide else (answered.set_id,)), number


def respond(validation: Validation, status: AckStatus, form: Form) -> Response:
    """The answer to a set with findings. Warnings never appear."""
    answered = validation.transaction_set
    kind, number = kind_and_number(answered, form)
    found = errors(validation.findings)
    if not found:
        return Response(kind, number, status)
    below = [f for f in found if ANSWERS[f.code].level in (Level.SEGMENT, Level.ELEMENT)]
    by_guide = [f for f in below if form.codes is Codes.IMPLEMENTATION and f.scope is Scope.GUIDE]
    tail = []
    if len(by_guide) < len(below) or any(ANSWERS[f.code].level is Level.INTERCHANGE for f in found):
        tail.append(_FAULTY_SEGMENTS)
    if by_guide:
        tail.append(_FAULTY_BY_GUIDE)
    codes = _codes(found, Level.SET, form.codes)[: _MOST_CODES - len(tail)]
    return Response(kind, number, status, (*codes, *tail), tuple(_notes(below, answered, form)))


def response_segments(response: Response | Accepted, form: Form) -> Iterator[Segment]:
    """AK2, what is said of segments and elements, AK5 (IK5)."""
    set_id, *guide = response.kind
    yield Segment("AK2", (set_id, response.number, *guide))
    if isinstance(response, Accepted):
        yield _ACCEPTED[form.trailer]
        return
    yield from response.notes
    yield Segment(form.trailer, (response.status.value, *response.codes))


def _codes(found: Iterable[Finding], level: Level, codes: Codes) -> list[str]:
    """The codes of one level, each once, in order, as many as there is room for."""
    return list(dict.fromkeys(x12_code(f, codes) for f in found if ANSWERS[f.code].level is level))[:_MOST_CODES]


def _notes(found: list[Finding], answered: TransactionSet, form: Form) -> Iterator[Segment]:
    """AK3 (IK3) for each segment and code; below those for elements an AK4 (IK4) for each element."""
    places: dict[tuple[int, str, str], list[Finding]] = {}
    for finding in found:
        code = x12_code(finding, form.codes) if ANSWERS[finding.code].level is Level.SEGMENT else _FAULTY_ELEMENTS
        places.setdefault((finding.location.segment_position or 1, finding.location.segment_tag or "", code), []).append(finding)
    for (position, tag, code), findings in sorted(places.items(), key=lambda item: item[0][0]):
        loop = loop_id(findings[0].location, _LOOP[form.codes])
        where = str(min(position, _LAST_POSITION[form.codes]))
        yield Segment(form.segment, (_tag(tag), where, loop, code))
        if form.codes is Codes.IMPLEMENTATION:
            of_elements = code == _FAULTY_ELEMENTS
            yield from context(None if of_elements else findings[0].trigger, findings[0].location, answered if form.guide else None)
        if code == _FAULTY_ELEMENTS:
            for finding in [f for f in findings if f.location.element is not None][: form.most_elements]:
                yield _element(finding, form)
                if form.codes is Codes.IMPLEMENTATION:
                    yield from context(finding.trigger, finding.location)


def _tag(tag: str) -> str:
    """A tag that can stand in AK301, of two or three characters."""
    return "".join(c if c.isascii() and c.isalnum() else "?" for c in tag[:3]).ljust(2, "?")


def _element(finding: Finding, form: Form) -> Segment:
    reference = finding.element_id if finding.element_id and finding.element_id.isdecimal() and len(finding.element_id) <= 4 else ""
    # a character that cannot stand in data cannot be copied either
    copy = "" if finding.code is FindingCode.CHARACTER_INVALID else (finding.value or "")[:_COPY]
    copy = "".join(c if c.isascii() and c.isprintable() else "?" for c in copy)
    return Segment(form.element, _trimmed(_place(finding.location, form), reference, x12_code(finding, form.codes), copy.strip()))


def _trimmed(*elements: ElementValue) -> tuple[ElementValue, ...]:
    """Without an empty end, which is not written."""
    return elements if elements[-1] else elements[:-1]


def _place(location: Location, form: Form) -> ElementValue:
    """C030; from 005010 on it has the repetition too. Positions have two digits, repetitions four."""
    element, component, repetition = (str(number or "") for number in (location.element, location.component, location.repetition))
    if form.codes is Codes.EARLY or len(repetition) > 4:
        repetition = ""
    return (element[:2], component[:2], repetition) if component or repetition else element[:2]
