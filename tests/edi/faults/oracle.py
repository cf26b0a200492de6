"""Where a row of tags stops being the beginning of any correct set: every way to read it at once, by the grammar alone.

A state is the open loops from the root in: each with the child that one is at, and how often that has come. Nothing here prefers one
place to another, as the walker of `edi.structure` must; what has no reading at all is wrong for certain, and wrong from there.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from edi.grammar.model import LoopUse, MessageDef, Requirement, SegmentUse

__all__ = ["Level", "Reader", "State", "follow", "start", "stops"]


class Level(NamedTuple):
    """An open repetition of a loop."""

    loop: LoopUse
    child: int  #: the child that one is at
    times: int  #: how often it has come in a row


State = tuple[Level, ...]


def start(message: MessageDef) -> frozenset[State]:
    """Before the header."""
    return frozenset({(Level(message.root, -1, 0),)})


def follow(states: frozenset[State], tag: str) -> frozenset[State]:
    """Every state that one may be in after a segment with this tag."""
    return frozenset(new for state in states for new in _steps(state, tag))


class Reader:
    """Reads variants of one right document: what they have in common with it is read once."""

    def __init__(self, message: MessageDef, tags: Sequence[str]) -> None:
        self.message, self.tags = message, tags
        self.states = [start(message)]  #: before each segment, and after the last
        for tag in tags:
            self.states.append(follow(self.states[-1], tag))
        assert stops(message, tags) is None

    def stops(self, tags: Sequence[str]) -> int | None:
        """As `stops`, for a row of tags that begins and ends like the document."""
        same = next((at for at, (a, b) in enumerate(zip(self.tags, tags, strict=False)) if a != b), min(len(self.tags), len(tags)))
        states, shift = self.states[same], len(tags) - len(self.tags)
        for at in range(same, len(tags)):
            if at - shift > same and states == self.states[at - shift] and list(tags[at:]) == list(self.tags[at - shift :]):
                return None
            states = follow(states, tags[at])
            if not states:
                return at + 1
        return None if any(len(state) == 1 for state in states) else len(tags) + 1

    def before(self, tags: Sequence[str], position: int) -> frozenset[State]:
        """The states in front of a segment."""
        same = next((at for at, (a, b) in enumerate(zip(self.tags, tags, strict=False)) if a != b), len(self.tags))
        states = self.states[min(same, position - 1)]
        for tag in tags[same : position - 1]:
            states = follow(states, tag)
        return states


def stops(message: MessageDef, tags: Sequence[str]) -> int | None:
    """The position, from 1, of the first segment that no correct set can have there; None when this is a correct set."""
    states = start(message)
    for position, tag in enumerate(tags, 1):
        states = follow(states, tag)
        if not states:
            return position
    ended = any(not _lacks(state[0], len(state[0].loop.children)) for state in states if len(state) == 1)
    return None if ended else len(tags) + 1


def _steps(state: State, tag: str) -> Iterator[State]:
    for depth in range(len(state) - 1, -1, -1):
        level, outer = state[depth], state[:depth]
        children = level.loop.children
        for index in range(max(level.child, 0), len(children)):
            child = children[index]
            if index > level.child and _lacks(level, index):
                break
            if _tag(child) != tag or (index == 0 and depth):
                continue  # a trigger that comes again begins a repetition of its loop, which is the outer one's child
            count = level.times + 1 if index == level.child else 1
            if child.max_use is not None and count > child.max_use:
                continue
            here = (*outer, Level(level.loop, index, count))
            yield (*here, Level(child, 0, 1)) if isinstance(child, LoopUse) else here
        if _lacks(level, len(children)):
            return  # the loop may not be left yet


def _lacks(level: Level, before: int) -> bool:
    """Whether something that must be there stands between where one is and that child."""
    return _due(level.loop)[level.child + 1] < before


@cache
def _due(loop: LoopUse) -> tuple[int, ...]:
    """For each child, and for the place behind the last, the next child from there on that must come."""
    due = [len(loop.children)] * (len(loop.children) + 1)
    for index in range(len(loop.children) - 1, -1, -1):
        due[index] = index if loop.children[index].requirement is Requirement.MANDATORY else due[index + 1]
    return tuple(due)


def _tag(child: SegmentUse | LoopUse) -> str:
    return child.tag if isinstance(child, SegmentUse) else child.trigger.tag
