"""A tree made from the inside: loops and segments are put in as they come, and stand in the grammar's order at the end."""

from collections.abc import Sequence

from edi.errors import WriteError
from edi.grammar.model import LoopUse, MessageDef, SegmentUse
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import ElementValue, Segment

__all__ = ["Builder", "LoopBuilder"]


class LoopBuilder:
    """One repetition of a loop that is being filled."""

    def __init__(self, use: LoopUse) -> None:
        self.node = LoopNode(use)
        self._loops: list[LoopBuilder] = []

    def segment(self, tag: str, elements: Sequence[ElementValue], *, sequence: int | None = None) -> SegmentNode:
        """Add a segment of this very loop; `sequence` says which where the tag has several places.

        Raises WriteError when the loop has no place for it.
        """
        for use in self.node.use.children:
            if isinstance(use, SegmentUse) and use.tag == tag and sequence in (None, use.sequence):
                node = SegmentNode(Segment(tag, _without_empty_end(elements)), use)
                self.node.children.append(node)
                return node
        raise WriteError(f"The segment {tag} has no place in the loop {self.node.loop_id}.")

    def loop(self, name: str, *, sequence: int | None = None) -> "LoopBuilder":
        """Begin a new repetition of a loop within, named by its id or the tag of its trigger segment.

        Raises WriteError when this loop has no such loop.
        """
        for use in self.node.use.children:
            if isinstance(use, LoopUse) and name in (use.loop_id, use.trigger.tag) and sequence in (None, use.sequence):
                inner = LoopBuilder(use)
                self.node.children.append(inner.node)
                self._loops.append(inner)
                return inner
        raise WriteError(f"The loop {name} has no place in the loop {self.node.loop_id}.")

    def _settle(self) -> None:
        """Order what was put in, and leave out loops that nothing was put into."""
        for inner in self._loops:
            inner._settle()
        self.node.children[:] = sorted((c for c in self.node.children if isinstance(c, SegmentNode) or c.children), key=_sequence)


class Builder:
    """Builds the tree of one set, without ST and SE or UNH and UNT, which the writer makes."""

    def __init__(self, message: MessageDef) -> None:
        self.message = message
        self.root = LoopBuilder(message.root)

    def finish(self) -> Tree:
        """The tree; repetitions stay in the order in which they were put in."""
        self.root._settle()
        return Tree(self.message, self.root.node)


def _sequence(node: SegmentNode | LoopNode) -> int:
    assert node.use
    return node.use.sequence


def _without_empty_end(elements: Sequence[ElementValue]) -> tuple[ElementValue, ...]:
    """Empty elements at the end say nothing."""
    end = len(elements)
    while end and not any(elements[end - 1]):
        end -= 1
    return tuple(elements[:end])
