"""States of stock: every code of the tables means one state, what no table has is unmapped, and the maps say the same as the tables."""

from decimal import Decimal

import pytest

from canonical import inventory_states as states
from canonical.inventory_states import Axis, Movement, Place, axis_of, movement_of, state_of_code, state_of_condition
from canonical.receipt import STATE_OF
from canonical.registry import parse
from edi.grammar.load import load
from edi.grammar.model import ElementDef
from edi.values import Standard
from maps.registry import MapRegistry

OUT, IN = Decimal(-4), Decimal(4)


def test_every_state_has_one_axis_and_physical_is_not_sellable():
    assert set(states.AXIS_OF.values()) == {Axis.PHYSICAL, Axis.SELLABLE, Axis.PLAN}
    assert axis_of("onHand") is Axis.PHYSICAL
    assert axis_of("availableToPromise") is Axis.SELLABLE
    assert axis_of("reorderPoint") is Axis.PLAN


@pytest.mark.parametrize("code", ["QH", "QB", "34", "ZZ", "", "x12:17"])
def test_a_code_that_no_table_has_is_unmapped_and_has_no_axis(code):
    assert state_of_code("x12", code) == Place.UNMAPPED
    assert axis_of(f"x12:{code}") is Axis.UNMAPPED


def test_the_same_digits_mean_other_things_in_another_standard():
    assert state_of_code("x12", "27") == "allocated"
    assert state_of_code("edifact", "27") == "onHold"
    assert state_of_code("tradacoms", "27") == Place.UNMAPPED


@pytest.mark.parametrize("table", ["X12_673", "EDIFACT_6063"])
def test_every_word_of_a_table_is_a_state(table):
    assert set(getattr(states, table).values()) <= set(states.AXIS_OF)


@pytest.mark.parametrize(
    ("reason", "delta", "movement"),
    [
        ("putOnHold", OUT, ("available", "onHold")),
        ("takenOffHold", IN, ("onHold", "available")),
        ("damagedInFacility", OUT, ("available", "damaged")),
        ("damagedInTransit", OUT, ("available", "damaged")),
        ("destroyed", OUT, ("unmapped", "outside")),
        ("recouped", IN, ("damaged", "available")),
        ("putInQuality", OUT, ("available", "quarantined")),
        ("takenOutOfQuality", IN, ("quarantined", "available")),
        ("recall", OUT, ("available", "quarantined")),
        ("expired", OUT, ("available", "onHold")),
        ("return", IN, ("outside", "quarantined")),
        ("countVariance", OUT, ("available", "outside")),
        ("countVariance", IN, ("outside", "available")),
        ("bookDecrease", OUT, ("available", "outside")),
        ("bookIncrease", IN, ("outside", "available")),
        ("transfer", OUT, ("unmapped", "unmapped")),
        ("receiptError", IN, ("unmapped", "unmapped")),
        ("other", IN, ("unmapped", "unmapped")),
        ("x12:ZZ", IN, ("unmapped", "unmapped")),
    ],
)
def test_a_reason_moves_stock_as_far_as_it_says(reason, delta, movement):
    assert movement_of(reason, delta) == Movement(*movement)


def test_a_count_moves_the_part_of_the_stock_that_it_names():
    assert movement_of("countVariance", OUT, "damaged") == ("damaged", "outside")
    assert movement_of("countVariance", IN, "reserved") == ("outside", "allocated")
    assert movement_of("countVariance", OUT, "held") == ("unmapped", "outside")
    assert movement_of("countVariance", OUT, "x12:ZZ") == ("unmapped", "outside")
    assert movement_of("destroyed", OUT, "damaged") == ("damaged", "outside")
    assert movement_of("receipt", IN, "damaged") == ("outside", "damaged")
    assert movement_of("recall", OUT, "damaged") == ("available", "quarantined")


def test_conditions_of_received_goods():
    assert state_of_condition("good") == "onHand"
    assert state_of_condition("damaged") == "damaged"
    assert state_of_condition("qualityProblem") == "quarantined"
    assert state_of_condition("onHold") == "onHold"
    assert state_of_condition("short") == Place.OUTSIDE
    assert state_of_condition("nonStandardContainer") == Place.UNMAPPED
    assert state_of_condition("x12:16") == Place.UNMAPPED


def test_a_receipt_says_the_same_of_the_conditions_that_both_know():
    known = {condition: state for condition, state in STATE_OF.items() if condition in states.STATE_OF_CONDITION}
    assert {condition: states.STATE_OF_CONDITION[condition] for condition in known} == {
        condition: state or Place.OUTSIDE for condition, state in known.items()
    }


class TestDerivedStates:
    def line(self, **more):
        given = {"reason": "recall", "quantityDelta": {"value": "-4", "unit": "XCS"}, "item": {"sku": "A"}} | more
        document = {"documentType": "InventoryAdjustment", "adjustmentDate": "2026-11-20", "adjustmentNumber": "1", "parties": {}}
        return parse(document | {"lines": [given]}).lines[0]

    def test_they_follow_from_reason_sign_and_part(self):
        line = self.line()
        assert (line.from_state, line.to_state) == ("available", "quarantined")
        line = self.line(reason="countVariance", stockType="damaged")
        assert (line.from_state, line.to_state) == ("damaged", "outside")

    def test_what_is_given_stays(self):
        line = self.line(reason="other", fromState="picked", toState="available")
        assert (line.from_state, line.to_state) == ("picked", "available")

    def test_what_nothing_says_is_unmapped_and_written(self):
        assert self.line(reason="x12:TC").to_json()["fromState"] == "unmapped"


# --- maps and grammar say the same --------------------------------------------------------------------------------------------------------

TABLES = [
    ("x12/004010/846", "state", "x12", "673", states.X12_673),
    ("x12/004010/947", "reason", "x12", "181", states.X12_181),
    ("x12/004010/947", "stockType", "x12", "529", states.X12_529),
    ("x12/004010/944", "condition", "x12", "412", states.X12_412),
    ("edifact/d96a/invrpt", "state", "edifact", "6063", states.EDIFACT_6063),
    ("edifact/d96a/invrpt", "reason", "edifact", "4499", states.EDIFACT_4499),
    ("edifact/d96a/invrpt", "stockType", "edifact", "7491", states.EDIFACT_7491),
]


def codes_of(name: str, element: str) -> frozenset[str]:
    """The code list of an element in the release of a map."""
    syntax, release, set_id = name.split("/")
    message = load(Standard(syntax), release.upper(), set_id.upper())
    for segment in message.segments.values():
        for use in segment.elements:
            found = [use.definition] if isinstance(use.definition, ElementDef) else [part.definition for part in use.definition.components]
            for one in found:
                if one.id == element:
                    return one.codes
    raise LookupError(element)


@pytest.mark.parametrize(("name", "table", "syntax", "element", "data"), TABLES)
def test_a_map_has_each_code_of_its_release_with_the_same_word(name, table, syntax, element, data):
    known = codes_of(name, element)
    assert MapRegistry().get(name).spec.tables[table].words == {code: word for code, word in data.items() if code in known}


@pytest.mark.parametrize(("name", "table", "syntax", "element", "data"), TABLES)
def test_what_a_table_does_not_have_passes_with_its_code(name, table, syntax, element, data):
    assert MapRegistry().get(name).spec.tables[table].on_missing == "passthrough"
