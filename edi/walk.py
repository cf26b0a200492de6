"""Where one is in a set: the loops that are open, and the places that the next segment may take. The rule is told in `edi.structure`."""

from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from edi.finding import FindingCode
from edi.grammar.model import LoopUse, Requirement, SegmentUse
from edi.tree import LoopNode
from edi.values import Segment

__all__ = ["END", "Level", "Step", "again", "forward", "mandatory", "places", "tags", "unmet"]

END: Final = 1 << 30  #: after all children


@cache
def places(loop: LoopUse) -> dict[str, tuple[int, ...]]:
    """Tag -> which children it may begin."""
    found: dict[str, tuple[int, ...]] = {}
    for index, child in enumerate(loop.children):
        tag = child.tag if isinstance(child, SegmentUse) else child.trigger.tag
        found[tag] = (*found.get(tag, ()), index)
    return found


@cache
def mandatory(loop: LoopUse) -> tuple[int, ...]:
    """Which children must come."""
    return tuple(index for index, child in enumerate(loop.children) if child.requirement is Requirement.MANDATORY)


@cache
def tags(loop: LoopUse) -> frozenset[str]:
    """Every tag that has a place in or below."""
    return frozenset(places(loop)).union(*(tags(child) for child in loop.children if isinstance(child, LoopUse)))


@dataclass(slots=True)
class Level:
    """An open repetition of a loop, and where one is in it."""

    use: LoopUse
    index: int
    counts: dict[int, int]  #: child -> how often it came; 0 where it came out of its place
    path: tuple[str, ...] = ()
    node: LoopNode | None = None  #: None while repairs are tried
    passed: dict[int, Segment] = field(default_factory=dict)  #: mandatory child left behind -> the segment that came instead
    orphaned: FindingCode | None = None  #: the loop has no trigger; what is in it follows from this fault

    def lacks(self, before: int) -> bool:
        """Whether going on to this child leaves a mandatory one behind."""
        return any(self.index < index < before and index not in self.counts for index in mandatory(self.use))

    def is_full(self, index: int) -> bool:
        """Whether this child has come as often as it may."""
        most = self.use.children[index].max_use
        return most is not None and self.counts.get(index, 0) >= most

    def is_overfull(self, index: int) -> bool:
        """Whether it has come too often already."""
        most = self.use.children[index].max_use
        return most is not None and self.counts.get(index, 0) > most

    def copy(self) -> "Level":
        """The same place, to try what comes next."""
        return Level(self.use, self.index, dict(self.counts), orphaned=self.orphaned)


class Step(NamedTuple):
    """A place for a segment: which open loop, which of its children; and how well it fits."""

    depth: int
    child: int
    rank: int  #: 0: right; 1: leaves a mandatory one behind; 2: has come as often as it may


def forward(levels: list[Level], tag: str) -> Step | None:
    """The place at or after the current one: that which has room and leaves nothing behind, else which has room, else any."""
    best: Step | None = None
    lacking = False
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        for index in places(level.use).get(tag, ()):
            if index < level.index or (index == 0 and depth and level.is_full(0)):
                continue  # a trigger segment that comes again begins a repetition of its loop, which is the outer one's place
            rank = 2 if level.is_full(index) else 1 if lacking or level.lacks(index) else 0
            if rank == 0:
                return Step(depth, index, 0)
            if best is None or rank < best.rank:
                best = Step(depth, index, rank)
        lacking = lacking or level.lacks(END)
    return best


def again(levels: list[Level], tag: str) -> Step | None:
    """The place where one is, for one more that is too many."""
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        if level.index in places(level.use).get(tag, ()) and level.is_full(level.index) and (level.index or not depth):
            return Step(depth, level.index, 2)
    return None


def unmet(levels: list[Level], depth: int, index: int) -> int:
    """How many mandatory segments and loops are left behind by going there."""
    left = sum(1 for level in levels[depth + 1 :] for at in mandatory(level.use) if at > level.index and at not in level.counts)
    level = levels[depth]
    return left + sum(1 for at in mandatory(level.use) if level.index < at < index and at not in level.counts)
