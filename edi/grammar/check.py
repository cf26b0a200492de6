"""The proof that a set can be walked: wherever one stands, the tag of the next segment leads to one place.

A place is what may follow without leaving a mandatory one behind. Where two places wait for the same tag, the standard itself is
ambiguous; the walker would take the inner, then the earlier one (`edi.structure`), and the set must say so in its `settled` list,
with a why. A set with an ambiguity that is not settled does not load, and neither does one that settles what is not ambiguous.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from edi.grammar.model import LoopUse, Requirement, SegmentUse

__all__ = ["Ambiguity", "ambiguities", "faults"]

Place = SegmentUse | LoopUse
Path = tuple[tuple[LoopUse, int], ...]  #: from the root in: each loop, and which of its children one is at


class Ambiguity(NamedTuple):
    """One tag that may lead to two places from the same segment. Places are paths of loop ids that end in a tag or loop id."""

    tag: str
    wins: str  #: the place that the walker takes
    over: str


def faults(root: LoopUse, settled: Iterable[Ambiguity]) -> list[str]:
    """What keeps this set from loading, as sentences; none when each next segment leads to one place."""
    found, settled = ambiguities(root), frozenset(settled)
    return [f"{a.tag} leads to {a.wins} and to {a.over}, which is not settled" for a in sorted(found - settled)] + [
        f"{a.tag} at {a.wins} over {a.over} is settled and not ambiguous" for a in sorted(settled - found)
    ]


def ambiguities(root: LoopUse) -> frozenset[Ambiguity]:
    """Every tag that has two places after some segment of this set."""
    found: set[Ambiguity] = set()
    for path in _segments(((root, 0),)):
        first: dict[str, str] = {}
        for tag, place in _followers(path):
            winner = first.setdefault(tag, place)
            if winner != place:
                found.add(Ambiguity(tag, winner, place))
    return frozenset(found)


def _segments(path: Path) -> Iterator[Path]:
    loop = path[-1][0]
    for index, child in enumerate(loop.children):
        here = (*path[:-1], (loop, index))
        if isinstance(child, LoopUse):
            yield from _segments((*here, (child, 0)))
        else:
            yield here


def _followers(path: Path) -> Iterator[tuple[str, str]]:
    """The tags that may come after the segment at this path, with their places, in the order of the walker: inner first, then earlier."""
    for depth in range(len(path) - 1, -1, -1):
        loop, index = path[depth]
        here = "".join(f"{inner.loop_id}/" for inner, _ in path[1 : depth + 1])
        current, names = loop.children[index], _names(loop)
        if current.max_use != 1:
            yield _tag(current), here + names[index]
        for later in range(index + 1, len(loop.children)):
            child = loop.children[later]
            yield _tag(child), here + names[later]
            if child.requirement is Requirement.MANDATORY:
                return


def _tag(place: Place) -> str:
    return place.tag if isinstance(place, SegmentUse) else place.trigger.tag


@cache
def _names(loop: LoopUse) -> tuple[str, ...]:
    """The tag or loop id of each child; the second place of one name is DTM#2."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for place in loop.children:
        name = place.tag if isinstance(place, SegmentUse) else place.loop_id
        seen[name] += 1
        names.append(f"{name}#{seen[name]}" if seen[name] > 1 else name)
    return tuple(names)
