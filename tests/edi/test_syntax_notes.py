"""The five relations, over every combination of four elements."""

from itertools import product

import pytest

from edi.finding import FindingCode
from edi.grammar.model import SyntaxNote
from edi.syntax_notes import Condition, broken

#: what each relation says, as a sentence over "is given" of the elements it names, in their order
MEANING = {
    "P": lambda a, b, c: (a, b, c) in ((False,) * 3, (True,) * 3),
    "R": lambda a, b, c: a or b or c,
    "E": lambda a, b, c: (a, b, c).count(True) <= 1,
    "C": lambda a, b, c: not a or (b and c),
    "L": lambda a, b, c: not a or b or c,
}


@pytest.mark.parametrize("relation", MEANING)
@pytest.mark.parametrize("given", list(product((False, True), repeat=4)))
def test_a_note_is_broken_exactly_when_its_sentence_is_false(relation: str, given: tuple[bool, ...]) -> None:
    elements = (4, 1, 2)
    found = list(broken(SyntaxNote(relation, elements), lambda at: given[at - 1]))
    assert bool(found) is not MEANING[relation](*(given[at - 1] for at in elements))
    present = sum(1 << at for at, is_given in enumerate(given, 1) if is_given)
    assert Condition(SyntaxNote(relation, elements)).holds(present) is not bool(found)
    for fault in found:
        is_missing = fault.code is FindingCode.CONDITIONAL_ELEMENT_MISSING
        assert fault.element in elements
        assert given[fault.element - 1] is not is_missing, "the fault is at the element that is missing, or should be"


def test_a_pair_names_each_missing_element() -> None:
    assert [fault.element for fault in broken(SyntaxNote("P", (1, 2, 3)), lambda at: at == 2)] == [1, 3]
