"""CONTRL, the syntax and service report on one interchange (ISO 9735, syntax version 3, message CONTRL D.3 UN)."""

from collections.abc import Iterator
from typing import Final

from edi.acks.codes import ANSWERS, Level
from edi.acks.report import AckReport, SetReport, reported
from edi.acks.status import AckStatus, GroupVerdict, InterchangeVerdict, errors
from edi.envelope import TransactionSet
from edi.finding import Finding, FindingCode
from edi.location import Location
from edi.validate import ValidatedGroup, ValidatedInterchange, Validation
from edi.values import Composite, ElementValue, Segment

__all__ = ["RELEASE", "read_contrl", "receipt", "syntax_report"]

RELEASE: Final = "D3"
_PARTY: Final = (35, 4, 35)  # lengths of S002, S003; of S006 and S007 the first two
_KIND: Final = (6, 3, 3, 3, 6)  # lengths of S009
_SERVICE: Final = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})
#: what is missing, where the finding can only name what is there
_ABSENT: Final = {
    FindingCode.INTERCHANGE_TRAILER_MISSING: "UNZ",
    FindingCode.GROUP_TRAILER_MISSING: "UNE",
    FindingCode.SET_TRAILER_MISSING: "UNT",
}

# 0083, action
_REJECTED, _ACKNOWLEDGED, _RECEIVED = "4", "7", "8"


# -- ours


def receipt(validated: ValidatedInterchange) -> tuple[Segment, ...]:
    """The bare statement that an interchange was received (UCI with action 8)."""
    return (_uci(validated, _RECEIVED, ()),)


def syntax_report(validated: ValidatedInterchange, verdict: InterchangeVerdict, *, for_accepted: bool = True) -> tuple[Segment, ...]:
    """The segments between UNH and UNT that answer an interchange: UCI, then its messages, then its groups with theirs."""
    found = errors(validated.interchange.findings)
    if found:
        return (_uci(validated, _REJECTED, found),)
    body = [_uci(validated, _ACKNOWLEDGED, ())]
    pairs = list(zip(validated.groups, verdict.groups, strict=True))
    for group, judged in sorted(pairs, key=lambda pair: pair[0].group.header is not None):
        body += _group(group, judged, for_accepted=for_accepted)
    return tuple(body)


def _uci(validated: ValidatedInterchange, action: str, found: tuple[Finding, ...]) -> Segment:
    header = validated.interchange.header
    number = validated.interchange.control_number[:14] or "0"
    parties = (_copy(header.components(i), _PARTY, mandatory=1) for i in (2, 3))
    return Segment("UCI", (number, *parties, action, *_service(found, "UNB")))


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
    return str(location.element + 1), str(location.component or "")


def _group(group: ValidatedGroup, verdict: GroupVerdict, *, for_accepted: bool) -> Iterator[Segment]:
    header = group.group.header
    if header:
        found = errors(group.group.findings)
        action = _REJECTED if verdict.status is AckStatus.REJECTED else _ACKNOWLEDGED
        reference = group.group.control_number[:14] or "0"
        parties = (_copy(header.components(i), _PARTY[:2], mandatory=1) for i in (2, 3))
        yield Segment("UCF", (reference, *parties, action, *_service(found, "UNG")))
        if found:
            return
    for validation, status in zip(group.validations, verdict.sets, strict=True):
        if for_accepted or status is not AckStatus.ACCEPTED:
            yield from _message(validation, status)


def _message(validation: Validation, status: AckStatus) -> Iterator[Segment]:
    header = validation.transaction_set.segments[0]
    found = errors(validation.findings)
    own = tuple(f for f in found if ANSWERS[f.code].level not in (Level.SEGMENT, Level.ELEMENT))
    action = _ACKNOWLEDGED if status.is_accepted else _REJECTED
    reference = validation.transaction_set.control_number[:14] or "0"
    kind = _copy(header.components(2), _KIND, mandatory=4)
    yield Segment("UCM", (reference, kind, action, *_service(own, "UNH")))
    yield from _segments([f for f in found if f not in own])


def _segments(found: list[Finding]) -> Iterator[Segment]:
    """UCS for each fault of a segment; one for all faults of elements of a segment, with a UCD for each."""
    places: dict[tuple[int, str], list[Finding]] = {}
    for finding in found:
        answer = ANSWERS[finding.code]
        is_segment = answer.level is Level.SEGMENT or finding.location.element is None
        places.setdefault((finding.location.segment_position or 1, answer.contrl if is_segment else ""), []).append(finding)
    for (position, code), findings in sorted(places.items(), key=lambda item: item[0][0]):
        yield Segment("UCS", (str(position), code))
        if not code:
            yield from (Segment("UCD", (ANSWERS[f.code].contrl, _position(f.location))) for f in findings)


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
                place = _place(segment, position, element and (element - 1 or None), _positive(segment.get(2, 2)))
                found.append(reported("0085", segment.get(1), place))
    sets += _closed(current, found)
    if header is None:
        return None
    return AckReport("CONTRL", header.get(1), "", _interchange_status(header.get(4), sets), tuple(findings), tuple(sets))


def _closed(message: Segment | None, found: list[Finding]) -> list[SetReport]:
    if message is None:
        return []
    status = AckStatus.REJECTED if message.get(3) == _REJECTED else AckStatus.ACCEPTED
    if status is AckStatus.ACCEPTED and found:
        status = AckStatus.ACCEPTED_WITH_ERRORS
    return [SetReport(message.get(2), message.get(1), status, tuple(found))]


def _interchange_status(action: str, sets: list[SetReport]) -> AckStatus:
    """Rejected as a whole by action 4 alone; else what was not rejected expressly is accepted (0083)."""
    if action not in (_ACKNOWLEDGED, _RECEIVED):
        return AckStatus.REJECTED
    rejected = [report for report in sets if report.status is AckStatus.REJECTED]
    if rejected:
        return AckStatus.PARTIALLY_ACCEPTED
    return AckStatus.ACCEPTED


def _read_service(segment: Segment, first: int) -> list[Finding]:
    """0085 at the element `first`, placed where it says so."""
    code = segment.get(first)
    return [reported("UCM" if segment.tag == "UCM" else "0085", code, segment.location(element=first), code)] if code else []


def _place(segment: Segment, position: int | None, element: int | None = None, component: int | None = None) -> Location:
    return Location(segment.offset, segment.line, segment.column, position, None, (), element, None, component)


def _positive(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) else None
