"""After a fault: how to go on so that most of what follows has its place.

A segment that does not fit may be too much here, or have come too late or too early, or the one before it may be missing. Each of these
is tried with the segments that come next, and the one that leaves the fewest of them without a place is taken (X12.6 and ISO 9735 say
what is right and not how to go on from what is wrong).
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

from edi.finding import FindingCode
from edi.grammar.model import LoopUse
from edi.walk import Level, Step, again, forward, places, unmet

__all__ = ["AHEAD", "Repair", "Way", "go", "is_late_trigger", "repair", "resume"]

AHEAD: Final = 24  #: how many of the next segments are tried


class Way(Enum):
    """What is done with a segment that does not fit."""

    ACCEPT = 0  #: take the place ahead, though something is missing before it or it has come too often
    BACK = 1  #: take a place behind, and go on from there
    LEAVE = 2  #: stay where one is
    ORPHAN = 3  #: take a place in a loop whose trigger is missing
    RESUME = 4  #: take a place in a loop that was left: what made one leave it was too much


#: which one is taken where two do equally well
_PREFERENCE: Final = {Way.ACCEPT: 0, Way.BACK: 1, Way.LEAVE: 2, Way.RESUME: 4, Way.ORPHAN: 5}


class Repair(NamedTuple):
    """A way to go on, and to which place: which open loop, which of its children."""

    way: Way
    depth: int = 0
    child: int = 0
    inner: int = 0  #: ORPHAN: the child of that loop
    left: tuple[Level, ...] = ()  #: RESUME: the loops to be in again, from the outside in


def repair(levels: list[Level], tag: str, ahead: Sequence[str], step: Step | None, left: Iterable[tuple[Level, ...]]) -> Repair:
    """The best way to go on. `step`: the place ahead, if there is one, which does not quite fit. `left`: loops that were left lately."""
    best, least = Repair(Way.LEAVE), 1 << 30
    for one, faults in _ways(levels, tag, step, left):
        tried = [level.copy() for level in levels]
        go(tried, one)
        if one.way is Way.RESUME and not resume(tried, one.depth, tag):
            continue
        cost = 10 * (faults + _faults(tried, ahead)) + _preference(levels, one)
        if cost < least:
            best, least = one, cost
    return best


def _preference(levels: list[Level], one: Repair) -> int:
    """A single segment that comes late is left where it is; a loop takes its segments along."""
    if one.way is Way.BACK and not isinstance(levels[one.depth].use.children[one.child], LoopUse):
        return 3
    return _PREFERENCE[one.way]


def _ways(levels: list[Level], tag: str, step: Step | None, left: Iterable[tuple[Level, ...]]) -> Iterator[tuple[Repair, int]]:
    """Each way, and how many faults it is at once."""
    for place in dict.fromkeys((again(levels, tag), step)):
        if place:
            yield Repair(Way.ACCEPT, place.depth, place.child), _cost(levels, place)
    for depth in range(len(levels) - 1, -1, -1):
        for index in places(levels[depth].use).get(tag, ()):
            if index < levels[depth].index and (index or not depth):
                yield Repair(Way.BACK, depth, index), 1
    yield Repair(Way.LEAVE), 1
    yield from _orphans(levels, tag)
    for loops in left:
        for depth, level in enumerate(levels):
            if loops[0].use in level.use.children:
                yield Repair(Way.RESUME, depth, level.use.children.index(loops[0].use), left=loops), 1


def _orphans(levels: list[Level], tag: str) -> Iterator[tuple[Repair, int]]:
    for depth in range(len(levels) - 1, -1, -1):
        for index, child in enumerate(levels[depth].use.children):
            if isinstance(child, LoopUse):
                for inner in places(child).get(tag, ()):
                    if inner:
                        yield Repair(Way.ORPHAN, depth, index, inner), 1


def go(levels: list[Level], one: Repair) -> None:
    """Move to the place of a repair."""
    if one.way is Way.LEAVE:
        return
    del levels[one.depth + 1 :]
    level = levels[one.depth]
    if one.child < level.index:
        for later in level.counts:
            if later > one.child:
                level.counts[later] = 0
    level.index = one.child
    if one.way is Way.RESUME:
        levels.extend(loop.copy() for loop in one.left)
        return
    level.counts[one.child] = level.counts.get(one.child, 0) + 1
    use = level.use.children[one.child]
    if isinstance(use, LoopUse):
        orphaned = FindingCode.SEGMENT_UNEXPECTED if one.inner else None
        levels.append(Level(use, one.inner, {0: 1, one.inner: 1}, orphaned=orphaned))
        inner = use.children[one.inner]
        if orphaned and isinstance(inner, LoopUse):
            levels.append(Level(inner, 0, {0: 1}, orphaned=orphaned))


def resume(levels: list[Level], outside: int, tag: str) -> bool:
    """Take the place of a tag in the loops that one is in again, those deeper than `outside`; whether there is one."""
    step = forward(levels, tag)
    if step and not step.rank and step.depth > outside:
        go(levels, Repair(Way.ACCEPT, step.depth, step.child))
        return True
    for one, _ in _orphans(levels, tag):
        if one.depth > outside and one.child > levels[one.depth].index:
            go(levels, one)
            return True
    return False


def _faults(levels: list[Level], ahead: Sequence[str]) -> int:
    """How many of the next segments do not fit, when each that does not is left alone."""
    found = 0
    for tag in ahead:
        step = forward(levels, tag)
        if step is None or step.rank:
            step = None if is_late_trigger(levels, tag) else again(levels, tag) or step
        if step is None:
            found += 1
            continue
        found += _cost(levels, step)
        go(levels, Repair(Way.ACCEPT, step.depth, step.child))
    return found


def is_late_trigger(levels: list[Level], tag: str) -> bool:
    """Whether this is the trigger of a loop that one is in without it."""
    return any(level.orphaned and level.use.trigger.tag == tag for level in levels)


def _cost(levels: list[Level], step: Step) -> int:
    """How many faults it is to go there; one more of what is too many already is none of its own."""
    surplus = step.rank == 2 and not levels[step.depth].is_overfull(step.child)
    return surplus + unmet(levels, step.depth, step.child)
