"""The short way of validation: a set that is right is proven as a whole, segment by segment, without being taken apart.

Two things are proven: the structure, by the table of `edi.automaton`, and each segment, by a pattern of `edi.patterns`. Where the structure
is not proven there is no proof, and the walker has the word. Where a segment is not, the proof names it with its place, and the element
pass looks at it alone. What is proven has no finding; what is not may have none either.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from edi.automaton import State, Step, Table, table_of
from edi.grammar.model import MessageDef
from edi.patterns import Match, Writing, matcher

__all__ = ["Met", "Proof", "prove"]

_LEVEL: Final = "HL"


class Met(NamedTuple):
    """A segment in its place."""

    at: int  #: in the set, from 0
    step: Step


class Proof(NamedTuple):
    """The structure is right, and all segments but the doubtful ones are."""

    doubts: tuple[Met, ...]  #: no pattern proves these
    levels: tuple[Met, ...]  #: the HL segments, whose numbers and parents are asked for by `edi.hierarchy`


class _Node:
    """A state of the table, for one way of writing."""

    __slots__ = ("links", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.links: dict[tuple[str, int], tuple[Match, _Node, Step] | None] = {}


class _Track:
    """What is known of one set's segments in one way of writing: the table's states, and for each step the patterns in use."""

    def __init__(self, message: MessageDef, writing: Writing) -> None:
        self.table: Table = table_of(message)
        self.writing = writing
        self.nodes: dict[int, _Node] = {}
        self.start = self.node(self.table.start)
        element = writing.delimiters.element
        self.limits = {(tag + element)[:3]: most for tag, most in self.table.limits.items()}

    def node(self, state: State) -> _Node:
        return self.nodes.setdefault(id(state), _Node(state))

    def learn(self, node: _Node, tag: str, count: int) -> tuple[Match, _Node, Step] | None:
        """The link of a node for a tag with so many elements; None where the structure is not proven."""
        step = self.table.step(node.state, tag) if count else None
        link = None
        if step is not None:
            is_end = step.ends or node is self.start
            match = matcher(step.use.definition, self.writing, count, envelope=is_end)
            link = match or _never, self.node(step.state), step
        if count <= len(tag) + 200:  # what no definition has is not worth remembering
            node.links[tag, count] = link
        return link


def prove(text: str, message: MessageDef, writing: Writing) -> Proof | None:
    """Prove the segments in this text, header and trailer included; None when the structure is not proven.

    The text has no line breaks between segments and no release characters: what they release is some character that is no separator.
    """
    track = _track(message, writing)
    element = writing.delimiters.element
    pieces = text.split(writing.delimiters.segment)
    pieces.pop()
    node = track.start
    link = None
    doubts: list[Met] = []
    levels: list[Met] = []
    for index, piece in enumerate(pieces):
        key = piece[: piece.find(element)], piece.count(element)
        try:
            link = node.links[key]
        except KeyError:
            link = track.learn(node, *key)
        if link is None:
            return None
        match, node, step = link
        if match(piece) is None:
            doubts.append(Met(index, step))
        if key[0] == _LEVEL:
            levels.append(Met(index, step))
    if link is None or not link[2].ends or (len(pieces) > track.table.fewest and not _within_limits(track, pieces)):
        return None
    return Proof(tuple(doubts), tuple(levels))


@cache
def _track(message: MessageDef, writing: Writing) -> _Track:
    return _Track(message, writing)


def _never(_: str) -> re.Match[str] | None:
    return None


def _within_limits(track: _Track, pieces: Sequence[str]) -> bool:
    """Whether nothing comes more often than it may: quickly where no tag comes too often in all, else place by place."""
    counted = Counter([piece[:3] for piece in pieces])
    if all(counted[start] <= most for start, most in track.limits.items() if start in counted):
        return True
    element = track.writing.delimiters.element
    node = track.start
    open_counts = [[-1, 0]]
    for piece in pieces:
        link = node.links.get((piece[: piece.find(element)], piece.count(element)))
        if link is None:
            return False
        _, node, step = link
        del open_counts[step.depth + 1 :]
        level = open_counts[-1]
        level[:] = [step.child, level[1] + 1 if level[0] == step.child else 1]
        if step.most is not None and level[1] > step.most:
            return False
        if step.loop is not None:
            open_counts.append([0, 1])
    return True
