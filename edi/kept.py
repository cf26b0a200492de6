"""Whether a guide is kept, seen in one run over the text of a set whose structure is proven, without a tree and without its segments.

What is kept has no finding. Where there is a doubt the answer is no, and `edi.narrowing` says what is wrong, if anything: a doubt costs
time, never a finding. Repeated elements and released characters are doubts.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from edi.automaton import Step, Table, table_of
from edi.delimiters import Delimiters
from edi.grammar.model import LoopUse, MessageDef
from edi.guide import Condition, Guide, Position, Reference, Selector
from edi.guide.checks import ElementCheck
from edi.guide.expressions import expression
from edi.guide.plan import Asked, LoopPlan, plan
from edi.lines import RELEASED, Lines

__all__ = ["is_kept"]

_MOST_ELEMENTS: Final = 200  #: more of them are no segment that comes again
_DOUBT: Final = "\n"  #: no value has it, and no rule is kept by it


def is_kept(lines: Lines, guide: Guide, message: MessageDef) -> bool:
    """Whether all that the guide asks is surely so in this set."""
    text = lines.plain()
    return text is not None and _run_of(guide, message, lines.signs.delimiters).holds(text)


#: segments of an open loop, in their elements, by what they are called; None where no condition looks at them
_Collected = dict[str, list[list[str]]] | None


class _Way(NamedTuple):
    selectors: tuple[Selector, ...]
    plan: LoopPlan


class _Move:
    """What is asked when a segment takes a place: of the segment itself, and which plans hold in the loop that it begins."""

    __slots__ = ("asked", "inner", "names", "ways")

    def __init__(self, asked: tuple["_Ask", ...], ways: tuple[_Way, ...], inner: "_Scene", names: tuple[str, ...]) -> None:
        self.asked, self.ways, self.inner = asked, ways, inner
        self.names = names  #: what the segment, or the loop that it begins, is called where conditions name it


class _Ask:
    """One rule where it stands, with its expressions by the number of elements."""

    __slots__ = ("asked", "begins", "index", "looks_around", "matches")

    def __init__(self, index: int, asked: Asked) -> None:
        self.index, self.asked = index, asked
        self.looks_around = _looks_around(asked)  #: so that its conditions wait for the end of the loop
        self.begins = isinstance(asked.place.use, LoopUse)
        self.matches: dict[int, Callable[[str], object] | None] = {}


class _Scene:
    """The plans that hold in one repetition of a loop."""

    __slots__ = ("collects", "least", "moves", "offsets", "plans", "size")

    def __init__(self, plans: tuple[LoopPlan, ...]) -> None:
        self.plans = plans
        self.offsets: list[int] = []
        self.size = 0
        for one in plans:
            self.offsets.append(self.size)
            self.size += len(one.asked)
        self.least = tuple(
            (offset + asked.index, asked.least)
            for one, offset in zip(plans, self.offsets, strict=True)
            for asked in one.asked
            if asked.least
        )
        self.moves: dict[Step, _Move] = {}
        self.collects = any(_looks_around(asked) and not isinstance(asked.place.use, LoopUse) for one in plans for asked in one.asked)


class _Run:
    """A guide made ready for one set in one way of writing. Threads may learn at once: they learn the same."""

    def __init__(self, guide: Guide, message: MessageDef, delimiters: Delimiters) -> None:
        self._table: Table = table_of(message)
        self._element, self._component, self._segment = delimiters.element, delimiters.component, delimiters.segment
        self._repetition = delimiters.repetition
        self._delimiters = delimiters
        self._scenes: dict[tuple[LoopPlan, ...], _Scene] = {}
        self._named = {reference.step.name for rule in guide.rules for reference in _references(rule.conditions) if reference.step}
        self._root = self._scene((plan(guide, message),))

    def holds(self, text: str) -> bool:
        element = self._element
        pieces = text.split(self._segment)
        pieces.pop()
        state = self._table.start
        scene, counts = self._root, [0] * self._root.size
        collected: _Collected = {} if scene.collects else None
        waiting: list[tuple[Asked, list[str]]] = []
        stack = [(scene, counts, collected, waiting)]
        for piece in pieces:
            tag = piece[: piece.find(element)]
            step = state.steps.get(tag) or self._table.step(state, tag)
            if step is None:
                return False
            state, depth = step.state, step.depth
            while len(stack) > depth + 1:
                if not self._is_complete(*stack.pop()):
                    return False
            scene, counts, collected, waiting = stack[depth]
            move = scene.moves.get(step) or self._learn(scene, step)
            inner = move.inner
            begun: list[tuple[Asked, list[str]]] = []
            parts: list[str] = []
            looked_at = collected is not None and move.names
            if move.asked or move.ways or looked_at:
                if RELEASED in piece:
                    return False
                if collected is not None and looked_at:
                    parts = piece.split(element)
                    for name in move.names:
                        collected.setdefault(name, []).append(parts)
                for ask in move.asked:
                    asked = ask.asked
                    if asked.step.selectors:
                        parts = parts or piece.split(element)
                        if not self._matches(asked.step.selectors, parts):
                            continue
                    if asked.counts:
                        counts[ask.index] += 1
                        if asked.most is not None and counts[ask.index] > asked.most:
                            return False
                    if asked.forbidden:
                        return False
                    if asked.elements and not self._is_as_asked(ask, piece):
                        parts = parts or piece.split(element)
                        if not self._is_right(asked.elements, parts):
                            return False
                    if asked.conditions:
                        parts = parts or piece.split(element)
                        if ask.looks_around:
                            (begun if ask.begins else waiting).append((asked, parts))
                        elif not self._are_met(asked, parts, None):
                            return False
                if move.ways:
                    parts = parts or piece.split(element)
                    inner = self._scene(tuple(way.plan for way in move.ways if self._matches(way.selectors, parts)))
            if step.loop is not None:
                around = {tag: [parts or piece.split(element)]} if begun or inner.collects else None
                stack.append((inner, [0] * inner.size, around, begun))
        return all(self._is_complete(*frame) for frame in stack)

    def _is_complete(self, scene: _Scene, counts: list[int], collected: _Collected, waiting: list[tuple[Asked, list[str]]]) -> bool:
        """Whether a loop that ends has what it must have."""
        for index, least in scene.least:
            if counts[index] < least:
                return False
        return not waiting or all(self._are_met(asked, parts, collected) for asked, parts in waiting)

    def _scene(self, plans: tuple[LoopPlan, ...]) -> _Scene:
        return self._scenes.get(plans) or self._scenes.setdefault(plans, _Scene(plans))

    def _learn(self, scene: _Scene, step: Step) -> _Move:
        asked: list[_Ask] = []
        ways: list[_Way] = []
        for one, offset in zip(scene.plans, scene.offsets, strict=True):
            found = one.segments.get(step.use.tag, ()) if step.loop is None else one.loops.get(step.loop, ())
            asked += (_Ask(offset + each.index, each) for each in found)
            if step.loop is not None:
                ways += (_Way(way.step.selectors, way.plan) for way in one.ways.get(step.loop, ()))
        always = tuple(way.plan for way in ways) if not any(way.selectors for way in ways) else ()
        names = tuple({step.use.tag, step.loop.loop_id if step.loop is not None else step.use.tag} & self._named)
        return scene.moves.setdefault(step, _Move(tuple(asked), () if always else tuple(ways), self._scene(always), names))

    # --- what stands in a segment

    def _is_as_asked(self, ask: _Ask, piece: str) -> bool:
        """By its expression; False where there is none."""
        count = piece.count(self._element)
        try:
            match = ask.matches[count]
        except KeyError:
            match = expression(ask.asked.elements, self._delimiters, count)
            if count <= _MOST_ELEMENTS:
                ask.matches[count] = match
        return match is not None and match(piece) is not None

    def _matches(self, selectors: tuple[Selector, ...], parts: list[str]) -> bool:
        for position, values, other in ((s.position, s.values, s.other) for s in selectors):
            element = position.element
            value = parts[element] if element < len(parts) else ""
            if self._repetition and self._repetition in value:
                value = value.partition(self._repetition)[0]
            text = self._part(value, position.component or 1)
            if (text in values) is other:
                return False
        return True

    def _is_right(self, checks: tuple[ElementCheck, ...], parts: list[str]) -> bool:
        for check in checks:
            text = self._text(parts, check.rule.position)
            if (check.passes is not None and not check.passes(text)) if text else check.required:
                return False
            if text == _DOUBT:
                return False
        return True

    def _are_met(self, asked: Asked, parts: list[str], collected: _Collected) -> bool:
        """Whether the conditions do not hold, or what they ask is there."""
        for conditional in asked.conditions:
            condition = conditional.condition
            for test in condition.when:
                texts = self._texts(test.of, parts, collected)
                if _DOUBT in texts:
                    return False
                if not any(map(test.holds, texts)):
                    break
            else:
                if not self._is_right(conditional.elements, parts):
                    return False
                for reference in condition.require:
                    texts = self._texts(reference, parts, collected)
                    if _DOUBT in texts or not any(texts):
                        return False
                for reference in condition.forbid:
                    if any(self._texts(reference, parts, collected)):
                        return False
        return True

    def _texts(self, reference: Reference, parts: list[str], collected: _Collected) -> list[str]:
        """What stands where a reference leads; an empty text where nothing does."""
        step, position = reference.step, reference.position
        if step is None:
            return [self._text(parts, position)] if position is not None else [parts[0]]
        meant = [one for one in (collected or {}).get(step.name, ()) if self._matches(step.selectors, one)]
        return [one[0] if position is None else self._text(one, position) for one in meant] or [""]

    def _text(self, parts: list[str], position: Position) -> str:
        """As `Position.text` has it; what repeats is a doubt."""
        element, component = position
        value = parts[element] if element < len(parts) else ""
        if self._repetition and self._repetition in value:
            return _DOUBT
        if self._component not in value:
            return value if component in (None, 1) else ""
        if component is None:
            return next(filter(None, value.split(self._component)), "")
        return self._part(value, component)

    def _part(self, value: str, component: int) -> str:
        if self._component not in value:
            return value if component == 1 else ""
        parts = value.split(self._component)
        return parts[component - 1] if component <= len(parts) else ""


def _looks_around(asked: Asked) -> bool:
    """Whether a condition names other segments of the loop."""
    return any(reference.step is not None for reference in _references(each.condition for each in asked.conditions))


def _references(conditions: Iterable[Condition]) -> Iterator[Reference]:
    for condition in conditions:
        yield from (test.of for test in condition.when)
        yield from condition.require
        yield from condition.forbid


@lru_cache(maxsize=256)
def _run_of(guide: Guide, message: MessageDef, delimiters: Delimiters) -> _Run:
    return _Run(guide, message, delimiters)
