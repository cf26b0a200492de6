"""An interchange and its faults in words for people: outlines as plain values, findings as sentences."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from edi.acks.status import AckStatus, judge_interchange
from edi.advice import fix
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.finding import Finding, Scope, Severity
from edi.grammar.labels import code_label, segment_label
from edi.grammar.load import service_segments
from edi.grammar.model import CompositeDef, ElementDef, MessageDef, SegmentDef
from edi.tree import LoopNode, SegmentNode
from edi.validate import ValidatedGroup, ValidatedInterchange, Validation
from edi.values import Composite, Repeats, Segment, Standard

__all__ = ["cause", "outline", "sentence"]

Wanted = Callable[[TransactionSet, Segment], bool]

#: dates whose form stands beside them: tag and place -> where the form stands, and which forms are read as dates
_DATES: Final = {("DTM", (1, 1, 2)): ((1, 3), ("102", "203", "204")), ("DTP", (3, 1, 0)): ((2, 1), ("D8", "DT"))}
#: what the lines of a document begin with; of a set that has several of them, the first one here
_LINES: Final = ("PO1", "POC", "IT1", "W01", "W04", "W12", "W07", "LIN")


def cause(finding: Finding) -> str:
    """What is wrong, in fixed words, and who asks for it: "a mandatory element is missing (data element 324)"."""
    text = finding.message
    if finding.element_id:
        text += f" (data element {finding.element_id})"
    if finding.scope is Scope.GUIDE and "guide" not in finding.message:
        text += ", by the partner's guide"
    if finding.caused_by:
        text += f"; it may follow from {finding.caused_by.value}"
    return text


def sentence(finding: Finding) -> str:
    """Where and what, in fixed words: "BEG03 at segment 2: a mandatory element is missing (data element 324)."."""
    text = f"{finding.location}: {cause(finding)}"
    return text[0].upper() + text[1:] + "."


def _everything(_: TransactionSet, __: Segment) -> bool:
    return True


def outline(validated: ValidatedInterchange, *, wanted: Wanted = _everything) -> dict[str, Any]:
    """The whole interchange as plain values for `gateway edi inspect`: envelopes, sets with their loops, labels, totals, faults.

    A fault stands in the `faults` of the segment that it is in, and of its element there; one that is in no segment in those of the
    interchange. `wanted` says which segments of sets are described, asked in the order of the data; counts and verdicts are of all.
    """
    interchange = validated.interchange
    faults = _Faults(validated.findings)
    envelope = service_segments(interchange.standard)
    described = {
        **_envelope(interchange),
        "header": _segment(interchange.standard, interchange.header, envelope.get(interchange.header.tag), faults),
        "findings": [sentence(f) for f in interchange.findings],
        "serviceSegments": [_segment(interchange.standard, s, envelope.get(s.tag), faults) for s in interchange.service_segments],
        "groups": [
            _group(interchange.standard, group, verdict.sets, faults, wanted)
            for group, verdict in zip(validated.groups, judge_interchange(validated).groups, strict=True)
        ],
    }
    if interchange.trailer:
        described["trailer"] = _segment(interchange.standard, interchange.trailer, envelope.get(interchange.trailer.tag), faults)
    lines = sum(one["lines"] for group in described["groups"] for one in group["sets"])
    return {**described, "faults": faults.left(validated), "totals": {**_totals(validated), "lines": lines}}


class _Faults:
    """The findings by the segment that they are in, each given away once."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self._at: dict[int, list[Finding]] = defaultdict(list)
        for finding in findings:
            self._at[finding.location.offset].append(finding)

    def take(self, segment: Segment) -> list[Finding]:
        return self._at.pop(segment.offset, [])

    def of_none(self, transaction_set: TransactionSet, findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
        """What was found in a set, but in none of its segments: two terminators in a row."""
        if not findings:
            return []
        places = {segment.offset for segment in transaction_set.segments}
        return [_fault(f) for offset in {f.location.offset for f in findings} - places for f in self._at.pop(offset, [])]

    def left(self, validated: ValidatedInterchange) -> list[dict[str, Any]]:
        """Those of the envelopes that were not given away; what is left otherwise is in segments that are not wanted."""
        envelopes = (*validated.interchange.findings, *(f for group in validated.groups for f in group.group.findings))
        left = {id(f) for found in self._at.values() for f in found}
        return [_fault(f) for f in envelopes if id(f) in left]


def _fault(finding: Finding) -> dict[str, Any]:
    location = asdict(finding.location)
    fields = {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "scope": finding.scope.value,
        "cause": cause(finding),
        "sentence": sentence(finding),
        "fix": fix(finding) or None,
        "value": finding.value,
        "elementId": finding.element_id,
        "causedBy": finding.caused_by.value if finding.caused_by else None,
        "location": {name: value for name, value in location.items() if value not in (None, ())},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _envelope(interchange: Interchange) -> dict[str, Any]:
    return {
        "standard": interchange.standard.value,
        "version": interchange.version,
        "syntaxId": interchange.syntax_id,
        "delimiters": {name: sign for name, sign in asdict(interchange.delimiters).items() if sign is not None},
        "sender": str(interchange.sender),
        "receiver": str(interchange.receiver),
        "date": interchange.date,
        "time": interchange.time,
        "controlNumber": interchange.control_number,
        "usage": interchange.usage,
        "ackRequested": interchange.ack_requested,
    }


def _group(
    standard: Standard, validated: ValidatedGroup, verdicts: tuple[AckStatus, ...], faults: _Faults, wanted: Wanted
) -> dict[str, Any]:
    group: FunctionalGroup = validated.group
    message = next((validation.message for validation in validated.validations if validation.message), None)
    shown = {
        "implicit": group.header is None,
        "functionalId": group.functional_id,
        "sender": group.sender,
        "receiver": group.receiver,
        "controlNumber": group.control_number,
        "release": group.release,
        "findings": [sentence(f) for f in group.findings],
    }
    for name, segment in (("header", group.header), ("trailer", group.trailer)):
        if segment is not None:
            definition = message.segments.get(segment.tag) if message else service_segments(standard).get(segment.tag)
            shown[name] = _segment(standard, segment, definition, faults)
    sets = [_set(validation, status, faults, wanted) for validation, status in zip(validated.validations, verdicts, strict=True)]
    return {**shown, "sets": sets}


def _set(validation: Validation, status: AckStatus, faults: _Faults, wanted: Wanted) -> dict[str, Any]:
    described = validation.transaction_set
    known = validation.message.segments if validation.message else service_segments(described.standard)

    def show(segment: Segment, definition: SegmentDef | None) -> dict[str, Any]:
        """A segment that has no place in the set still has its name and those of its elements."""
        return _segment(described.standard, segment, definition or known.get(segment.tag), faults)

    if validation.tree:
        children = list(_children(validation.tree.root, show, partial(wanted, described)))
    else:
        children = [show(segment, None) for segment in described.segments if wanted(described, segment)]
    return {
        "setId": described.set_id,
        "label": validation.message.label if validation.message else "",
        "controlNumber": described.control_number,
        "release": described.release,
        "industry": described.industry,
        "segments": len(described.segments),
        "lines": _lines(described),
        "totals": list(_own_totals(described, validation.message)),
        "accepted": status.is_accepted,
        "tally": {severity.value: count for severity in Severity if (count := sum(f.severity is severity for f in validation.findings))},
        "findings": [sentence(f) for f in validation.findings],
        "faults": faults.of_none(described, validation.findings),
        "children": children,
    }


def _children(
    loop: LoopNode, show: Callable[[Segment, SegmentDef | None], dict[str, Any]], wanted: Callable[[Segment], bool]
) -> Iterator[dict[str, Any]]:
    repetitions: dict[str, int] = defaultdict(int)
    for child in loop.children:
        if isinstance(child, SegmentNode):
            if wanted(child.segment):
                yield show(child.segment, child.use.definition if child.use else None)
            continue
        repetitions[child.loop_id] += 1
        if children := list(_children(child, show, wanted)):
            yield {"loop": child.loop_id, "repetition": repetitions[child.loop_id], "children": children}


def _segment(standard: Standard, segment: Segment, definition: SegmentDef | None, faults: _Faults) -> dict[str, Any]:
    found = faults.take(segment)
    own = [f for f in found if f.location.element is None or f.location.segment_tag != segment.tag]
    shown = {
        "segment": segment.tag,
        "label": definition.label if definition else segment_label(standard, segment.tag),
        "position": segment.position,
        "offset": segment.offset,
        "elements": _elements(standard, segment, definition, [f for f in found if f not in own]),
    }
    return {**shown, "faults": [_fault(f) for f in own]} if own else shown


_Place = tuple[int, int, int]  # element, repetition, component; 0 where it is not said


def _elements(standard: Standard, segment: Segment, definition: SegmentDef | None, found: list[Finding]) -> list[dict[str, Any]]:
    """Every text that stands in the segment, and every place that has a fault, with designator and label."""
    lines: dict[_Place, dict[str, Any]] = {}
    for place, text in _texts(segment):
        lines[place] = _element(standard, segment.tag, place, text, definition)
        if (date := _DATES.get((segment.tag, place))) and segment.get(*date[0]) in date[1] and (meaning := _date(text)):
            lines[place]["meaning"] = meaning
    for finding in found:
        at = finding.location
        place = (at.element or 0, at.repetition or 1, at.component or 0)
        if place not in lines and not at.component:  # of a composite as a whole: said at its first component
            place = next((other for other in lines if other[:2] == place[:2]), place)
        if place not in lines and at.component == 1 and (*place[:2], 0) in lines:
            place = (*place[:2], 0)
        line = lines.setdefault(place, _element(standard, segment.tag, place, "", definition))
        line.setdefault("faults", []).append(_fault(finding))
    return [lines[place] for place in sorted(lines)]


def _texts(segment: Segment) -> Iterator[tuple[_Place, str]]:
    for position, value in enumerate(segment.elements, 1):
        singles: tuple[str | Composite, ...] = value if isinstance(value, Repeats) else (value,)
        for repetition, single in enumerate(singles, 1):
            if isinstance(single, str):
                if single:
                    yield (position, repetition, 0), single
                continue
            for component, text in enumerate(single, 1):
                if text:
                    yield (position, repetition, component), text


def _element(standard: Standard, tag: str, place: _Place, text: str, definition: SegmentDef | None) -> dict[str, Any]:
    element, repetition, component = place
    uses = definition.elements if definition else ()
    use = uses[element - 1].definition if 0 < element <= len(uses) else None
    if isinstance(use, CompositeDef):  # a text alone is its first component
        at = max(component, 1)
        use = use.components[at - 1].definition if at <= len(use.components) else None
    name = f"{tag}{element:02}" + (f"[{repetition}]" if repetition > 1 else "") + (f"-{component}" if component else "")
    shown = {"name": name, "label": use.label if use else "", "value": text}
    meaning = _meaning(standard, use, text) if isinstance(use, ElementDef) else ""
    return {**shown, "meaning": meaning} if meaning else shown


def _meaning(standard: Standard, definition: ElementDef, text: str) -> str:
    """What a code stands for, and how a person writes a date or a number with implied decimals."""
    kind = definition.type
    if label := code_label(standard, definition.id, text):
        return label
    if kind == "DT":
        return _date(text)
    if kind == "TM" and text.isdecimal() and len(text) >= 4:
        return f"{text[:2]}:{text[2:4]}"
    if kind[0] == "N" and kind[1:].isdecimal() and kind != "N0" and text.lstrip("-").isdecimal():
        decimals, sign, digits = int(kind[1:]), "-" if text[0] == "-" else "", text.lstrip("-")
        digits = digits.zfill(decimals + 1)
        return f"{sign}{digits[:-decimals].lstrip('0') or '0'}.{digits[-decimals:]}"
    return ""


def _date(text: str) -> str:
    """A date of eight digits, with or without the time of day behind it."""
    if not text.isdecimal() or len(text) not in {8, 12, 14}:
        return ""
    time = f" {text[8:10]}:{text[10:12]}" if len(text) > 8 else ""
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}{time}"


# -- totals


def _lines(transaction_set: TransactionSet) -> int:
    """How many lines the document has: its PO1, IT1, LIN …"""
    counts: dict[str, int] = defaultdict(int)
    for segment in transaction_set.segments:
        counts[segment.tag] += 1
    return next((counts[tag] for tag in _LINES if counts.get(tag)), 0)


def _own_totals(transaction_set: TransactionSet, message: MessageDef | None) -> Iterator[dict[str, str]]:
    """The totals that the document states itself: CTT and TDS; CNT."""
    standard = transaction_set.standard
    for segment in transaction_set.segments:
        definition = message.segments.get(segment.tag) if message else None
        if segment.tag in ("CTT", "TDS"):
            for place, text in list(_texts(segment))[:2]:
                yield _element(standard, segment.tag, place, text, definition)
        elif segment.tag == "CNT" and standard is Standard.EDIFACT:
            kind = _element(standard, segment.tag, (1, 1, 1), segment.get(1, 1), definition)
            shown = _element(standard, segment.tag, (1, 1, 2), segment.get(1, 2), definition)
            yield {**shown, "label": kind.get("meaning") or f"control total {segment.get(1, 1)}"}


def _totals(validated: ValidatedInterchange) -> dict[str, int]:
    findings = validated.findings
    sets = [validation.transaction_set for validation in validated.validations]
    return {
        "bytes": validated.interchange.end - validated.interchange.start,
        "groups": sum(group.group.header is not None for group in validated.groups),
        "sets": len(sets),
        "segments": sum(len(transaction_set.segments) for transaction_set in sets),
        **{f"{severity.value}s": sum(f.severity is severity for f in findings) for severity in Severity},
    }
