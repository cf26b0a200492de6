"""Healthcare sets by pyx12, behind our findings: where `edi` has no grammar for a set and pyx12 has the implementation guide's map.

The envelope stays ours, and so does the reading: pyx12 gets one segment at a time and says where in its map it stands and what is wrong
with it. It is slow (a few hundred kilobytes a second), so a set that is too large stays unsupported.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.tolerance import STANDARD, Tolerance
from edi.validate import ValidatedGroup, ValidatedInterchange, Validation
from edi.values import Repeats, Segment, Standard
from gateway.validators.pyx12_faults import element_finding, loop_of, segment_finding
from gateway.validators.pyx12_maps import load_map, map_name

__all__ = ["MAX_BYTES", "judged"]

MAX_BYTES: Final = 4_000_000  #: of one set; pyx12 needs some twenty seconds for them
_SEPARATORS: Final = ("\x1d", "\x1e", "\x1f")  #: segment, element, component: what pyx12 gets is joined anew, for it has no other way
_GROUP: Final = ("/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")


def judged(validated: ValidatedInterchange, tolerance: Tolerance = STANDARD) -> ValidatedInterchange:
    """The same verdicts, but for sets without a grammar that pyx12 has a map for: its findings instead of "unsupported"."""
    if validated.interchange.standard is not Standard.X12 or not any(_is_unsupported(one) for one in validated.validations):
        return validated
    groups = []
    for group in validated.groups:
        kind, release = group.group.functional_id, group.group.release
        validations = tuple(_judged(one, kind, release, tolerance) if _is_unsupported(one) else one for one in group.validations)
        groups.append(ValidatedGroup(group.group, validations))
    return ValidatedInterchange(validated.interchange, tuple(groups))


def _is_unsupported(validation: Validation) -> bool:
    return any(finding.code is FindingCode.SET_UNSUPPORTED for finding in validation.findings)


def _judged(validation: Validation, functional_id: str, release: str, tolerance: Tolerance) -> Validation:
    one = validation.transaction_set
    segments = one.segments
    name = map_name(one.set_id, functional_id, release, segments)
    if name is None:
        return validation
    if one.end - one.start > MAX_BYTES:
        return replace(validation, findings=(*validation.findings, _limit(segments[0], "too large a set for the check of its guide")))
    try:
        found = _capped(_tolerated(_walk(segments, load_map(name)), tolerance), tolerance.max_findings, segments[-1])
    except Exception as fault:  # a bug of pyx12 is no fault of the set, and no verdict on it either
        from gateway.log import logger

        logger().warning("pyx12.failed", error_type=type(fault).__name__, map=name)
        return validation
    own = [finding for finding in validation.findings if finding.code is not FindingCode.SET_UNSUPPORTED]
    found = sorted((*own, *found), key=lambda finding: finding.location.segment_position or 0)
    return replace(validation, findings=tuple(found))


def _tolerated(findings: Iterator[Finding], tolerance: Tolerance) -> Iterator[Finding]:
    """The findings as heavy as the agreement has them, without those that it forgives."""
    of_code = {
        FindingCode.CODE_UNKNOWN: tolerance.code_lists,
        FindingCode.CONDITIONAL_ELEMENT_MISSING: tolerance.syntax_notes,
        FindingCode.CONDITIONAL_ELEMENT_EXCLUDED: tolerance.syntax_notes,
        FindingCode.SEGMENT_NOT_IN_SET: tolerance.unknown_segments,
        FindingCode.TRAILING_SEPARATOR: tolerance.trailing_separators,
    }
    for finding in findings:
        severity = of_code.get(finding.code, finding.severity)
        if severity is not None:
            yield finding if finding.severity is not Severity.ERROR else replace(finding, severity=severity)


def _capped(findings: Iterator[Finding], most: int, last: Segment) -> list[Finding]:
    kept: list[Finding] = []
    for finding in findings:
        if len(kept) == most:
            return [*kept, _limit(last, "more was found than is listed")]
        kept.append(finding)
    return kept


def _limit(segment: Segment, message: str) -> Finding:
    return Finding(FindingCode.LIMIT_EXCEEDED, Scope.STANDARD, Severity.WARNING, segment.location(), message)


def _walk(segments: tuple[Segment, ...], guide: Any) -> Iterator[Finding]:
    """Each segment to its place in the map, and there through its checks."""
    from pyx12.map_walker import walk_tree
    from pyx12.x12file import X12Base

    walker, counts = walk_tree(), X12Base()
    counts.check_837_lx = guide.id.startswith("837")
    walker.forceWalkCounterToLoopStart(*_GROUP)
    known = frozenset(_tags(guide))
    node = guide.getnodebypath(_GROUP[1])
    lost: FindingCode | None = None
    for position, segment in enumerate(segments, 1):
        given = _given(segment)
        counts._parse_segment(given)
        there, _, _, errors = walker.walk_errors(node, given, position, position, None)
        for error in errors:
            found = segment_finding(error, segment, node, known)
            if found is not None:
                yield replace(found, caused_by=lost)
                lost = lost or (found.code if error.err_cde == "1" else None)
        if there is None:
            counts.pop_errors()
            continue
        node, lost = there, None
        for _, code, *_ in counts.pop_errors():
            found = segment_finding(_Said(code), segment, node, known)
            if found is not None:
                yield found
        yield from _elements(segment, given, node)


def _elements(segment: Segment, given: Any, node: Any) -> Iterator[Finding]:
    yield from _surplus(segment, given, node)
    if segment.elements and not segment.elements[-1]:
        location = segment.location(element=len(segment.elements), loop=loop_of(node))
        yield Finding(FindingCode.TRAILING_SEPARATOR, Scope.STANDARD, Severity.ERROR, location, "empty elements at the end")
    for error in node.is_valid_errors(given)[1]:
        yield element_finding(error, segment, node)
    for place, value in enumerate(segment, 1):  # pyx12 does not know that an element may repeat
        if isinstance(value, Repeats) and place <= len(node.children):
            child = node.get_child_node_by_idx(place - 1)
            for repetition, again in enumerate(value[1:], 2):
                for error in child.is_valid_errors(_part(again, composite=child.is_composite()))[1]:
                    yield element_finding(error, segment, node, repetition)


def _surplus(segment: Segment, given: Any, node: Any) -> Iterator[Finding]:
    """Components beyond those of the guide; pyx12 cannot count them, so they are taken from what it gets."""
    for place, value in enumerate(given.elements[: len(node.children)], 1):
        child = node.get_child_node_by_idx(place - 1)
        most = child.get_child_count() if child.is_composite() else 1
        if len(value) > most > 0:
            location = segment.location(element=place, component=most + 1, loop=loop_of(node))
            text = "more components than the guide has"
            yield Finding(
                FindingCode.TOO_MANY_COMPONENTS, Scope.GUIDE, Severity.ERROR, location, text, segment.get(place, most + 1) or None
            )
            del value.elements[most:]


class _Said:
    """A complaint of pyx12's counter, which is a code and no object, as the walk's are."""

    map_node = None

    def __init__(self, code: str) -> None:
        self.err_cde = code


def _given(segment: Segment) -> Any:
    """The segment as pyx12 has it: of a repeated element the first repetition, and no empty elements at the end."""
    from pyx12.segment import Segment as Theirs

    end, element, component = _SEPARATORS
    values = (value[0] if isinstance(value, Repeats) else value for value in segment)
    text = element.join((segment.tag, *(value if isinstance(value, str) else component.join(value) for value in values)))
    return Theirs(text.rstrip(element) + end, end, element, component)


def _part(value: str | tuple[str, ...], *, composite: bool) -> Any:
    from pyx12.segment import Composite, Element

    component = _SEPARATORS[2]
    text = value if isinstance(value, str) else component.join(value)
    return Composite(text, component) if composite else Element(text)


def _tags(node: Any) -> Iterator[str]:
    """Every segment tag of a map."""
    if node.is_segment():
        yield node.id
    elif node.is_loop() or node.is_map_root():
        for places in node.pos_map.values():
            for child in places:
                yield from _tags(child)
