"""What is known of one set in one way of writing: states, links between them with patterns, and runs of links that came together."""

import re
from collections.abc import Sequence
from typing import Final

from edi.grammar.model import MessageDef
from edi.proof.patterns import Match, RunMatch, Shape, Writing, matcher, run_matcher
from edi.proof.table import State, Step, Table, table_of
from edi.walk import tags

__all__ = ["KEY", "LEVEL", "WORTHWHILE", "Link", "Node", "Track"]

LEVEL: Final = "HL"
WORTHWHILE: Final = 8192  #: characters; what comes once is sooner looked at than patterns are compiled
KEY: Final = 3  #: tags are of two or three characters; so many characters of a segment tell it from others
_LONGEST_RUN: Final = 8  #: of more segments one is too often another
_MOST_RUNS: Final = 6  #: that begin at one node
_WARM: Final = 16  #: sets are proven one by one before runs are learnt: a file of a few sets is read sooner without


class Link:
    """What is known of a step: the patterns for all numbers of elements that came so far, as one."""

    __slots__ = ("counts", "is_end", "match", "node", "step")

    def __init__(self, step: Step, node: "Node", *, is_end: bool) -> None:
        self.step, self.node, self.is_end = step, node, is_end
        self.counts: tuple[int, ...] = ()
        self.match: Match = _never


class Node:
    """A state of the table, for one way of writing, with the links that go out from it, by the first characters of a segment."""

    __slots__ = ("known", "links", "runs", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.links: Links = {}
        self.runs: tuple[Run, ...] = ()
        self.known: set[tuple[Shape, ...]] = set()  # of what the runs are


Run = tuple[RunMatch, Node, bool]  # the pattern of segments that follow each other, the node after them, whether the set ends there
Links = dict[str, tuple[Match, "Links", Link]]  # the pattern, the links of the node after, and more


class Track:
    """What is known of one set's segments in one way of writing: it learns from each set that brings something new.

    Threads may learn at once: what one forgets of the other's is learnt again.
    """

    def __init__(self, message: MessageDef, writing: Writing) -> None:
        self.table: Table = table_of(message)
        self.writing = writing
        self.has_levels = LEVEL in tags(message.root)
        self._nodes: dict[int, Node] = {}
        self.start = self._node(self.table.start)
        self._seen = 0  # characters, until they are worth the patterns
        self._proven = self._hits = self._misses = 0
        self.limits = {self.key(tag): most for tag, most in self.table.limits.items()}

    def is_worthwhile(self, length: int) -> bool:
        """Whether so much has come in this way of writing, or comes now, that patterns are made for it."""
        if self._seen < WORTHWHILE:
            self._seen += length
        return self._seen >= WORTHWHILE

    def _node(self, state: State) -> Node:
        return self._nodes.setdefault(id(state), Node(state))

    def key(self, tag: str) -> str:
        """What a segment begins with: tags are of two or three characters, and the separator follows."""
        return (tag + self.writing.delimiters.element)[:KEY]

    def link(self, before: Link | None, piece: str) -> tuple[Match, Links, Link] | None:
        """The link for a segment after another one; None where the structure is not proven."""
        node = before.node if before else self.start
        tag, separator, _ = piece.partition(self.writing.delimiters.element)
        step = self.table.step(node.state, tag) if separator and len(tag) <= KEY else None
        if step is None:
            return None
        link = Link(step, self._node(step.state), is_end=step.ends or before is None)
        node.links[self.key(tag)] = made = (link.match, link.node.links, link)
        return made

    def is_right(self, before: Link | None, link: Link, piece: str) -> bool | None:
        """Whether a segment is proven after all, once its number of elements is known to come; None when it is another than it seemed."""
        tag, count = link.step.use.tag, piece.count(self.writing.delimiters.element)
        if not piece.startswith(tag + self.writing.delimiters.element):
            return None
        if count in link.counts or count > len(link.step.use.definition.elements):
            return False
        self._forget()
        link.counts = (*link.counts, count)
        link.match = matcher(link.step.use.definition, self.writing, link.counts, envelope=link.is_end) or _never
        node = before.node if before else self.start
        node.links[self.key(tag)] = (link.match, link.node.links, link)
        return link.match(piece) is not None

    # --- runs: segments that follow each other as they did before are proven at once

    def runs(self, text: str) -> bool:
        """Whether runs prove a set from its first segment to its last."""
        node, at, end, ends = self.start, 0, len(text), False
        if not node.runs or self._are_too_different():
            return False
        while at < end:
            for match, after, ends in node.runs:  # noqa: B007  # asked for at the end
                if found := match(text, at):
                    break
            else:
                self._misses += 1
                return False
            at, node = found.end(), after
        self._hits += 1
        return ends

    def learn(self, trace: Sequence[Link]) -> None:
        """Cut the links of a set that is proven into runs, so that a loop that comes again is the same run again."""
        self._proven += 1
        if self._proven < _WARM or self._are_too_different():
            return
        node, run, seen = self.start, list[Link](), {self.start}
        for link in trace:
            run.append(link)
            if link.node in seen or len(run) == _LONGEST_RUN or link.step.ends:
                self._add(node, run)
                node, run, seen = link.node, [], {link.node}
            else:
                seen.add(link.node)

    def _are_too_different(self) -> bool:
        """Whether the sets are too different for runs: then none are tried, and none compiled."""
        return self._misses > 2 * self._hits + _WARM

    def _add(self, node: Node, run: Sequence[Link]) -> None:
        shapes = tuple(Shape(link.step.use.definition, link.counts, link.is_end) for link in run)
        if len(node.runs) < _MOST_RUNS and shapes not in node.known and (match := run_matcher(shapes, self.writing)):
            node.known.add(shapes)
            node.runs = (*node.runs, (match, run[-1].node, run[-1].step.ends))

    def _forget(self) -> None:
        """A segment came with another number of elements: runs that were learnt do not have it, and more such may come."""
        for node in [*self._nodes.values()]:  # another thread may add one meanwhile
            node.runs, node.known = (), set()
        self._proven = self._hits = self._misses = 0


def _never(_: str) -> re.Match[str] | None:
    return None
