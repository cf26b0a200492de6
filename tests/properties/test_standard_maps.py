"""The laws of a two-way map for every standard map, over documents of the whole model and wires of the whole grammar.

One map: `pytest tests/properties/test_standard_maps.py -k 'x12/004010/855'`. More examples: `MAPS_EXAMPLES=300`.
"""

import os
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from canonical.registry import parse
from maps.registry import MapRegistry
from tests.maps.generate.chance import ImpossibleError
from tests.maps.generate.choices import Drawn
from tests.maps.generate.documents import made
from tests.maps.generate.laws import OUT, broken
from tests.maps.generate.plan import Plan
from tests.maps.generate.uncarried import Uncarried
from tests.maps.generate.wires import Wire, changed, unrestored

REGISTRY = MapRegistry()
NAMES = REGISTRY.names()
EXAMPLES = int(os.environ.get("MAPS_EXAMPLES", "8"))
LAWS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@cache
def plan(name: str) -> Plan:
    return Plan(REGISTRY.get(name).spec)


@cache
def uncarried(name: str) -> Uncarried:
    return Uncarried(plan(name).spec, plan(name).model)


@st.composite
def documents(draw: st.DrawFn, name: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A document that the map can write whole, and the same with values that it has no place for."""
    chance = Drawn(draw)
    try:
        document = made(plan(name), chance)
    except ImpossibleError:
        reject()
    return document, uncarried(name).added(document, chance)


@st.composite
def wires(draw: st.DrawFn, name: str) -> Wire | None:
    """A set that the map reads, changed as partners change what we would write."""
    one, chance = REGISTRY.get(name), Drawn(draw, most=2)
    try:
        document = made(plan(name), chance)
    except ImpossibleError:
        reject()
    tree = one.encode(parse(document, one.document_type), OUT).tree
    assert tree is not None
    return changed(one, tree, chance)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_map_says_can_stand_on_the_wire(name: str) -> None:
    assert plan(name).problems == []


@pytest.mark.parametrize("name", NAMES)
def test_documents_come_back(name: str) -> None:
    """PutGet, validity, stability, and not-carried findings for what the map has no place for."""
    one = REGISTRY.get(name)

    @given(documents(name))
    @LAWS
    def holds(drawn: tuple[dict[str, Any], dict[str, Any] | None]) -> None:
        lines = broken(one, *drawn)
        assert not lines, "\n" + "\n".join(lines[:20])

    holds()


@pytest.mark.parametrize("name", NAMES)
def test_wires_come_back(name: str) -> None:
    """GetPut: a wire comes back from its document and residue, segment by segment."""
    one = REGISTRY.get(name)
    restored = 0

    @given(wires(name))
    @LAWS
    def holds(wire: Wire | None) -> None:
        nonlocal restored
        if wire is not None:
            lines = unrestored(one, wire)
            assert not lines, "\n" + "\n".join(lines[:20])
            restored += 1

    holds()
    assert restored > EXAMPLES // 2
