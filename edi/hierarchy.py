"""The hierarchy of HL segments (856 and others): every parent exists, no number comes twice. X12 says so in the segment's notes."""

from collections.abc import Iterable, Iterator

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.rules import SimpleRule, compiled
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment, Standard

__all__ = ["check_hierarchy", "check_levels"]

_LEVEL = "HL"


def check_hierarchy(tree: Tree) -> Iterator[Finding]:
    """What is wrong with the numbers and parents of the HL loops, in the order of the data."""
    return check_levels((next(loop.walk()), loop.loop_id) for loop in _levels(tree.root))


def check_levels(levels: Iterable[tuple[SegmentNode, str]]) -> Iterator[Finding]:
    """The same of the HL segments alone, each with the id of its loop.

    A number that is missing or wrong in itself has its own finding; where it was the parent of others, theirs follow from it.
    """
    seen: set[str] = set()
    in_steps = True
    nameless: FindingCode | None = None
    for ordinal, (node, loop_id) in enumerate(levels, 1):
        segment, path = node.segment, (loop_id,)
        number, parent = segment.get(1), segment.get(2)
        if parent and not _fault_of(node, 2):
            if parent == number and number not in seen:
                yield _fault(segment, path, 2, "734", "the level names itself as its parent")
            elif parent not in seen:
                yield _fault(segment, path, 2, "734", "no level with the number of this parent came before", caused_by=nameless)
        if fault := _fault_of(node, 1):
            nameless = nameless or fault
        elif number in seen:
            nameless = nameless or FindingCode.HIERARCHY_INVALID
            yield _fault(segment, path, 1, "628", "the number of this level was used before")
        elif in_steps and nameless is None and number != str(ordinal):
            in_steps = False
            yield _fault(segment, path, 1, "628", "levels are usually numbered from 1 in steps of 1; said once", Severity.INFO)
        seen.add(number)


def _levels(loop: LoopNode) -> Iterator[LoopNode]:
    for child in loop.loops():
        if child.tag == _LEVEL:
            yield child
        yield from _levels(child)


def _fault_of(node: SegmentNode, element: int) -> FindingCode | None:
    """What is wrong with a number in itself; only a mandatory one can be missing."""
    assert node.use is not None
    rule, value = compiled(node.use.definition, Standard.X12, ".").parts[element - 1], node.segment.get(element)
    if not value:
        return FindingCode.REQUIRED_ELEMENT_MISSING if any(node.segment.elements) else FindingCode.SEGMENT_EMPTY
    return rule.check(value) if isinstance(rule, SimpleRule) else None


def _fault(
    segment: Segment,
    path: tuple[str, ...],
    element: int,
    element_id: str,
    message: str,
    severity: Severity = Severity.ERROR,
    caused_by: FindingCode | None = None,
) -> Finding:
    location = segment.location(element=element, loop=path)
    value = segment.get(element)
    return Finding(FindingCode.HIERARCHY_INVALID, Scope.STANDARD, severity, location, message, value, element_id, caused_by)
