"""Every kind of fault within a set, one at a time, at every place: found there, by its code, and nothing else with it."""

import os
from collections.abc import Callable, Iterable

import pytest

from edi.grammar.model import MessageDef
from tests.edi.faults.cases import Case, run
from tests.edi.faults.documents import MESSAGES, message_of
from tests.edi.faults.element_faults import element_cases, repetition_cases
from tests.edi.faults.structure_faults import structure_cases

LARGE = 3000


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("make", [element_cases, structure_cases])
def test_each_fault_is_found_at_its_place_and_alone(name: str, make: Callable[[MessageDef], Iterable[Case]]) -> None:
    cases = list(make(message_of(name)))
    each = 3 if len(cases) > LARGE and os.environ.get("CI") else 1  # elsewhere all of them
    outcome = run(message_of(name), cases[::each])
    assert outcome.injected.total() > 50
    assert not outcome.deviations


@pytest.mark.parametrize("name", MESSAGES)
def test_repetitions_are_counted_where_the_syntax_has_them(name: str) -> None:
    outcome = run(message_of(name), repetition_cases(message_of(name)), repeats=True)
    assert outcome.injected["element repeats too often"] > 20
    assert not outcome.deviations
