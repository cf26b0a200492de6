"""Parsed segments placed in their loops: what validation makes, maps read, and the writer writes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edi.grammar.model import LoopUse, MessageDef, SegmentUse
from edi.values import Segment

__all__ = ["LoopNode", "SegmentNode", "Tree"]


@dataclass(slots=True)
class SegmentNode:
    """A segment in its place. `use` is None where the standard has no place for it (a finding says so)."""

    segment: Segment
    use: SegmentUse | None

    @property
    def tag(self) -> str:
        """The tag of the segment."""
        return self.segment.tag


@dataclass(slots=True)
class LoopNode:
    """One repetition of a loop. `children` are in the order of the data; the first is the trigger segment."""

    use: LoopUse
    children: list["SegmentNode | LoopNode"] = field(default_factory=list)

    @property
    def loop_id(self) -> str:
        """The loop's id, "N1" or "SG2"."""
        return self.use.loop_id

    @property
    def tag(self) -> str:
        """The tag of the trigger segment."""
        return self.use.trigger.tag

    def segments(self, tag: str | None = None) -> Iterator[SegmentNode]:
        """The segments of this very repetition (not of loops within), all or with one tag."""
        return (c for c in self.children if isinstance(c, SegmentNode) and (tag is None or c.tag == tag))

    def loops(self, tag: str | None = None) -> Iterator["LoopNode"]:
        """The loop repetitions directly within, all or those that a segment with this tag begins."""
        return (c for c in self.children if isinstance(c, LoopNode) and (tag is None or c.tag == tag))

    def walk(self) -> Iterator[SegmentNode]:
        """Every segment in and below, in the order of the data."""
        for child in self.children:
            if isinstance(child, SegmentNode):
                yield child
            else:
                yield from child.walk()


@dataclass(slots=True)
class Tree:
    """One transaction set by its grammar."""

    message: MessageDef
    root: LoopNode

    def segments(self) -> tuple[Segment, ...]:
        """The flat segments, ST/UNH to SE/UNT."""
        return tuple(node.segment for node in self.root.walk())
