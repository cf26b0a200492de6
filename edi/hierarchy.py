"""The hierarchy of HL segments (856 and others): every parent exists, no number comes twice. X12 says so in the segment's notes."""

from collections.abc import Iterator

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.tree import LoopNode, Tree
from edi.values import Segment

__all__ = ["check_hierarchy"]

_LEVEL = "HL"


def check_hierarchy(tree: Tree) -> Iterator[Finding]:
    """What is wrong with the numbers and parents of the HL loops, in the order of the data."""
    seen: set[str] = set()
    in_steps = True
    for ordinal, loop in enumerate(_levels(tree.root), 1):
        segment, path = next(loop.walk()).segment, (loop.loop_id,)
        number, parent = segment.get(1), segment.get(2)
        if parent and parent == number:
            yield _fault(segment, path, 2, "734", "the level names itself as its parent")
        elif parent and parent not in seen:
            yield _fault(segment, path, 2, "734", "no level with the number of this parent came before")
        if number in seen:
            yield _fault(segment, path, 1, "628", "the number of this level was used before")
        elif in_steps and number != str(ordinal):
            in_steps = False
            yield _fault(segment, path, 1, "628", "levels are usually numbered from 1 in steps of 1; said once", Severity.INFO)
        seen.add(number)


def _levels(loop: LoopNode) -> Iterator[LoopNode]:
    for child in loop.loops():
        if child.tag == _LEVEL:
            yield child
        yield from _levels(child)


def _fault(
    segment: Segment, path: tuple[str, ...], element: int, element_id: str, message: str, severity: Severity = Severity.ERROR
) -> Finding:
    location = segment.location(element=element, loop=path)
    return Finding(FindingCode.HIERARCHY_INVALID, Scope.STANDARD, severity, location, message, segment.get(element), element_id)
