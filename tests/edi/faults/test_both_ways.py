"""A set is proven right as a whole or explained segment by segment: both ways find the same, in right documents and in faulty ones."""

from collections.abc import Iterator
from itertools import chain, islice

import pytest

from edi.elements import check_elements
from edi.finding import Finding
from edi.grammar.model import MessageDef
from edi.hierarchy import check_hierarchy
from edi.structure import place
from edi.validate import Validation
from tests.edi.faults.cases import Case, run
from tests.edi.faults.documents import MESSAGES, message_of, rich
from tests.edi.faults.element_faults import element_cases
from tests.edi.faults.structure_faults import structure_cases

EVERY = 11  #: each eleventh case


def cases(message: MessageDef) -> Iterator[Case]:
    yield Case("right", "every place", rich(message), ())
    yield from islice(chain(element_cases(message), structure_cases(message)), 0, None, EVERY)


def explained(validation: Validation) -> list[Finding]:
    """All segments placed, all elements looked at, nothing proven beforehand."""
    judged, message = validation.transaction_set, validation.message
    assert message is not None
    tree, misplaced = place(judged.segments, message)
    found = [*judged.findings, *misplaced, *check_elements(tree), *check_hierarchy(tree)]
    return sorted(found, key=lambda finding: finding.location.segment_position or 0)


@pytest.mark.parametrize("name", MESSAGES)
def test_proof_and_explanation_find_the_same(name: str) -> None:
    compared = 0
    for validated, batch in run(message_of(name), cases(message_of(name)), keep=True).validated:
        for case, validation in zip(batch, validated.validations, strict=True):
            assert list(validation.findings) == explained(validation), f"{case.kind} [{case.where}]"
            compared += 1
    assert compared > 20
