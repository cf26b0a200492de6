"""The guide pass: a tree against a partner's guide. It stands beside the standard's passes and repeats nothing of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.guide import ElementRule, Guide, SegmentRule, Step
from edi.tolerance import STANDARD, Tolerance
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment

__all__ = ["check_guide"]

_WORDS: Final = {
    FindingCode.REQUIRED_SEGMENT_MISSING: "the partner's guide requires a segment that is missing",
    FindingCode.SEGMENT_FORBIDDEN: "the partner's guide does not use this segment",
    FindingCode.SEGMENT_REPEATS_TOO_OFTEN: "the segment comes more often than the partner's guide allows",
    FindingCode.REQUIRED_ELEMENT_MISSING: "the partner's guide requires this element",
    FindingCode.REQUIRED_COMPONENT_MISSING: "the partner's guide requires this component",
    FindingCode.ELEMENT_FORBIDDEN: "the partner's guide does not use this element",
    FindingCode.ELEMENT_REPEATS_TOO_OFTEN: "the element comes more often than the partner's guide allows",
    FindingCode.ELEMENT_TOO_SHORT: "the value is shorter than the partner's guide allows",
    FindingCode.ELEMENT_TOO_LONG: "the value is longer than the partner's guide allows",
    FindingCode.CODE_UNKNOWN: "the code is not among those that the partner's guide uses",
    FindingCode.PATTERN_MISMATCH: "the value has not the form that the partner's guide asks for",
}


class _Met(NamedTuple):
    """A segment that a path means, with the loops it is in."""

    segment: Segment
    path: tuple[str, ...]


def check_guide(tree: Tree, guide: Guide, tolerance: Tolerance = STANDARD) -> Iterator[Finding]:
    """What in this tree is not as the guide asks."""
    for rule in guide.rules:
        for loop, path in _loops(tree.root, rule.path[:-1], ()):
            yield from _check(rule, loop, path, tolerance)


def _loops(loop: LoopNode, steps: tuple[Step, ...], path: tuple[str, ...]) -> Iterator[tuple[LoopNode, tuple[str, ...]]]:
    """Every repetition of the loops that a path leads through."""
    if not steps:
        yield loop, path
        return
    for inner in loop.loops():
        if steps[0].name in (inner.loop_id, inner.tag) and steps[0].matches(_first(inner)):
            yield from _loops(inner, steps[1:], (*path, inner.loop_id))


def _first(loop: LoopNode) -> Segment:
    return next(loop.walk()).segment


def _meant(step: Step, loop: LoopNode, path: tuple[str, ...]) -> Iterator[_Met]:
    """The segments directly within a loop that a step means; a loop stands for its first segment."""
    for child in loop.children:
        if isinstance(child, SegmentNode):
            met, names = _Met(child.segment, path), {child.tag}
        else:
            met, names = _Met(_first(child), (*path, child.loop_id)), {child.tag, child.loop_id}
        if step.name in names and step.matches(met.segment):
            yield met


def _check(rule: SegmentRule, loop: LoopNode, path: tuple[str, ...], tolerance: Tolerance) -> Iterator[Finding]:
    step = rule.path[-1]
    met = list(_meant(step, loop, path))
    if len(met) < rule.least:
        # said where the loop begins: the guide does not say after which of its segments the missing one would come
        location = replace(_first(loop).location(loop=path), segment_tag=step.name)
        code = FindingCode.REQUIRED_SEGMENT_MISSING
        yield Finding(code, Scope.GUIDE, Severity.ERROR, location, _WORDS[code])
    for ordinal, (segment, place) in enumerate(met, 1):
        if rule.forbidden:
            yield _segment_fault(FindingCode.SEGMENT_FORBIDDEN, segment, place)
        elif rule.most is not None and ordinal > rule.most:
            yield _segment_fault(FindingCode.SEGMENT_REPEATS_TOO_OFTEN, segment, place)
        for element in rule.elements:
            yield from _element(element, segment, place, tolerance)


def _segment_fault(code: FindingCode, segment: Segment, path: tuple[str, ...]) -> Finding:
    return Finding(code, Scope.GUIDE, Severity.ERROR, segment.location(loop=path), _WORDS[code])


def _element(rule: ElementRule, segment: Segment, path: tuple[str, ...], tolerance: Tolerance) -> Iterator[Finding]:
    element, component = rule.position

    def fault(code: FindingCode, value: str | None = None, repetition: int | None = None, severity: Severity = Severity.ERROR) -> Finding:
        location = segment.location(element=element, component=component, repetition=repetition, loop=path)
        return Finding(code, Scope.GUIDE, severity, location, _WORDS[code], value)

    repetitions = segment.repetitions(element)
    texts = [segment.get(element, component or 1, i) for i in range(1, len(repetitions) + 1)]
    if component is None:
        texts = [text or next(filter(None, segment.components(element, i)), "") for i, text in enumerate(texts, 1)]
    if rule.required and not any(texts):
        yield fault(FindingCode.REQUIRED_ELEMENT_MISSING if component is None else FindingCode.REQUIRED_COMPONENT_MISSING)
    if rule.max_repeat is not None and len(texts) > rule.max_repeat:
        yield fault(FindingCode.ELEMENT_REPEATS_TOO_OFTEN, repetition=rule.max_repeat + 1)
    for ordinal, text in enumerate(texts, 1):
        repetition = ordinal if len(texts) > 1 else None
        if not text:
            continue
        if rule.forbidden:
            yield fault(FindingCode.ELEMENT_FORBIDDEN, text, repetition)
        elif rule.length and not rule.length[0] <= len(text) <= rule.length[1]:
            is_short = len(text) < rule.length[0]
            yield fault(FindingCode.ELEMENT_TOO_SHORT if is_short else FindingCode.ELEMENT_TOO_LONG, text, repetition)
        elif rule.codes is not None and text not in rule.codes:
            if tolerance.code_lists is not None:
                yield fault(FindingCode.CODE_UNKNOWN, text, repetition, tolerance.code_lists)
        elif rule.pattern and not rule.pattern.fullmatch(text):
            yield fault(FindingCode.PATTERN_MISMATCH, text, repetition)
