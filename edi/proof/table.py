"""The structure of a set as a table: which place the next segment takes, learnt from the walker's rule as sets come by.

A state is where one stands in each open loop, and how often the current child has come. A step is made only where the rule of
`edi.structure` has a place with room that leaves nothing mandatory behind; for anything else there is no step, and the walker has to
say what is wrong. So a set that runs through is right in its structure, and one that does not may yet be.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from edi.grammar.model import LoopUse, MessageDef, Requirement, SegmentUse

__all__ = ["MOST_STATES", "State", "Step", "Table", "table_of"]

MOST_STATES: Final = 20_000  #: a table is not learnt beyond; no grammar known comes near with data that is sent for a purpose
_COUNTED: Final = 40  #: where more repetitions may stand, they are not counted in the state but afterwards, all of a tag together


class _Level(NamedTuple):
    loop: LoopUse
    at: int  #: which of its children one is at
    often: int  #: how often that has come; 1 where it may come without limit, or is counted afterwards


@dataclass(slots=True, eq=False)
class State:
    """Where one stands. `steps` holds what was learnt: the tag of the next segment, and where it leads."""

    levels: tuple[_Level, ...]
    steps: "dict[str, Step | None]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The place that a segment takes, and the state after it."""

    use: SegmentUse
    path: tuple[str, ...]  #: loop ids from the outside in
    depth: int  #: of open loops that go on; those deeper are closed
    child: int  #: which child of the loop at `depth`
    most: int | None  #: how often that child may come
    loop: LoopUse | None  #: which a repetition begins of; None: the segment stands in the loop at `depth`
    state: State
    ends: bool  #: whether it is the trailer of the set


class Table:
    """What is learnt of one set's structure. Threads may learn at once: they learn the same."""

    def __init__(self, message: MessageDef) -> None:
        self.start = State((_Level(message.root, -1, 0),))
        self.limits = _limits(message.root)  #: tag -> how often it may come at most, where that is not in the states
        self.fewest = min(self.limits.values(), default=0)  #: no limit is broken by a set with no more segments than this
        self._known: dict[tuple[_Level, ...], State] = {self.start.levels: self.start}

    def step(self, state: State, tag: str) -> Step | None:
        """The step from a state; None when a segment with this tag is not simply right there."""
        if tag in state.steps:
            return state.steps[tag]
        found = self._find(state.levels, tag)
        step = None
        if found is not None:
            depth, index = found
            step = self._step(state.levels, depth, index)
        if len(self._known) < MOST_STATES:
            state.steps[tag] = step
        return step

    def _find(self, levels: tuple[_Level, ...], tag: str) -> tuple[int, int] | None:
        """The walker's rule (`edi.structure`), for a place with room that leaves nothing mandatory behind."""
        for depth in range(len(levels) - 1, -1, -1):
            loop, at, count = levels[depth]
            for index in range(max(at, 0), len(loop.children)):
                child = loop.children[index]
                if index - 1 > at and _is_mandatory(loop.children[index - 1]):
                    return None  # nothing behind a mandatory place that is empty can be reached, here or outside
                if _tag(child) != tag or (index == at and child.max_use is not None and count >= child.max_use):
                    continue
                return depth, index
            if any(_is_mandatory(child) for child in loop.children[at + 1 :]):
                return None
        return None

    def _step(self, levels: tuple[_Level, ...], depth: int, index: int) -> Step:
        loop, at, before = levels[depth]
        child = loop.children[index]
        most = child.max_use
        count = 1 if most is None or most > _COUNTED or index > at else before + 1
        after = (*levels[:depth], _Level(loop, index, count))
        path = tuple(level.loop.loop_id for level in after[1:])
        if isinstance(child, LoopUse):
            after = (*after, _Level(child, 0, 1))
            use, path, inner = child.trigger, (*path, child.loop_id), child
        else:
            use, inner = child, None
        state = self._known.get(after) or self._known.setdefault(after, State(after))
        ends = depth == 0 and index == len(loop.children) - 1
        return Step(use, path, depth, index, most, inner, state, ends)


@cache
def table_of(message: MessageDef) -> Table:
    """The table of a set, one for all who read it."""
    return Table(message)


def _is_mandatory(child: SegmentUse | LoopUse) -> bool:
    return child.requirement is Requirement.MANDATORY


def _tag(child: SegmentUse | LoopUse) -> str:
    return child.tag if isinstance(child, SegmentUse) else child.trigger.tag


def _limits(loop: LoopUse) -> dict[str, int]:
    """For each tag the smallest of its limits that are too large to be counted in states."""
    found: dict[str, int] = {}
    for child in loop.children:
        if child.max_use is not None and child.max_use > _COUNTED:
            tag = _tag(child)
            found[tag] = min(child.max_use, found.get(tag, child.max_use))
        if isinstance(child, LoopUse):
            for tag, most in _limits(child).items():
                found[tag] = min(most, found.get(tag, most))
    return found
