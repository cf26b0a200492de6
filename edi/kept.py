"""Whether a guide is kept, seen in one run over the text of a set whose structure is proven, without a tree and without its segments.

As the proof does for the standard (`edi.proof`), it learns a table from the sets that come by: a state is where one stands in the set,
which rules hold in each open loop, and how often what they count has come. A segment is one look-up, and one expression where its
elements are asked for. What is kept has no finding. Where there is a doubt the answer is no, and `edi.narrowing` says what is wrong, if
anything: a doubt costs time, never a finding. Repeated elements and released characters are doubts.
"""

from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from edi.delimiters import Delimiters
from edi.grammar.model import MessageDef
from edi.guide import Guide, Selector
from edi.guide.plan import Asked, LoopPlan, plan
from edi.guide.texts import Collected, ElementMatch, Reading, looks_around, named_by
from edi.lines import RELEASED, Lines
from edi.proof.table import State, Step, table_of
from edi.proof.track import KEY

__all__ = ["is_kept"]

_COUNTED: Final = 25  #: more repetitions than that are not counted in the states, but afterwards, all of a tag together
_MOST_NODES: Final = 20_000  #: a table is not learnt beyond

_Chosen = frozenset[tuple[Selector, ...]]


def is_kept(lines: Lines, guide: Guide, message: MessageDef) -> bool:
    """Whether all that the guide asks is surely so in this set."""
    text = lines.plain()
    return text is not None and _run_of(guide, message, lines.signs.delimiters).holds(text)


class _Scene:
    """The plans that hold in one repetition of a loop."""

    __slots__ = ("asked", "plans")

    def __init__(self, plans: tuple[LoopPlan, ...]) -> None:
        self.plans = plans
        self.asked = tuple(asked for one in plans for asked in one.asked)

    def at(self, step: Step) -> tuple[list[tuple[int, Asked]], list[tuple[tuple[Selector, ...], LoopPlan]]]:
        """What is asked where a segment takes this step, and the ways into the loop that it begins."""
        asked, ways, offset = [], [], 0
        for one in self.plans:
            found = one.segments.get(step.use.tag, ()) if step.loop is None else one.loops.get(step.loop, ())
            asked += [(offset + each.index, each) for each in found]
            if step.loop is not None:
                ways += [(way.step.selectors, way.plan) for way in one.ways.get(step.loop, ())]
            offset += len(one.asked)
        return asked, ways


class _Frame(NamedTuple):
    """An open loop: what holds in it, and how often what is counted has come."""

    scene: _Scene
    counts: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        return all(count >= asked.least for count, asked in zip(self.counts, self.scene.asked, strict=True))


class _Node:
    """Where one stands."""

    __slots__ = ("frames", "links", "state")

    def __init__(self, state: State, frames: tuple[_Frame, ...]) -> None:
        self.state, self.frames = state, frames
        self.links: dict[str, _Link] = {}


class _Link:
    """A segment that comes next: what is asked of it, and where it leads. With a fork that depends on what stands in it."""

    __slots__ = ("around", "conditions", "fork", "looks", "matches", "names", "node", "options", "step")

    def __init__(self, step: Step, node: _Node, matches: tuple[ElementMatch, ...] = (), conditions: tuple[Asked, ...] = ()) -> None:
        self.step, self.node, self.matches = step, node, matches
        self.around = tuple(asked for asked in conditions if looks_around(asked))  #: asked when the loop ends
        self.conditions = tuple(asked for asked in conditions if asked not in self.around)
        self.fork: tuple[tuple[Selector, ...], ...] = ()
        self.options: dict[_Chosen, _Link | None] = {}
        self.names: tuple[str, ...] = ()  #: by which conditions know the segment, or the loop that it begins
        self.looks = bool(matches or conditions)  #: whether it matters what stands in it


class _Run:
    """A guide made ready for one set in one way of writing. Threads may learn at once: they learn the same."""

    def __init__(self, guide: Guide, message: MessageDef, delimiters: Delimiters) -> None:
        self._table = table_of(message)
        self._reading = Reading(delimiters)
        self._element, self._segment = delimiters.element, delimiters.segment
        self._scenes: dict[tuple[LoopPlan, ...], _Scene] = {}
        self._nodes: dict[tuple[int, tuple[_Frame, ...]], _Node] = {}
        self._matches: dict[Asked, ElementMatch] = {}
        self._named = named_by(condition for rule in guide.rules for condition in rule.conditions)
        self._limits: dict[str, int] = {}  #: begin of a segment -> how often it may come in all, without a doubt
        self._is_hopeless = any(rule.least > _COUNTED for rule in guide.rules)
        self._start = self._node(self._table.start, (self._frame((plan(guide, message),)),))

    def holds(self, text: str) -> bool:
        """Whether the guide is kept in this text, header and trailer included."""
        if self._is_hopeless:
            return False
        released, around = RELEASED in text, bool(self._named)
        pieces = text.split(self._segment)
        pieces.pop()
        node, are_met = self._start, self._reading.are_met
        stack: list[tuple[Collected, list[tuple[Asked, list[str]]]]] = [({}, [])]
        for piece in pieces:
            link = node.links.get(piece[:KEY]) or self._learn(node, piece)
            if link is None:
                return False
            if released and (link.looks or link.names) and RELEASED in piece:
                return False
            if link.fork:
                link = self._choose(node, link, piece)
                if link is None:
                    return False
            for match in link.matches:
                if match.quick(piece) is None and not match.settle(piece):
                    return False
            if link.conditions:
                parts = piece.split(self._element)
                for asked in link.conditions:
                    if not are_met(asked, parts, None):
                        return False
            if around and not self._look_around(link, piece, stack):
                return False
            node = link.node
        if not all(frame.is_complete for frame in node.frames):
            return False
        if self._limits:
            counted = Counter([piece[:KEY] for piece in pieces])
            if any(counted[key] > most for key, most in self._limits.items()):
                return False
        return all(self._reading.are_met(asked, parts, frame[0]) for frame in stack for asked, parts in frame[1])

    def _look_around(self, link: _Link, piece: str, stack: list[tuple[Collected, list[tuple[Asked, list[str]]]]]) -> bool:
        """Conditions that look at other segments of a loop are asked when it ends."""
        step = link.step
        while len(stack) > step.depth + 1:
            collected, waiting = stack.pop()
            if not all(self._reading.are_met(asked, parts, collected) for asked, parts in waiting):
                return False
        parts = piece.split(self._element) if link.names or link.around else []
        for name in link.names:
            stack[-1][0].setdefault(name, []).append(parts)
        if step.loop is not None:
            stack.append(({step.use.tag: [parts]} if step.use.tag in link.names else {}, []))
        for asked in link.around:
            stack[-1][1].append((asked, parts))
        return True

    # --- learning

    def _node(self, state: State, frames: tuple[_Frame, ...]) -> _Node:
        key = (id(state), frames)
        known = self._nodes.get(key)
        if known is None:
            known = _Node(state, frames)
            if len(self._nodes) < _MOST_NODES:
                self._nodes[key] = known
        return known

    def _frame(self, plans: tuple[LoopPlan, ...]) -> _Frame:
        scene = self._scenes.get(plans) or self._scenes.setdefault(plans, _Scene(plans))
        return _Frame(scene, (0,) * len(scene.asked))

    def _learn(self, node: _Node, piece: str) -> _Link | None:
        """The link for a segment; None where the rules do not let it come."""
        tag = piece[: piece.find(self._element)]
        step = self._table.step(node.state, tag)
        if step is None or not all(frame.is_complete for frame in node.frames[step.depth + 1 :]):
            return None
        asked, ways = node.frames[step.depth].scene.at(step)
        fork = {each.step.selectors for _, each in asked if each.step.selectors} | {selectors for selectors, _ in ways if selectors}
        link: _Link | None
        if fork:
            link = _Link(step, node)  # where it leads depends
            link.fork, link.looks = tuple(fork), True
        else:
            link = self._resolve(node, step, frozenset())
        if link is not None:
            link.names = tuple({step.use.tag, step.loop.loop_id if step.loop is not None else step.use.tag} & self._named)
            node.links[piece[:KEY]] = link
        return link

    def _choose(self, node: _Node, link: _Link, piece: str) -> _Link | None:
        """Where a fork leads: by which selectors mean the segment."""
        parts = piece.split(self._element)
        chosen = frozenset(selectors for selectors in link.fork if self._reading.matches(selectors, parts))
        if chosen not in link.options:
            made = link.options[chosen] = self._resolve(node, link.step, chosen)
            if made is not None:
                made.names = link.names
        return link.options[chosen]

    def _resolve(self, node: _Node, step: Step, chosen: _Chosen) -> _Link | None:
        frames = node.frames[: step.depth + 1]
        scene, before = frames[-1]
        counts = list(before)
        matches, conditions = [], []
        rules, ways = scene.at(step)
        for index, asked in rules:
            if asked.step.selectors and asked.step.selectors not in chosen:
                continue
            if asked.forbidden or (asked.most is not None and before[index] >= asked.most):
                return None
            if asked.counts:
                enough = asked.most if asked.most is not None and asked.most <= _COUNTED else 0
                counts[index] = min(before[index] + 1, max(asked.least, enough))
            if asked.most is not None and asked.most > _COUNTED:
                key = (step.use.tag + self._element)[:KEY]
                self._limits[key] = min(asked.most, self._limits.get(key, asked.most))
            if asked.elements:
                matches.append(self._matches.get(asked) or self._matches.setdefault(asked, ElementMatch(asked.elements, self._reading)))
            if asked.conditions:
                conditions.append(asked)
        frames = (*frames[:-1], _Frame(scene, tuple(counts)))
        if step.loop is not None:
            frames = (*frames, self._frame(tuple(plan for selectors, plan in ways if not selectors or selectors in chosen)))
        return _Link(step, self._node(step.state, frames), tuple(matches), tuple(conditions))


@lru_cache(maxsize=256)
def _run_of(guide: Guide, message: MessageDef, delimiters: Delimiters) -> _Run:
    return _Run(guide, message, delimiters)
