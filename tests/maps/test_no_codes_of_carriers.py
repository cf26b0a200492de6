"""Warehouses and carriers come from tables, never from maps: no standard map writes, selects or translates a code of one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edi.grammar.load import load
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, SegmentDef
from edi.values import Standard
from maps.lint.rules import all_rules
from maps.model import MapSpec, Slot
from maps.registry import MapRegistry

ROOT = Path(__file__).resolve().parents[2] / "maps" / "standard"
NAMES = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.glob("*/*/*.yaml"))
NAMES = [name for name in NAMES if name.split("/")[0] in {"x12", "edifact"}]
#: data elements whose values are a company's, a place's or a carrier's service
OF_SOMEBODY = {
    "x12": {"67", "140", "284", "310"},  # identification code, SCAC, service level, location identifier
    "edifact": {"3039", "3127", "3225", "3223", "3233"},  # party, carrier, place and its parts
}


def segments(loop: LoopUse) -> Iterator[SegmentDef]:
    for child in loop.children:
        if isinstance(child, LoopUse):
            yield from segments(child)
        else:
            yield child.definition


def element(definition: SegmentDef, slot: Slot) -> str:
    found: ElementDef | CompositeDef = definition.elements[slot.element - 1].definition
    if isinstance(found, CompositeDef):
        found = found.components[max(slot.component, 1) - 1].definition
    return found.id


def literals(spec: MapSpec) -> Iterator[str]:
    """Each place of such an element where the map itself says a value, or has a table for it."""
    message = load(Standard(spec.syntax), spec.release, spec.set_id)
    assert message is not None
    known = {definition.tag: definition for definition in segments(message.root)}
    for rule in all_rules(spec.rules):
        definition = known.get(rule.tag)
        if definition is None:
            continue
        said = [(place, f"={value}") for binding in rule.bindings for place, value in _constants(binding)]
        said += [(place, f"code {b.codec.arg}") for b in rule.bindings if b.codec.name == "code" for place in b.places]
        said += [(place, f"[{'|'.join(values)}]") for place, values in rule.selector.tests]
        for place, what in said:
            if (
                isinstance(place, Slot)
                and place.element <= len(definition.elements)
                and element(definition, place) in OF_SOMEBODY[spec.syntax]
            ):
                yield f"{rule.address}: {rule.tag}{place} {what}"


def _constants(binding) -> Iterator[tuple[Slot, str]]:
    if binding.constant is not None:
        yield binding.places[0], binding.constant


@pytest.mark.parametrize("name", NAMES)
def test_no_map_knows_a_carrier_or_a_place(name):
    assert list(literals(MapRegistry().get(name).spec)) == []


def test_one_would_be_found():
    """An overlay that writes a carrier's code."""
    text = 'map: partners/x/maps/856\nextends: x12/004010/856@1\nversion: 1\npatch: [{set: hl/td5, els: {"03": "=NMTL"}}]\n'
    base = MapRegistry().get("x12/004010/856").spec
    text = text.replace("@1", f"@{base.version}")
    address = next(rule.address for rule in all_rules(base.rules) if rule.tag == "TD5")
    found = list(literals(MapRegistry({"partners/x/maps/856": text.replace("hl/td5", address)}).get("partners/x/maps/856").spec))
    assert found == [f"{address}: TD503 =NMTL"]
