"""The guide pass: a tree against a partner's guide, in one walk. It stands beside the standard's passes and repeats nothing of them."""

from dataclasses import replace
from typing import Final

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.model import LoopUse
from edi.guide import Guide, Reference, Step, Test
from edi.guide.checks import ElementCheck, doubtful
from edi.guide.plan import Asked, ConditionCheck, LoopPlan, plan
from edi.location import Location
from edi.tolerance import STANDARD, Tolerance
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment

__all__ = ["check_guide"]

_MISSING: Final = (FindingCode.REQUIRED_SEGMENT_MISSING, FindingCode.REQUIRED_LOOP_MISSING)


def check_guide(tree: Tree, guide: Guide, tolerance: Tolerance = STANDARD) -> list[Finding]:
    """What in this tree is not as the guide asks."""
    walk = _Pass(tree, tolerance)
    walk.loop(plan(guide, tree.message), tree.root, ())
    if len(walk.found) > 1:  # what is missing before a segment comes before what is wrong in it
        walk.found.sort(key=lambda finding: (finding.location.segment_position or 0, finding.code not in _MISSING))
    return walk.found


class _Pass:
    """One walk over one tree."""

    def __init__(self, tree: Tree, tolerance: Tolerance) -> None:
        self.tree, self.tolerance = tree, tolerance
        self.found: list[Finding] = []
        self._flat: tuple[Segment, ...] = ()
        self._trigger: Location | None = None  #: where the condition looked that is being asked

    def loop(self, asks: LoopPlan, loop: LoopNode, path: tuple[str, ...]) -> None:
        """One repetition of a loop: its segments, the loops within, and in the end what did not come."""
        counts = [0] * len(asks.asked)
        for child in loop.children:
            if isinstance(child, SegmentNode):
                for asked in asks.segments.get(child.segment.tag, ()):
                    if not asked.step.selectors or asked.step.matches(child.segment):
                        self._segment(asked, child.segment, loop, path, counts)
                continue
            use = child.use
            if use in asks.loops:
                segment, inner = _first(child), (*path, use.loop_id)
                for asked in asks.loops[use]:
                    if not asked.step.selectors or asked.step.matches(segment):
                        self._segment(asked, segment, child, inner, counts)
            for way in asks.ways.get(use, ()):
                if not way.step.selectors or way.step.matches(_first(child)):
                    self.loop(way.plan, child, (*path, use.loop_id))
        for asked in asks.asked:
            if counts[asked.index] < asked.least:
                self._missing(asked.step, loop, path, counts[asked.index], asked.least)

    def _segment(self, asked: Asked, segment: Segment, around: LoopNode, path: tuple[str, ...], counts: list[int]) -> None:
        if asked.counts:
            counts[asked.index] += 1
            if asked.most is not None and counts[asked.index] > asked.most:
                is_loop = isinstance(asked.place.use, LoopUse)
                code = FindingCode.LOOP_REPEATS_TOO_OFTEN if is_loop else FindingCode.SEGMENT_REPEATS_TOO_OFTEN
                # the first one too many is the fault, those after it follow from it
                cause = code if counts[asked.index] > asked.most + 1 else None
                self._add(code, segment.location(loop=path), f"{asked.step.words} may come at most {_times(asked.most)}", cause)
        if asked.forbidden:
            self._forbidden(asked.step, segment, path, "")
            return
        for check in doubtful(asked.elements, segment.elements):
            self._element(check, segment, path)
        for conditional in asked.conditions:
            for test in conditional.condition.when:
                if not _holds(test, segment, around):
                    break
            else:
                self._trigger = _place_of(conditional.condition.when[0], segment, around, path)
                self._conditional(conditional, segment, around, path)
                self._trigger = None

    def _conditional(self, conditional: ConditionCheck, segment: Segment, around: LoopNode, path: tuple[str, ...]) -> None:
        condition = conditional.condition
        for check in doubtful(conditional.elements, segment.elements):
            self._element(check, segment, path)
        for reference in condition.require:
            if not any(_texts(reference, segment, around)):
                self._require(reference, segment, around, path, condition.words)
        for reference in condition.forbid:
            for meant in _meant(reference, segment, around):
                if reference.position is None:
                    assert reference.step is not None
                    self._forbidden(reference.step, meant, path, condition.words)
                elif reference.position.text(meant) and self.tolerance.unused is not None:
                    location = _at(reference, meant, path)
                    words, text = f"not used{condition.words}", reference.position.text(meant)
                    code = FindingCode.CONDITIONAL_ELEMENT_EXCLUDED
                    self._add(code, location, words, severity=self.tolerance.unused, value=text)

    def _require(self, reference: Reference, segment: Segment, around: LoopNode, path: tuple[str, ...], when: str) -> None:
        present = list(_meant(reference, segment, around))
        if reference.step is not None and not present:
            self._missing(reference.step, around, path, 0, 1, when)
        for meant in present[:1]:
            self._add(FindingCode.CONDITIONAL_ELEMENT_MISSING, _at(reference, meant, path), f"required{when}")

    def _forbidden(self, step: Step, segment: Segment, path: tuple[str, ...], when: str) -> None:
        if self.tolerance.unused is not None:
            location = segment.location(loop=path)
            code = FindingCode.SEGMENT_FORBIDDEN
            self._add(code, location, f"{step.words} is not used{when}", severity=self.tolerance.unused)

    def _missing(self, step: Step, loop: LoopNode, path: tuple[str, ...], there: int, least: int, when: str = "") -> None:
        """Said, as the standard's pass does, at the segment that came in its place, and in the loop where it should have come."""
        use = next((use for use in loop.use.children if step.name in _names(use)), None)
        if isinstance(use, LoopUse):
            code, path = FindingCode.REQUIRED_LOOP_MISSING, (*path, use.loop_id)
        else:
            code = FindingCode.REQUIRED_SEGMENT_MISSING
        before = _last_before(loop, use.sequence if use is not None else 0)
        self._flat = self._flat or self.tree.segments()
        following = self._flat[before.position] if before.position < len(self._flat) else before
        tag = step.name if use is None else use.tag if not isinstance(use, LoopUse) else use.trigger.tag
        number = f" at least {_times(least)}, and comes {_times(there)}" if least > 1 else ""
        words = f"{step.words} is required{number} before here{when}"
        self._add(code, replace(following.location(loop=path), segment_tag=tag), words)

    def _element(self, check: ElementCheck, segment: Segment, path: tuple[str, ...]) -> None:
        is_empty = not any(map(any, segment.elements))
        for code, words, value, repetition, severity, own in check.faults(segment, self.tolerance):
            element, component = check.rule.position
            location = segment.location(element=element, component=component, repetition=repetition, loop=path)
            cause = FindingCode.SEGMENT_EMPTY if is_empty else code if own else None
            self._add(code, location, words, cause, severity=severity, value=value, element_id=check.element_id)

    def _add(
        self,
        code: FindingCode,
        location: Location,
        words: str,
        cause: FindingCode | None = None,
        *,
        severity: Severity = Severity.ERROR,
        value: str | None = None,
        element_id: str | None = None,
    ) -> None:
        self.found.append(Finding(code, Scope.GUIDE, severity, location, words, value, element_id, cause, self._trigger))


def _first(loop: LoopNode) -> Segment:
    first = loop.children[0]
    return first.segment if isinstance(first, SegmentNode) else _first(first)


def _holds(test: Test, segment: Segment, around: LoopNode) -> bool:
    if test.of.step is None and test.of.position is not None:
        return test.holds(test.of.position.text(segment))
    return any(map(test.holds, _texts(test.of, segment, around)))


def _names(use: object) -> tuple[str, ...]:
    return (use.loop_id, use.trigger.tag) if isinstance(use, LoopUse) else (getattr(use, "tag", ""),)


def _meant(reference: Reference, segment: Segment, around: LoopNode) -> list[Segment]:
    """The segment itself, or those of the loop that a reference names; a loop within stands for its first segment."""
    step = reference.step
    if step is None:
        return [segment]
    found = []
    for child in around.children:
        if isinstance(child, SegmentNode):
            if child.segment.tag == step.name and step.matches(child.segment):
                found.append(child.segment)
        elif step.name in (child.loop_id, child.tag) and step.matches(_first(child)):
            found.append(_first(child))
    return found


def _texts(reference: Reference, segment: Segment, around: LoopNode) -> list[str]:
    """What stands where a reference leads; an empty text where nothing does."""
    position = reference.position
    found = [meant.tag if position is None else position.text(meant) for meant in _meant(reference, segment, around)]
    return found or [""]


def _at(reference: Reference, segment: Segment, path: tuple[str, ...]) -> Location:
    assert reference.position is not None
    return segment.location(element=reference.position.element, component=reference.position.component, loop=path)


def _place_of(test: Test, segment: Segment, around: LoopNode, path: tuple[str, ...]) -> Location:
    """Where a condition looks; where there is nothing, at the segment that it stands for."""
    meant = _meant(test.of, segment, around)
    if not meant or test.of.position is None:
        return (meant or [segment])[0].location(loop=path)
    return _at(test.of, meant[0], path)


def _last_before(loop: LoopNode, sequence: int) -> Segment:
    """The segment after which one with this place in the loop should have come."""
    last = loop.children[0]
    for child in loop.children:
        if child.use is None or child.use.sequence <= sequence:
            last = child
    return last.segment if isinstance(last, SegmentNode) else [*last.walk()][-1].segment


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
