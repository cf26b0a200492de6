"""The structure pass: puts each segment of a set into its place in the grammar, and says what does not fit.

The walker is one rule (X12.6 3.8; ISO 9735 9: top to bottom, left to right): a segment goes to the first place that waits for its tag
at or after the current one, in the innermost open loop first, and only outside of it when there is none. A place that leaves nothing
mandatory behind and still has room goes before one that does not. `edi.grammar.check` proves that the rule has no choice to make in a
correct set. In an incorrect one each fault is reported once, and the walk goes on from where most of what follows still fits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, NamedTuple

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.model import LoopUse, MessageDef, Requirement, SegmentUse
from edi.tolerance import STANDARD, Tolerance
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment

__all__ = ["Placed", "place"]

#: faults after which a segment that is not expected here is probably only a consequence
_DERAILING: Final = frozenset({FindingCode.SEGMENT_UNKNOWN, FindingCode.SEGMENT_NOT_IN_SET, FindingCode.SEGMENT_UNEXPECTED})

_WORDS: Final = {
    FindingCode.SEGMENT_UNKNOWN: "the standard has no segment with this tag",
    FindingCode.SEGMENT_NOT_IN_SET: "this segment has no place in this set",
    FindingCode.SEGMENT_UNEXPECTED: "this segment has a place in this set, but not here",
    FindingCode.SEGMENT_OUT_OF_SEQUENCE: "this segment belongs before one that has come already",
    FindingCode.SEGMENT_REPEATS_TOO_OFTEN: "this segment comes more often than its place allows",
    FindingCode.LOOP_REPEATS_TOO_OFTEN: "this loop comes more often than its place allows",
    FindingCode.REQUIRED_SEGMENT_MISSING: "a mandatory segment is missing before here",
    FindingCode.REQUIRED_LOOP_MISSING: "a mandatory loop is missing before here",
}


class Placed(NamedTuple):
    """A tree of all segments, in the order of the data, and what is wrong with their places."""

    tree: Tree
    findings: tuple[Finding, ...]


def place(segments: Iterable[Segment], message: MessageDef, tolerance: Tolerance = STANDARD) -> Placed:
    """Place the segments of one set, header and trailer included. A missing trailer is the envelope's fault and not reported again."""
    walker = _Walker(message, tolerance)
    for segment in segments:
        walker.take(segment)
    return walker.finish()


@cache
def _places(loop: LoopUse) -> dict[str, tuple[int, ...]]:
    """Tag -> which children it may begin."""
    found: dict[str, tuple[int, ...]] = {}
    for index, child in enumerate(loop.children):
        tag = child.tag if isinstance(child, SegmentUse) else child.trigger.tag
        found[tag] = (*found.get(tag, ()), index)
    return found


@cache
def _mandatory(loop: LoopUse) -> tuple[int, ...]:
    return tuple(index for index, child in enumerate(loop.children) if child.requirement is Requirement.MANDATORY)


@cache
def _tags(loop: LoopUse) -> frozenset[str]:
    """Every tag that has a place in or below."""
    return frozenset(_places(loop)).union(*(_tags(child) for child in loop.children if isinstance(child, LoopUse)))


@dataclass(slots=True)
class _Level:
    """An open repetition of a loop, and where one is in it."""

    node: LoopNode
    path: tuple[str, ...]
    index: int
    counts: dict[int, int]
    passed: dict[int, Segment] = field(default_factory=dict)  #: mandatory child left behind -> the segment that came instead

    def lacks(self, before: int) -> bool:
        """Whether going on to this child leaves a mandatory one behind."""
        return any(self.index < index < before and index not in self.counts for index in _mandatory(self.node.use))

    def is_full(self, index: int) -> bool:
        """Whether this child has come as often as it may."""
        most = self.node.use.children[index].max_use
        return most is not None and self.counts.get(index, 0) >= most


_END: Final = 1 << 30  #: after all children


class _Walker:
    def __init__(self, message: MessageDef, tolerance: Tolerance) -> None:
        self.message = message
        self.tolerance = tolerance
        self.root = LoopNode(message.root)
        self.open = [_Level(self.root, (), -1, {})]
        self.found: list[tuple[int, Finding]] = []  #: with the ordinal of the segment, to restore the order of the data
        self.derailed: FindingCode | None = None
        self.overflown: LoopUse | SegmentUse | None = None
        self.last: Segment | None = None

    def take(self, segment: Segment) -> None:
        self.last = segment
        target = self._forward(segment.tag)
        if target is None:
            self._misplaced(segment)
            return
        depth, index = target
        self.derailed = None
        self._put(segment, depth, index)

    def finish(self) -> Placed:
        if self.last is not None:
            while self.open:
                self._close(self.last)
        self.found.sort(key=lambda item: item[0])
        return Placed(Tree(self.message, self.root), tuple(finding for _, finding in self.found))

    # --- finding the place

    def _forward(self, tag: str) -> tuple[int, int] | None:
        """The place at or after the current one: that which has room and leaves nothing behind, else which has room, else any."""
        best: tuple[int, int] | None = None
        rank = 3
        lacking = False
        for depth in range(len(self.open) - 1, -1, -1):
            level = self.open[depth]
            for index in _places(level.node.use).get(tag, ()):
                if index < level.index or (index == 0 and depth and level.is_full(0)):
                    continue  # a trigger segment that comes again begins a repetition of its loop, which is the outer one's place
                this = 2 if level.is_full(index) else 1 if lacking or level.lacks(index) else 0
                if this == 0:
                    return depth, index
                if this < rank:
                    best, rank = (depth, index), this
            lacking = lacking or level.lacks(_END)
        return best

    def _backward(self, tag: str) -> tuple[int, int] | None:
        for depth in range(len(self.open) - 1, -1, -1):
            if found := _places(self.open[depth].node.use).get(tag):
                return depth, found[-1]
        return None

    # --- putting it there

    def _put(self, segment: Segment, depth: int, index: int) -> None:
        while len(self.open) > depth + 1:
            self._close(segment)
        level = self.open[depth]
        use = level.node.use.children[index]
        if level.is_full(index):
            self._overflow(segment, level, use)
        else:
            self.overflown = None
        if index > level.index:
            for passed in _mandatory(level.node.use):
                if level.index < passed < index and passed not in level.counts:
                    level.passed.setdefault(passed, segment)
        level.index = index
        level.counts[index] = level.counts.get(index, 0) + 1
        if isinstance(use, SegmentUse):
            level.node.children.append(SegmentNode(segment, use))
        else:
            node = LoopNode(use, [SegmentNode(segment, use.trigger)])
            level.node.children.append(node)
            self.open.append(_Level(node, (*level.path, use.loop_id), 0, {0: 1}))

    def _overflow(self, segment: Segment, level: _Level, use: SegmentUse | LoopUse) -> None:
        """Too often: the first one too many is the fault, those right after it follow from it."""
        is_loop = isinstance(use, LoopUse)
        code = FindingCode.LOOP_REPEATS_TOO_OFTEN if is_loop else FindingCode.SEGMENT_REPEATS_TOO_OFTEN
        path = (*level.path, use.loop_id) if isinstance(use, LoopUse) else level.path
        self._report(code, segment, path, caused_by=code if self.overflown is use else None)
        self.overflown = use

    def _misplaced(self, segment: Segment) -> None:
        inner = self.open[-1]
        back = self._backward(segment.tag)
        if back is None:
            self._stray(segment, inner)
            return
        depth, index = back
        level = self.open[depth]
        use = level.node.use.children[index]
        if not level.is_full(index):
            path = (*level.path, use.loop_id) if isinstance(use, LoopUse) else level.path
            self._report(FindingCode.SEGMENT_OUT_OF_SEQUENCE, segment, path)
        elif level is not inner and isinstance(use, SegmentUse):
            self._overflow(segment, level, use)
        if level is inner or isinstance(use, LoopUse):
            self._put(segment, depth, index)  # and go on from there: what follows it was moved along with it
        else:
            level.counts[index] = level.counts.get(index, 0) + 1
            inner.node.children.append(SegmentNode(segment, use))  # a single segment of an outer loop does not end this one
        self.derailed = None

    def _stray(self, segment: Segment, inner: _Level) -> None:
        inner.node.children.append(SegmentNode(segment, None))
        if segment.tag in _tags(self.message.root):
            self._report(FindingCode.SEGMENT_UNEXPECTED, segment, inner.path, caused_by=self.derailed)
            self.derailed = self.derailed or FindingCode.SEGMENT_UNEXPECTED
            return
        code = FindingCode.SEGMENT_NOT_IN_SET if segment.tag in self.message.segments else FindingCode.SEGMENT_UNKNOWN
        if self.tolerance.unknown_segments is not None:
            self._report(code, segment, inner.path, severity=self.tolerance.unknown_segments)
        self.derailed = code

    # --- leaving a loop

    def _close(self, segment: Segment) -> None:
        level = self.open.pop()
        children = level.node.use.children
        for index in _mandatory(level.node.use):
            if index in level.counts or (not self.open and index == len(children) - 1):
                continue  # the last of the root is the trailer
            use = children[index]
            at = level.passed.get(index, segment)
            if isinstance(use, LoopUse):
                self._report(FindingCode.REQUIRED_LOOP_MISSING, at, (*level.path, use.loop_id), tag=use.trigger.tag)
            else:
                self._report(FindingCode.REQUIRED_SEGMENT_MISSING, at, level.path, tag=use.tag)

    def _report(
        self,
        code: FindingCode,
        segment: Segment,
        path: tuple[str, ...],
        *,
        severity: Severity = Severity.ERROR,
        tag: str | None = None,
        caused_by: FindingCode | None = None,
    ) -> None:
        location = segment.location(loop=path)
        if tag is not None:
            location = replace(location, segment_tag=tag)
        finding = Finding(code, Scope.STANDARD, severity, location, _WORDS[code], caused_by=caused_by)
        self.found.append((segment.position, finding))
