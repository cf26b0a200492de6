"""Where the paths of a guide lead in a set: each step is a loop, named by its id or the tag that begins it, or at the end a segment."""

from collections.abc import Iterator
from typing import NamedTuple

from edi.grammar.model import CompositeDef, ElementDef, LoopUse, MessageDef, SegmentDef, SegmentUse
from edi.guide.rules import Position, Step

__all__ = ["Place", "definition_at", "definition_of", "named", "places"]


class Place(NamedTuple):
    """What a path means in the set, and the loop it stands in."""

    loop: LoopUse
    use: SegmentUse | LoopUse

    @property
    def definition(self) -> SegmentDef:
        """The segment; a loop stands for its first one."""
        return definition_of(self.use)

    @property
    def around(self) -> LoopUse:
        """The loop whose segments a condition can name."""
        return self.use if isinstance(self.use, LoopUse) else self.loop


def definition_of(use: SegmentUse | LoopUse) -> SegmentDef:
    """The segment that stands there; a loop stands for its first one."""
    return (use.trigger if isinstance(use, LoopUse) else use).definition


def named(loop: LoopUse, name: str) -> Iterator[SegmentUse | LoopUse]:
    """The children of a loop that a name means."""
    for child in loop.children:
        if name in ((child.tag,) if isinstance(child, SegmentUse) else (child.loop_id, child.trigger.tag)):
            yield child


def places(path: tuple[Step, ...], message: MessageDef) -> list[Place]:
    """All that a path means in a set; none when it leads nowhere."""
    loops = [message.root]
    for step in path[:-1]:
        loops = [inner for loop in loops for inner in named(loop, step.name) if isinstance(inner, LoopUse)]
    return [Place(loop, use) for loop in loops for use in named(loop, path[-1].name)]


def definition_at(definition: SegmentDef, position: Position) -> ElementDef | CompositeDef | None:
    """The element or component of a segment; None where it has none. The only component of an element that is no composite is itself."""
    if position.element > len(definition.elements):
        return None
    found = definition.elements[position.element - 1].definition
    if position.component is None:
        return found
    if isinstance(found, ElementDef):
        return found if position.component == 1 else None
    return found.components[position.component - 1].definition if position.component <= len(found.components) else None
