"""The structure pass: puts each segment of a set into its place in the grammar, and says what does not fit.

The walker is one rule (X12.6 3.8; ISO 9735 9: top to bottom, left to right): a segment goes to the first place that waits for its tag
at or after the current one, in the innermost open loop first, and only outside of it when there is none. A place that leaves nothing
mandatory behind and still has room goes before one that does not. `edi.grammar.check` proves that the rule has no choice to make in a
correct set. In an incorrect one each fault is reported once, and the walk goes on from where most of what follows still fits
(`edi.recovery`). A fault is placed at the first segment after which no correct set could have gone on.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.model import LoopUse, MessageDef, SegmentUse
from edi.recovery import AHEAD, Repair, Way, go, is_late_trigger, repair, resume
from edi.tolerance import STANDARD, Tolerance
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment
from edi.walk import Level, Step, forward, mandatory, places, tags

__all__ = ["Placed", "place"]

_MOST_LEFT: Final = 3
_MOST_CASCADES: Final = 10  #: in a loop without its trigger, so many segments are named
_MOST_REPAIRS: Final = 500  #: then the set is beyond help, and segments that do not fit are left alone

_WITHOUT_PLACE: Final = (FindingCode.SEGMENT_UNEXPECTED, FindingCode.SEGMENT_OUT_OF_SEQUENCE)

_WORDS: Final = {
    FindingCode.SEGMENT_UNKNOWN: "the standard has no segment with this tag",
    FindingCode.SEGMENT_NOT_IN_SET: "this segment has no place in this set",
    FindingCode.SEGMENT_UNEXPECTED: "this segment has a place in this set, but not here",
    FindingCode.SEGMENT_OUT_OF_SEQUENCE: "this segment does not stand in the order of the set",
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
    return _Walker(tuple(segments), message, tolerance).run()


class _Walker:
    def __init__(self, segments: tuple[Segment, ...], message: MessageDef, tolerance: Tolerance) -> None:
        self.segments = segments
        self.message = message
        self.tolerance = tolerance
        self.root = LoopNode(message.root)
        self.open = [Level(message.root, -1, {}, node=self.root)]
        self.trailer = message.root.children[-1]
        self.found: list[tuple[int, Finding]] = []  #: with the ordinal of the segment, to restore the order of the data
        self.repairs = 0
        self.derailed: FindingCode | None = None  #: the fault of the segment before, from which that of the next may follow
        self.orphans = 0
        self.overflown: LoopUse | SegmentUse | None = None
        #: tag -> where a segment with it was without a place, and its fault: one that is missing nearby is that one
        self.strays: dict[str, tuple[int, FindingCode]] = {}
        self.missed: dict[str, int] = {}  #: and the other way round
        self.left: deque[tuple[Level, ...]] = deque(maxlen=_MOST_LEFT)  #: the loops that were left lately, from the outside in

    def run(self) -> Placed:
        for at, segment in enumerate(self.segments):
            step = forward(self.open, segment.tag)
            if step is None or step.rank:
                self._mend(at, segment, step)
            else:
                self.derailed = None
                self._put(segment, step.depth, step.child)
        if self.segments:
            # where the trailer is missing, which is the envelope's fault, more may be than it: the set was cut
            is_whole = len(self.message.root.children) - 1 in self.open[0].counts
            while self.open:
                self._close(self.segments[-1], None if is_whole else FindingCode.SET_TRAILER_MISSING)
        self.found.sort(key=lambda item: item[0])
        return Placed(Tree(self.message, self.root), tuple(finding for _, finding in self.found))

    # --- a segment in its place

    def _put(self, segment: Segment, depth: int, index: int, *, cause: FindingCode | None = None) -> None:
        self._close_to(depth, segment, cause)
        level = self.open[depth]
        use = level.use.children[index]
        if level.orphaned:
            self._orphan(segment, level, use, index)
            return
        if level.is_full(index):
            self._overflow(segment, level, use, cause)
        else:
            self.overflown = None
        if index > level.index:
            for passed in mandatory(level.use):
                if level.index < passed < index and passed not in level.counts:
                    level.passed.setdefault(passed, segment)
        level.index = index
        level.counts[index] = level.counts.get(index, 0) + 1
        assert level.node
        if isinstance(use, SegmentUse):
            level.node.children.append(SegmentNode(segment, use))
        else:
            node = LoopNode(use, [SegmentNode(segment, use.trigger)])
            level.node.children.append(node)
            self.open.append(Level(use, 0, {0: 1}, (*level.path, use.loop_id), node))

    def _orphan(self, segment: Segment, level: Level, use: LoopUse | SegmentUse, index: int) -> None:
        """In a loop without its trigger: what would be right there follows from that."""
        self.orphans += 1
        if self.orphans <= _MOST_CASCADES:
            self._report(FindingCode.SEGMENT_UNEXPECTED, segment, level.path, caused_by=level.orphaned)
        assert level.node
        level.node.children.append(SegmentNode(segment, None))
        level.index = index
        level.counts[index] = level.counts.get(index, 0) + 1
        if isinstance(use, LoopUse):
            self.open.append(Level(use, 0, {0: 1}, level.path, level.node, orphaned=level.orphaned))

    def _overflow(self, segment: Segment, level: Level, use: SegmentUse | LoopUse, cause: FindingCode | None) -> None:
        """Too often: the first one too many is the fault, those right after it follow from it."""
        code = _overflow_of(use)
        self._report(code, segment, _path(level, use), caused_by=code if self.overflown is use else cause)
        self.overflown = use

    # --- a segment that does not fit

    def _mend(self, at: int, segment: Segment, step: Step | None) -> None:
        if segment.tag not in tags(self.message.root):
            self._stray(segment)
            return
        self.repairs += 1
        if step and (self.repairs > _MOST_REPAIRS or self.open[step.depth].use.children[step.child] is self.trailer):
            one = Repair(Way.ACCEPT, step.depth, step.child)
        elif self.repairs > _MOST_REPAIRS or is_late_trigger(self.open, segment.tag):
            one = Repair(Way.LEAVE)
        else:
            one = repair(self.open, segment.tag, [later.tag for later in self.segments[at + 1 : at + 1 + AHEAD]], step, self.left)
        match one.way:
            case Way.ACCEPT:
                self._put(segment, one.depth, one.child)
            case Way.BACK:
                self._back(segment, one)
            case Way.LEAVE:
                self._leave(segment)
            case Way.ORPHAN | Way.RESUME:
                self._begin_orphan(segment, one)

    def _back(self, segment: Segment, one: Repair) -> None:
        """It should have come before: the walk goes on from there, and what has come already may come again."""
        level = self.open[one.depth]
        use = level.use.children[one.child]
        late, cause = FindingCode.SEGMENT_OUT_OF_SEQUENCE, self._cause(segment)
        is_full = level.is_full(one.child) and not level.orphaned
        if is_full:
            late = _overflow_of(use)
        self._close_to(one.depth, segment, cause or late)
        if not level.orphaned and not is_full:
            self._report(late, segment, _path(level, use), caused_by=cause)
        for later in level.counts:
            if later > one.child:
                level.counts[later] = 0
        level.index = one.child
        self._put(segment, one.depth, one.child, cause=cause)
        self.derailed = cause or late

    def _leave(self, segment: Segment) -> None:
        """It does not move the walk: its place is in a loop that is open, but not here, or in none."""
        inner = self.open[-1]
        assert inner.node
        for depth in range(len(self.open) - 1, -1, -1):
            level = self.open[depth]
            found = [index for index in places(level.use).get(segment.tag, ()) if index or not depth]
            if found and not level.orphaned:
                self._leave_known(segment, level, found[-1], inner.node)
                return
        cause = self._cause(segment) or inner.orphaned
        if cause is None and _is_near(self.missed.pop(segment.tag, None), segment):
            cause = FindingCode.REQUIRED_SEGMENT_MISSING
        self._report(FindingCode.SEGMENT_UNEXPECTED, segment, inner.path, caused_by=cause)
        self.derailed = cause or FindingCode.SEGMENT_UNEXPECTED
        inner.node.children.append(SegmentNode(segment, None))

    def _leave_known(self, segment: Segment, level: Level, index: int, node: LoopNode) -> None:
        use, cause = level.use.children[index], self._cause(segment)
        if level.is_full(index):
            self._overflow(segment, level, use, cause)
        else:
            self._report(FindingCode.SEGMENT_OUT_OF_SEQUENCE, segment, _path(level, use), caused_by=cause)
            self.derailed = cause or FindingCode.SEGMENT_OUT_OF_SEQUENCE
        level.counts[index] = level.counts.get(index, 0) + (index < level.index)  # it is not missing, and one ahead may still come
        node.children.append(SegmentNode(segment, use if isinstance(use, SegmentUse) else use.trigger))

    def _begin_orphan(self, segment: Segment, one: Repair) -> None:
        """It stands in a loop that was not begun: one fault, from which those of the whole loop follow."""
        self._close_to(one.depth, segment, FindingCode.SEGMENT_UNEXPECTED)
        level = self.open[one.depth]
        loop = level.use.children[one.child]
        assert isinstance(loop, LoopUse)
        assert level.node
        cause = self._cause(segment) or level.orphaned
        if cause is None and one.child in mandatory(level.use) and one.child not in level.counts:
            cause = FindingCode.REQUIRED_LOOP_MISSING
            self._report(cause, segment, _path(level, loop), tag=loop.trigger.tag)
        self._report(FindingCode.SEGMENT_UNEXPECTED, segment, level.path, caused_by=cause)
        level.node.children.append(SegmentNode(segment, None))
        for passed in mandatory(level.use):
            if level.index < passed < one.child and passed not in level.counts:
                level.passed.setdefault(passed, segment)
        go(self.open, one)
        if one.way is Way.RESUME:
            resume(self.open, one.depth, segment.tag)
        for virtual in self.open[one.depth + 1 :]:
            virtual.path, virtual.node, virtual.orphaned = level.path, level.node, cause or FindingCode.SEGMENT_UNEXPECTED
        self.orphans = 0

    def _cause(self, segment: Segment) -> FindingCode | None:
        """The fault that a segment without a place follows from: one just before, or that of its loop's trigger or content."""
        if self.derailed:
            return self.derailed
        for level in self.open:
            if level.orphaned and level.use.trigger.tag == segment.tag:
                return level.orphaned
            for child in level.use.children:
                if isinstance(child, LoopUse) and segment.tag in places(child):
                    others = (child.trigger.tag,) if segment.tag != child.trigger.tag else places(child)
                    if faults := [fault for tag in others if tag != segment.tag and (fault := self._strayed(tag, segment))]:
                        return faults[0]
        return None

    def _strayed(self, tag: str, segment: Segment) -> FindingCode | None:
        """The fault of a segment with this tag that was nearby without a place."""
        position, code = self.strays.get(tag, (None, None))
        return code if _is_near(position, segment) else None

    def _stray(self, segment: Segment) -> None:
        inner = self.open[-1]
        assert inner.node
        inner.node.children.append(SegmentNode(segment, None))
        code = FindingCode.SEGMENT_NOT_IN_SET if segment.tag in self.message.segments else FindingCode.SEGMENT_UNKNOWN
        if self.tolerance.unknown_segments is not None:
            self._report(code, segment, inner.path, severity=self.tolerance.unknown_segments)
        self.derailed = code

    # --- leaving a loop

    def _close_to(self, depth: int, segment: Segment, cause: FindingCode | None) -> None:
        if len(self.open) > depth + 1:
            self.left.appendleft(tuple(self.open[depth + 1 :]))
            while len(self.open) > depth + 1:
                self._close(segment, cause)

    def _close(self, segment: Segment, cause: FindingCode | None = None) -> None:
        level = self.open.pop()
        children = level.use.children
        for index in mandatory(level.use):
            if index in level.counts or level.orphaned or (not self.open and index == len(children) - 1):
                continue  # the last of the root is the trailer
            use = children[index]
            at = level.passed.get(index, segment)
            fault = None if index in level.passed else cause
            if isinstance(use, LoopUse):
                self._report(FindingCode.REQUIRED_LOOP_MISSING, at, _path(level, use), tag=use.trigger.tag, caused_by=fault)
                continue
            fault = fault or self._strayed(use.tag, at)
            self.missed[use.tag] = at.position
            self._report(FindingCode.REQUIRED_SEGMENT_MISSING, at, level.path, tag=use.tag, caused_by=fault)

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
        elif code in _WITHOUT_PLACE:
            self.strays[segment.tag] = segment.position, caused_by or code
        finding = Finding(code, Scope.STANDARD, severity, location, _WORDS[code], caused_by=caused_by)
        self.found.append((segment.position, finding))


def _path(level: Level, use: SegmentUse | LoopUse) -> tuple[str, ...]:
    return (*level.path, use.loop_id) if isinstance(use, LoopUse) else level.path


def _overflow_of(use: SegmentUse | LoopUse) -> FindingCode:
    return FindingCode.LOOP_REPEATS_TOO_OFTEN if isinstance(use, LoopUse) else FindingCode.SEGMENT_REPEATS_TOO_OFTEN


def _is_near(position: int | None, segment: Segment) -> bool:
    return position is not None and abs(segment.position - position) <= AHEAD
