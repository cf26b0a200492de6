"""A set that is right is proven as a whole, segment by segment, without being taken apart.

Two things are proven: the structure, by the table of `edi.proof.table`, and each segment, by a pattern of `edi.proof.patterns`. Where the
structure is not proven there is no proof, and the walker has the word. Where a segment is not, the proof names it with its place, and the
element pass looks at it alone. What is proven has no finding; what is not may have none either.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from edi.grammar.model import MessageDef
from edi.proof.patterns import Match, Writing, matcher
from edi.proof.table import State, Step, Table, table_of
from edi.walk import tags

__all__ = ["Met", "Proof", "prove"]


class Met(NamedTuple):
    """A segment in its place."""

    at: int  #: in the set, from 0
    step: Step


class Proof(NamedTuple):
    """The structure is right, and all segments but the doubtful ones are."""

    doubts: tuple[Met, ...]  #: no pattern proves these
    levels: tuple[Met, ...]  #: the HL segments, whose numbers and parents are asked for by `edi.hierarchy`


_LEVEL: Final = "HL"
_KEY: Final = 3
_PROVEN: Final = Proof((), ())


class _Link:
    """What is known of a step: the patterns for all numbers of elements that came so far, as one."""

    __slots__ = ("counts", "is_end", "match", "node", "step")

    def __init__(self, step: Step, node: "_Node", *, is_end: bool) -> None:
        self.step, self.node, self.is_end = step, node, is_end
        self.counts: tuple[int, ...] = ()
        self.match: Match = _never


class _Node:
    """A state of the table, for one way of writing, with the links that go out from it, by the first characters of a segment."""

    __slots__ = ("links", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.links: _Links = {}


_Links = dict[str, tuple[Match, "_Links", _Link]]  # the pattern, the links of the node after, and more


class _Track:
    """What is known of one set's segments in one way of writing: it learns from each set that brings something new.

    Threads may learn at once: what one forgets of the other's is learnt again.
    """

    def __init__(self, message: MessageDef, writing: Writing) -> None:
        self.table: Table = table_of(message)
        self.writing = writing
        self.has_levels = _LEVEL in tags(message.root)
        self._nodes: dict[int, _Node] = {}
        self.start = self._node(self.table.start)
        self.limits = {self.key(tag): most for tag, most in self.table.limits.items()}

    def _node(self, state: State) -> _Node:
        return self._nodes.setdefault(id(state), _Node(state))

    def key(self, tag: str) -> str:
        """What a segment begins with: tags are of two or three characters, and the separator follows."""
        return (tag + self.writing.delimiters.element)[:_KEY]

    def link(self, before: _Link | None, piece: str) -> tuple[Match, _Links, _Link] | None:
        """The link for a segment after another one; None where the structure is not proven."""
        node = before.node if before else self.start
        tag, separator, _ = piece.partition(self.writing.delimiters.element)
        step = self.table.step(node.state, tag) if separator and len(tag) <= _KEY else None
        if step is None:
            return None
        link = _Link(step, self._node(step.state), is_end=step.ends or before is None)
        node.links[self.key(tag)] = made = (link.match, link.node.links, link)
        return made

    def is_right(self, before: _Link | None, link: _Link, piece: str) -> bool | None:
        """Whether a segment is proven after all, once its number of elements is known to come; None when it is another than it seemed."""
        tag, count = link.step.use.tag, piece.count(self.writing.delimiters.element)
        if not piece.startswith(tag + self.writing.delimiters.element):
            return None
        if count in link.counts or count > len(link.step.use.definition.elements):
            return False
        link.counts = (*link.counts, count)
        link.match = matcher(link.step.use.definition, self.writing, link.counts, envelope=link.is_end) or _never
        node = before.node if before else self.start
        node.links[self.key(tag)] = (link.match, link.node.links, link)
        return link.match(piece) is not None


def prove(text: str, message: MessageDef, writing: Writing) -> Proof | None:
    """Prove the segments in this text, header and trailer included; None when the structure is not proven.

    The text has no line breaks between segments and no release characters: what they release is some character that is no separator.
    """
    track = _track(message, writing)
    pieces = text.split(writing.delimiters.segment)
    pieces.pop()
    links, link = track.start.links, None
    doubtful: list[str] = []
    for piece in pieces:
        known = links.get(piece[:_KEY]) or track.link(link, piece)
        if known is None:
            return None
        before, (match, links, link) = link, known
        if match(piece) is None:
            right = track.is_right(before, link, piece)
            if right is None:
                return None
            if not right:
                doubtful.append(piece)
    if link is None or not link.step.ends or (len(pieces) > track.table.fewest and not _within_limits(track, pieces)):
        return None
    if not doubtful and not track.has_levels:
        return _PROVEN
    return _told(track, pieces, frozenset(doubtful))


def _told(track: _Track, pieces: Sequence[str], doubtful: frozenset[str]) -> Proof:
    """Once more, for the places."""
    doubts: list[Met] = []
    levels: list[Met] = []
    links, level = track.start.links, track.key(_LEVEL)
    for at, piece in enumerate(pieces):
        key = piece[:_KEY]
        _, links, link = links[key]
        if piece in doubtful:
            doubts.append(Met(at, link.step))
        if key == level:
            levels.append(Met(at, link.step))
    return Proof(tuple(doubts), tuple(levels))


@lru_cache(maxsize=512)
def _track(message: MessageDef, writing: Writing) -> _Track:
    return _Track(message, writing)


def _never(_: str) -> re.Match[str] | None:
    return None


def _within_limits(track: _Track, pieces: Sequence[str]) -> bool:
    """Whether nothing comes more often than it may: quickly where no tag comes too often in all, else place by place."""
    counted = Counter([piece[:_KEY] for piece in pieces])
    if all(counted[start] <= most for start, most in track.limits.items() if start in counted):
        return True
    links = track.start.links
    open_counts = [[-1, 0]]
    for piece in pieces:
        _, links, link = links[piece[:_KEY]]
        step = link.step
        del open_counts[step.depth + 1 :]
        level = open_counts[-1]
        level[:] = [step.child, level[1] + 1 if level[0] == step.child else 1]
        if step.most is not None and level[1] > step.most:
            return False
        if step.loop is not None:
            open_counts.append([0, 1])
    return True
