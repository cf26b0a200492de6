"""CONTRL, the syntax and service report on one interchange: D.3 UN of syntax versions 1 to 3, 4.1 UN of ISO 9735-4."""

from collections.abc import Iterator
from typing import Final

from edi.acks.codes import ANSWERS, Level
from edi.acks.report import AckReport, SetReport, reported
from edi.acks.response import Accepted, Response
from edi.acks.status import AckStatus, errors
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.finding import Finding, FindingCode
from edi.location import Location
from edi.validate import Validation
from edi.values import Composite, ElementValue, Segment

__all__ = [
    "ACKNOWLEDGED",
    "MOST_SEGMENTS",
    "RECEIVED",
    "REJECTED",
    "Kinds",
    "group_response",
    "interchange_response",
    "kind_and_number",
    "read_contrl",
    "release",
    "respond",
    "response_segments",
]

ACKNOWLEDGED, RECEIVED, REJECTED = "7", "8", "4"  #: 0083
MOST_SEGMENTS: Final = 999_999  #: the count in the UNT has six digits, and a CONTRL so many messages
_RELEASE, _RELEASE_4 = "D3", "41"
_PARTY: Final = (35, 4, 35, 35)  # lengths of S002, S003, up to version 3 the first three; of S006 and S007 the first two
_KIND: Final = (6, 3, 3, 3, 6)  # lengths of S009
_MOST_UCS, _MOST_UCD = 999, 99
_MOST_KINDS = 256  # kept to be looked up; a file has a few
_SERVICE: Final = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})
#: what is missing, where the finding can only name what is there
_ABSENT: Final = {
    FindingCode.INTERCHANGE_TRAILER_MISSING: "UNZ",
    FindingCode.GROUP_TRAILER_MISSING: "UNE",
    FindingCode.SET_TRAILER_MISSING: "UNT",
}
# 0083 in old reports, which later lists no longer have: with 1 to 3 this level is accepted, with 5 and 6 the envelope alone is judged
_ACCEPTED_ACTIONS: Final = frozenset({ACKNOWLEDGED, RECEIVED, "1", "2", "3", "5"})


# -- ours


def release(version: str) -> str:
    """Which CONTRL goes with a syntax version: from 4 on that of ISO 9735-4, before it D.3."""
    return _RELEASE_4 if version >= "4" else _RELEASE


def interchange_response(interchange: Interchange, action: str) -> Segment:
    """The UCI; of a rejected interchange it names the first fault."""
    number = interchange.control_number[:14] or "0"
    parties = (_copy(interchange.header.components(i), _PARTY[: 4 if interchange.version >= "4" else 3], mandatory=1) for i in (2, 3))
    found = errors(interchange.findings) if action == REJECTED else ()
    return Segment("UCI", (number, *parties, action, *_service(found, "UNB")))


def group_response(group: FunctionalGroup, header: Segment, status: AckStatus) -> Segment:
    """The UCF of a group that has this UNG."""
    parties = (_copy(header.components(i), _PARTY[:2], mandatory=1) for i in (2, 3))
    reference = group.control_number[:14] or "0"
    action = REJECTED if status is AckStatus.REJECTED else ACKNOWLEDGED
    return Segment("UCF", (reference, *parties, action, *_service(errors(group.findings), "UNG")))


Kinds = dict[str, Composite]  #: S009 by the text of a UNH behind its reference


def kind_and_number(answered: TransactionSet, known: Kinds) -> tuple[Composite, str]:
    """What a message is named by: S009 and 0062. A header that differs from one before by its reference alone is not taken apart again."""
    number = answered.control_number
    text, delimiters = answered.lines.source.text, answered.lines.signs.delimiters
    begin = f"UNH{delimiters.element}{number}{delimiters.element}"
    tail = text[len(begin) : text.find(delimiters.segment)] if text.startswith(begin) else ""
    if tail and (delimiters.release or delimiters.segment) not in tail:
        kind = known.get(tail) or _kind(answered)
        if len(known) < _MOST_KINDS:
            known[tail] = kind
    else:
        kind = _kind(answered)
    return kind, number[:14] or "0"


def _kind(answered: TransactionSet) -> Composite:
    return _copy(answered.lines.pick((0,))[0].components(2), _KIND, mandatory=4)


def respond(validation: Validation, status: AckStatus) -> Response:
    """The answer to a message with findings."""
    kind, reference = kind_and_number(validation.transaction_set, {})
    found = errors(validation.findings)
    if not found:
        return Response(kind, reference, status)
    own = tuple(f for f in found if ANSWERS[f.code].level not in (Level.SEGMENT, Level.ELEMENT))
    notes = _segments([f for f in found if f not in own])
    return Response(kind, reference, status, _service(own, "UNH"), tuple(notes))


def response_segments(response: Response | Accepted) -> Iterator[Segment]:
    """UCM, then what is said of segments and elements."""
    if isinstance(response, Accepted):
        yield Segment("UCM", (response.number, response.kind, ACKNOWLEDGED))
        return
    action = ACKNOWLEDGED if response.status.is_accepted else REJECTED
    yield Segment("UCM", (response.number, response.kind, action, *response.codes))
    yield from response.notes


def _copy(received: Composite, lengths: tuple[int, ...], *, mandatory: int) -> Composite:
    """A composite as it came, cut to what its parts may be; a mandatory part that did not come is 0, and was a fault of its own."""
    parts = [part.strip()[:length] for part, length in zip(received, lengths, strict=False)]
    parts += [""] * (mandatory - len(parts))
    return tuple(part or "0" if index < mandatory else part for index, part in enumerate(parts))


def _service(found: tuple[Finding, ...], tag: str) -> tuple[ElementValue, ...]:
    """0085, 0013 and S011: the first fault of a service segment; there is room for one."""
    if not found:
        return ()
    finding = found[0]
    named = _ABSENT.get(finding.code, finding.location.segment_tag)
    if named not in _SERVICE:
        return ANSWERS[finding.code].contrl, tag, ""
    return ANSWERS[finding.code].contrl, named, "" if finding.code in _ABSENT else _position(finding.location)


def _position(location: Location) -> Composite | str:
    """S011. The tag counts as position 1, so that the first element has position 2 (ISO 9735-4, 0098)."""
    if location.element is None:
        return ""
    repetition = (str(location.repetition),) if (location.repetition or 1) > 1 else ()  # 0136, of version 4, as repetitions are
    return str(location.element + 1), str(location.component or ""), *repetition


def _segments(found: list[Finding]) -> Iterator[Segment]:
    """UCS for each fault of a segment; one for all faults of elements of a segment, with a UCD for each."""
    places: dict[tuple[int, str], list[Finding]] = {}
    for finding in found:
        answer = ANSWERS[finding.code]
        is_segment = answer.level is Level.SEGMENT or finding.location.element is None
        places.setdefault((finding.location.segment_position or 1, answer.contrl if is_segment else ""), []).append(finding)
    for (position, code), findings in sorted(places.items(), key=lambda item: item[0][0])[:_MOST_UCS]:
        yield Segment("UCS", (str(min(position, 999_999)), code))
        if not code:
            yield from (Segment("UCD", (ANSWERS[f.code].contrl, _position(f.location))) for f in findings[:_MOST_UCD])


# -- theirs


def read_contrl(received: TransactionSet) -> AckReport | None:
    """What a partner's CONTRL says; None when it has no UCI and so names nothing."""
    header: Segment | None = None
    findings: list[Finding] = []
    sets: list[SetReport] = []
    current: Segment | None = None
    found: list[Finding] = []
    position: int | None = None
    for segment in received.segments:
        match segment.tag:
            case "UCI":
                header = segment
                findings += _read_service(segment, 5)
            case "UCF":
                sets += _closed(current, found)
                current = None
                findings += _read_service(segment, 5)
            case "UCM":
                sets += _closed(current, found)
                current, found, position = segment, _read_service(segment, 4), None
            case "UCS" if current:
                position = _positive(segment.get(1))
                if code := segment.get(2):
                    found.append(reported("0085", code, _place(segment, position)))
            case "UCD" if current:
                element = _positive(segment.get(2))
                place = _place(segment, position, element and (element - 1 or None), *(_positive(segment.get(2, i)) for i in (2, 3)))
                found.append(reported("0085", segment.get(1), place))
    sets += _closed(current, found)
    if header is None:
        return None
    is_receipt = header.get(4) == RECEIVED and not sets
    status = _interchange_status(header.get(4), sets)
    return AckReport("CONTRL", header.get(1), "", status, tuple(findings), tuple(sets), is_receipt)


def _closed(message: Segment | None, found: list[Finding]) -> list[SetReport]:
    if message is None:
        return []
    status = AckStatus.ACCEPTED if message.get(3) in _ACCEPTED_ACTIONS else AckStatus.REJECTED
    if status is AckStatus.ACCEPTED and found:
        status = AckStatus.ACCEPTED_WITH_ERRORS
    return [SetReport(message.get(2), message.get(1), status, tuple(found))]


def _interchange_status(action: str, sets: list[SetReport]) -> AckStatus:
    """Rejected as a whole by action 4 alone; else what was not rejected expressly is accepted (0083)."""
    if action not in _ACCEPTED_ACTIONS:
        return AckStatus.REJECTED
    rejected = [report for report in sets if report.status is AckStatus.REJECTED]
    if rejected:
        return AckStatus.PARTIALLY_ACCEPTED
    return AckStatus.ACCEPTED


def _read_service(segment: Segment, first: int) -> list[Finding]:
    """0085 at the element `first`, placed where it says so."""
    code = segment.get(first)
    tables = segment.tag if segment.tag in ("UCM", "UCF") else "0085"
    return [reported(tables, code, segment.location(element=first), code)] if code else []


def _place(
    segment: Segment, position: int | None, element: int | None = None, component: int | None = None, repetition: int | None = None
) -> Location:
    return Location(segment.offset, segment.line, segment.column, position, None, (), element, repetition, component)


def _positive(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) else None
