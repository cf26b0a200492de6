"""Every place of every set of every release is reached: a set in which all stands once, then one in which all that may repeat does."""

from collections.abc import Callable, Iterator

import pytest

from edi.grammar.check import ambiguities
from edi.grammar.load import load, releases, sets
from edi.grammar.model import LoopUse, MessageDef, Requirement, SegmentUse
from edi.structure import place
from edi.tree import LoopNode, SegmentNode
from edi.values import Segment, Standard

BUILT_IN = [(standard, release, set_id) for standard in Standard for release in releases(standard) for set_id in sets(standard, release)]
#: what is settled in the data: a tag leads elsewhere than where it was meant
SETTLED = {("D93A", "DELFOR"), *((release, set_id) for release in ("D95B", "D96A") for set_id in ("DELFOR", "DELJIT", "INVRPT"))}


def once(loop: LoopUse) -> Iterator[SegmentUse]:
    """Every place, in the order of the standard."""
    for child in loop.children:
        if isinstance(child, LoopUse):
            yield from once(child)
        else:
            yield child


def twice(loop: LoopUse) -> Iterator[SegmentUse]:
    """Every segment that may come again comes twice; so does every loop, the second time with what is mandatory in it."""
    for child in loop.children:
        if isinstance(child, SegmentUse):
            yield from (child,) if child.max_use == 1 else (child, child)
        else:
            yield from twice(child)
            yield from () if child.max_use == 1 else least(child)


def least(loop: LoopUse) -> Iterator[SegmentUse]:
    """What must stand in a loop: its first segment, and what is mandatory."""
    for index, child in enumerate(loop.children):
        if index == 0 or child.requirement is Requirement.MANDATORY:
            yield from (child,) if isinstance(child, SegmentUse) else least(child)


def placed(node: LoopNode) -> Iterator[SegmentUse | None]:
    for child in node.children:
        if isinstance(child, SegmentNode):
            yield child.use
        else:
            yield from placed(child)


def walk(message: MessageDef, uses: list[SegmentUse]) -> tuple[list[SegmentUse | None], list[str]]:
    segments = [Segment(use.tag, ("x",), position=position) for position, use in enumerate(uses, 1)]
    tree, findings = place(segments, message)
    return list(placed(tree.root)), [f"{finding.code} {finding.location}" for finding in findings]


@pytest.mark.parametrize("order", [once, twice, least])
@pytest.mark.parametrize(("standard", "release", "set_id"), [kind for kind in BUILT_IN if kind[1:] not in SETTLED])
def test_each_segment_is_put_where_it_was_meant(
    standard: Standard, release: str, set_id: str, order: Callable[[LoopUse], Iterator[SegmentUse]]
) -> None:
    message = load(standard, release, set_id)
    assert message is not None
    uses = list(order(message.root))
    found, faults = walk(message, uses)
    assert faults == []
    assert found == uses


def test_no_other_set_is_ambiguous() -> None:
    loaded = ((kind, load(*kind)) for kind in BUILT_IN)
    assert {kind[1:] for kind, message in loaded if message and ambiguities(message.root)} == SETTLED
