"""What pyx12 says of segments and elements, as our findings. Of its words none is kept, for they quote the partner's data."""

from dataclasses import replace
from typing import Any, Final

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.values import Segment

__all__ = ["element_finding", "loop_of", "segment_finding"]

_STANDARD, _GUIDE = Scope.STANDARD, Scope.GUIDE
_NUMBERS: Final = ("N", "R")

#: AK304 of the walk to what it is here. All are the guide's: its maps do not tell what the standard beneath asks.
_SEGMENT: Final = {
    "1": (FindingCode.SEGMENT_UNEXPECTED, "the guide has no such segment here"),
    "2": (FindingCode.SEGMENT_FORBIDDEN, "the guide does not use what stands here"),
    "3": (FindingCode.REQUIRED_SEGMENT_MISSING, "a segment that the guide requires is missing before here"),
    "4": (FindingCode.LOOP_REPEATS_TOO_OFTEN, "this loop comes more often than the guide allows"),
    "5": (FindingCode.SEGMENT_REPEATS_TOO_OFTEN, "this segment comes more often than the guide allows"),
    "8": (FindingCode.SEGMENT_EMPTY, "this segment has no elements"),
    "HL1": (FindingCode.HIERARCHY_INVALID, "HL01 does not count the levels from 1"),
    "HL2": (FindingCode.HIERARCHY_INVALID, "HL02 names no level that is open"),
    "LX": (FindingCode.PATTERN_MISMATCH, "LX01 does not count the service lines of the claim from 1"),
}
_PLACES: Final = {"HL1": 1, "HL2": 2, "LX": 1}

#: AK403 to what it is here, where one code has one meaning
_ELEMENT: Final = {
    "2": (FindingCode.CONDITIONAL_ELEMENT_MISSING, _STANDARD, "another element of the segment asks for this one"),
    "4": (FindingCode.ELEMENT_TOO_SHORT, _STANDARD, "shorter than the standard allows"),
    "5": (FindingCode.ELEMENT_TOO_LONG, _STANDARD, "longer than the standard allows"),
    "8": (FindingCode.DATE_INVALID, _STANDARD, "not a date"),
    "9": (FindingCode.TIME_INVALID, _STANDARD, "not a time"),
}


def segment_finding(error: Any, segment: Segment, node: Any, known: frozenset[str]) -> Finding | None:
    """A fault of the walk, at the segment where it showed; `known` are the tags of the map. None for a code that says nothing."""
    code = error.err_cde
    if code not in _SEGMENT:
        return None
    found, message = _SEGMENT[code]
    wanted = error.map_node if error.map_node is not None else node
    tag = None
    if code == "1" and segment.tag not in known:
        found, message = FindingCode.SEGMENT_NOT_IN_SET, "the guide does not have this segment"
    elif code == "3":
        tag = wanted.id
        if wanted.is_first_seg_in_loop():
            found, message = FindingCode.REQUIRED_LOOP_MISSING, "a loop that the guide requires is missing before here"
    location = segment.location(element=_PLACES.get(code), loop=loop_of(wanted))
    if tag is not None:
        location = replace(location, segment_tag=tag)
    return Finding(found, _GUIDE, Severity.ERROR, location, message)


def element_finding(error: Any, segment: Segment, node: Any, repetition: int = 1) -> Finding:
    """A fault of an element, at its place."""
    element, component = _place(error, segment, node)
    location = segment.location(element=element, component=component, repetition=repetition if repetition > 1 else None, loop=loop_of(node))
    value = segment.get(element, component or 1, repetition)
    code, scope, severity, message = _meaning(error, component, value)
    return Finding(code, scope, severity, location, message, value or None, _reference(error))


def _meaning(error: Any, component: int | None, value: str) -> tuple[FindingCode, Scope, Severity, str]:
    code, element = error.err_cde, error.map_node
    severity = Severity.ERROR
    if code == "1":
        found = FindingCode.REQUIRED_ELEMENT_MISSING if component is None else FindingCode.REQUIRED_COMPONENT_MISSING
        return found, _GUIDE, severity, "the guide requires this element"
    if code == "3":
        found = FindingCode.TOO_MANY_ELEMENTS if component is None else FindingCode.TOO_MANY_COMPONENTS
        return found, _GUIDE, severity, "more elements than the guide has"
    if code == "10" and element is None:
        return FindingCode.CONDITIONAL_ELEMENT_EXCLUDED, _STANDARD, severity, "another element of the segment rules this one out"
    if code == "10" or (code == "5" and element is None):
        return FindingCode.ELEMENT_FORBIDDEN, _GUIDE, severity, "the guide does not use this element"
    if code == "6":
        return (*_characters(element, value), "not what may stand in an element of this type")
    if code == "7":
        return _code(element, value)
    return (*_ELEMENT[code][:2], severity, _ELEMENT[code][2])


def _characters(element: Any, value: str) -> tuple[FindingCode, Scope, Severity]:
    if element.data_type[:1] in _NUMBERS and value.isprintable():
        return FindingCode.NUMBER_INVALID, _STANDARD, Severity.ERROR
    if value.isprintable() and value.endswith(" ") and value.isascii():
        return FindingCode.CHARACTER_INVALID, _STANDARD, Severity.WARNING  # a blank too many at the end: careless, not wrong
    return FindingCode.CHARACTER_INVALID, _STANDARD, Severity.ERROR


def _code(element: Any, value: str) -> tuple[FindingCode, Scope, Severity, str]:
    if element.rec is not None and not element.rec.search(value):
        return FindingCode.PATTERN_MISMATCH, _GUIDE, Severity.ERROR, "not of the form that the guide asks for"
    if element.external_codes is not None:  # others publish these lists, several times a year; pyx12 has a copy of some day
        return FindingCode.CODE_UNKNOWN, _GUIDE, Severity.WARNING, "not in the copy of an outer code list; that may be older than the code"
    return FindingCode.CODE_UNKNOWN, _GUIDE, Severity.ERROR, "the guide does not have this code"


def _place(error: Any, segment: Segment, node: Any) -> tuple[int, int | None]:
    """Element and component from 1. A fault of a condition names the first element of it, that of a composite the composite."""
    leaf = error.map_node
    if leaf is not None:
        return (leaf.parent.seq, leaf.seq) if leaf.parent.is_composite() else (leaf.seq, None)
    reference = str(error.refdes or "")
    for child in node.children:
        if child.is_composite() and reference in {child.refdes, child.id}:
            return child.seq, (child.get_child_count() + 1 if error.err_cde == "3" else None)
    digits = reference.removeprefix(node.id)[:2]
    first = int(digits) if digits.isdecimal() else 1
    for _, *elements in node.syntax:
        others = [int(element) for element in elements]
        if error.err_cde in {"2", "10"} and others[0] == first:
            return next((element for element in others if bool(segment.get(element)) is (error.err_cde == "10")), first), None
    return first, None


def _reference(error: Any) -> str | None:
    return error.map_node.data_ele if error.map_node is not None else None


def loop_of(node: Any) -> tuple[str, ...]:
    """The loops of the guide that a place of the map is in, from the outside in; what only holds the map together is left out."""
    path = []
    parent = node.parent
    while parent is not None and parent.id is not None:
        if parent.is_loop() and parent.type != "wrapper" and parent.id not in {"ISA_LOOP", "GS_LOOP", "ST_LOOP"}:
            path.append(parent.id)
        parent = parent.parent
    return tuple(reversed(path))
