"""The tree of a set whose structure is proven: every segment goes where the learnt table says, and nothing has to be judged."""

from collections.abc import Iterable

from edi.grammar.model import MessageDef
from edi.proof.table import table_of
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment

__all__ = ["plant"]


def plant(segments: Iterable[Segment], message: MessageDef) -> Tree | None:
    """The segments in their places, as `edi.structure` would put them; None when one has no place, so that nothing was proven."""
    table = table_of(message)
    state, root = table.start, LoopNode(message.root)
    loops = [root]
    for segment in segments:
        tag = segment.tag
        step = state.steps.get(tag) or table.step(state, tag)
        if step is None:
            return None
        depth = step.depth + 1
        if len(loops) > depth:
            del loops[depth:]
        node = SegmentNode(segment, step.use)
        if step.loop is None:
            loops[-1].children.append(node)
        else:
            loop = LoopNode(step.loop, [node])
            loops[-1].children.append(loop)
            loops.append(loop)
        state = step.state
    return Tree(message, root)
