"""The documents that faults are put into are right, have every place of their sets, and each segment stands where it was meant to."""

import pytest

from edi.grammar.model import MessageDef
from edi.tree import LoopNode
from tests.edi.faults.cases import Case, run
from tests.edi.faults.documents import MESSAGES, around, message_of, places, rich
from tests.edi.faults.oracle import stops


@pytest.mark.parametrize("name", MESSAGES)
def test_a_document_of_every_place_is_right(name: str) -> None:
    message = message_of(name)
    lines = rich(message)
    outcome = run(message, [Case("right", "every place", lines, ())], keep=True)
    assert not outcome.deviations
    [(validated, _)] = outcome.validated
    [validation] = validated.validations
    assert validation.tree is not None
    assert [node.use for node in validation.tree.root.walk()] == [line.use for line in lines]
    assert _paths(validation.tree.root, ()) == [line.path for line in lines]


@pytest.mark.parametrize("name", MESSAGES)
def test_the_smallest_document_around_each_place_is_right(name: str) -> None:
    message = message_of(name)
    cases = [Case("right", str(place), around(message, place)[0], ()) for place in places(message.root)]
    assert not run(message, cases).deviations


@pytest.mark.parametrize("name", MESSAGES)
def test_the_oracle_agrees_that_they_are_right(name: str) -> None:
    message: MessageDef = message_of(name)
    assert stops(message, [line.tag for line in rich(message)]) is None


def _paths(loop: LoopNode, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for child in loop.children:
        found += _paths(child, (*path, child.loop_id)) if isinstance(child, LoopNode) else [path]
    return found
