"""The short way of the guide pass: it says yes only where the long way finds nothing, and says it of nearly all that is right."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.errors import GrammarError
from edi.grammar.load import load
from edi.guide import Guide
from edi.kept import is_kept
from edi.narrowing import check_guide
from edi.values import Standard
from tests.support.edi import judge, transaction_set

ORDER = "850 | BEG*00*SA*1**20260102~REF*DP*0042~REF*IA*77~N1*ST*Y*UL*221~N3*S~PO1*1*15*EA*1.25*PE*UP*123456~PO4*12~"
ORDERS = "ORDERS | BGM+220+1+9'DTM+137:20260102:102'NAD+BY+1::9'LIN+1++4012345500004:EN'QTY+21:48:PCE'FTX+AAI+++A?+B'UNS+S'"
CODES = st.lists(
    st.sampled_from(["00", "SA", "DP", "IA", "ST", "UL", "EA", "PE", "220", "137", "BY", "EN", "21", "9", "1"]), min_size=1, unique=True
)
POSITION = st.sampled_from(["01", "02", "03", "04", "05", "07", "01.1", "01.2", "02.3", "03.2"])
ELEMENT = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(),
        "codes": CODES,
        "not": CODES,
        "length": st.sampled_from([[1, 1], [1, 3], [2, 8], [4, 35]]),
        "pattern": st.sampled_from(["[0-9]+", "[A-Z]*", ".*", ".{2}", "(SA|DP)", "[^A]+", "1|2.*", "(?i)ea", r"\w+\b"]),
        "min": st.integers(0, 2),
        "max": st.integers(1, 2),
    },
)
ELEMENTS = st.dictionaries(POSITION, ELEMENT, max_size=3)
CONDITION = st.fixed_dictionaries(
    {
        "when": st.dictionaries(
            POSITION | st.sampled_from(["N3", "PO4/01", "PO1/03", "LOC", "N1/01"]),
            st.booleans() | CODES | CODES.map(lambda c: {"not": c}),
            min_size=1,
            max_size=2,
        )
    },
    optional={
        "require": st.lists(POSITION | st.sampled_from(["PO4", "N3", "REF[01=IA]/02", "QTY[01.1=21]"]), max_size=2),
        "forbid": st.lists(POSITION | st.sampled_from(["PO4", "N4", "PO1", "N3/01"]), max_size=2),
        "elements": ELEMENTS,
    },
)
RULE = st.fixed_dictionaries(
    {},
    optional={"min": st.integers(0, 2), "max": st.integers(0, 2), "elements": ELEMENTS, "conditions": st.lists(CONDITION, max_size=2)},
) | st.just({"forbidden": True})
PATHS = st.sampled_from(
    [
        "BEG",
        "REF",
        "REF[01=IA]",
        "REF[01!=DP]",
        "CUR",
        "N1",
        "N1[01=ST]",
        "N1[01=BY]/N3",
        "N1[01=ST|BY]/N4",
        "N1/N3",
        "PO1",
        "PO1[03=EA]/PO4",
        "PO1/PO4",
        "BGM",
        "DTM[01.1=137]",
        "NAD[01=BY]",
        "SG2/LOC",
        "LIN",
        "LIN/QTY",
        "LIN[03.2=EN]/QTY[01.1=21]",
        "SG25/FTX",
    ]
)


@given(st.dictionaries(PATHS, RULE, min_size=1, max_size=4), st.sampled_from([ORDER, ORDERS]))
@settings(max_examples=400, deadline=None)
def test_what_is_kept_has_no_finding(rules: dict[str, Any], text: str) -> None:
    try:
        guide = Guide.parse({"segments": rules})
    except GrammarError:
        return
    one = transaction_set(text)
    validation = judge(text)
    assert validation.message
    assert validation.tree
    if is_kept(one.lines, guide, validation.message):
        assert check_guide(validation.tree, guide) == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (
            ORDER,
            {
                "BEG": {
                    "elements": {"02": {"codes": ["SA", "NE"]}, "05": {"required": True, "pattern": "[0-9]{8}"}, "06": {"forbidden": True}}
                }
            },
        ),
        (
            ORDER,
            {"REF[01=IA]": {"required": True, "max": 1, "elements": {"02": {"length": [2, 7], "not": ["78"]}}}, "CUR": {"forbidden": True}},
        ),
        (ORDER, {"N1[01=ST]/N3": {"required": True}, "N1[01=BY]/N4": {"required": True}, "PO1/PO4": {"min": 1, "max": 1}}),
        (ORDER, {"PO1": {"max": 9, "elements": {"02": {"length": [2, 3]}, "04": {"length": [3, 3]}, "06": {"codes": ["UP"]}}}}),
        (ORDER, {"N1": {"conditions": [{"when": {"03": ["UL"]}, "require": ["04"], "elements": {"04": {"pattern": "[0-9]+"}}}]}}),
        (ORDER, {"PO1": {"conditions": [{"when": {"03": ["EA"]}, "require": ["PO4/01", "PO1"], "forbid": ["PID"]}]}}),
        (ORDER, {"PO1/PO4": {"conditions": [{"when": {"PO1/06": ["UP"], "PID": False}, "require": ["01"]}]}}),
        (ORDER, {"BEG": {"conditions": [{"when": {"REF[01=IA]/02": ["77"], "CUR": False}, "require": ["N1", "PO1"]}]}}),
        (ORDERS, {"LIN": {"conditions": [{"when": {"03.2": ["EN"]}, "require": ["QTY[01.1=21]"], "forbid": ["PIA"]}]}}),
        (ORDERS, {"NAD[01=BY]": {"elements": {"02.1": {"required": True}, "02.3": {"codes": ["9"]}}}, "DTM[01.1=137]": {"min": 1}}),
        (ORDERS, {"LIN/QTY[01.1=21]": {"required": True, "elements": {"01.2": {"length": [1, 3]}}}, "SG2/LOC": {"forbidden": True}}),
    ],
)
def test_what_is_right_is_seen_at_once(text: str, rules: dict[str, Any]) -> None:
    one = transaction_set(text)
    message = load(one.standard, one.release, one.set_id)
    assert message
    guide = Guide.parse({"segments": rules})
    assert not [fault for fault in guide.check(message) if fault.fatal]
    assert is_kept(one.lines, guide, message)


def test_what_is_released_is_a_doubt() -> None:
    one = transaction_set(ORDERS)
    message = load(Standard.EDIFACT, "D96A", "ORDERS")
    assert message
    free_text = Guide.parse({"segments": {"LIN/FTX": {"elements": {"04.1": {"pattern": "A.B"}}}}})
    assert not is_kept(one.lines, free_text, message)
    assert not judge(ORDERS, guide=free_text).has_errors
