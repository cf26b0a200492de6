"""Guides: read from plain mappings, refused when they are wrong, and a second pass beside the standard."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.errors import GrammarError
from edi.finding import Scope, Severity
from edi.guide import NO_GUIDE, Guide
from edi.tolerance import Tolerance
from tests.support.edi import judge, said

KEYS = st.sampled_from(["BEG", "segments", "elements", "01", "required", "codes", "length", "pattern", "min", "max", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
HEAD = "BEG*00*SA*1**20260102~"
ORDER = f"850 | {HEAD}REF*DP*0042~REF*IA*77~N1*BY*X*UL*11~N1*ST*Y*UL*22~N3*S~PO1*1*1*EA*1*PE*UP*1~PO4*12~PO1*2*1*EA*1~"


def guide(**segments: Any) -> Guide:
    return Guide.parse({"guide": "test", "segments": segments})


def against(rules: dict[str, Any], text: str = ORDER, **options: Any) -> list[tuple[str, str]]:
    validation = judge(text, guide=Guide.parse({"segments": rules}), **options)
    assert all(finding.scope is Scope.GUIDE for finding in validation.findings if finding.severity is Severity.ERROR)
    return said(validation)


class TestSegments:
    @pytest.mark.parametrize(
        ("path", "rule", "expected"),
        [
            ("CUR", {"required": True}, [("required-segment-missing", "CUR at segment 1")]),
            ("REF", {"required": True}, []),
            ("REF[01=PD]", {"required": True}, [("required-segment-missing", "REF at segment 1")]),
            ("REF[01=DP|PD]", {"required": True}, []),
            ("REF[01=DP,02=1]", {"min": 1}, [("required-segment-missing", "REF at segment 1")]),
            ("REF", {"forbidden": True}, [("segment-forbidden", "REF at segment 3"), ("segment-forbidden", "REF at segment 4")]),
            ("REF", {"max": 1}, [("segment-repeats-too-often", "REF at segment 4")]),
            ("N1[01=ST]", {"required": True, "max": 1}, []),
            ("N1[01=SF]", {"required": True}, [("required-segment-missing", "N1 at segment 1")]),
            ("N1[01=ST]/N4", {"required": True}, [("required-segment-missing", "N4 at segment 6, in loop N1")]),
            ("N1[01=BT]/N4", {"required": True}, []),
            ("PO1/PO4", {"required": True}, [("required-segment-missing", "PO4 at segment 10, in loop PO1")]),
            ("PO1", {"max": 1}, [("segment-repeats-too-often", "PO1 at segment 10, in loop PO1")]),
        ],
    )
    def test_rules(self, path: str, rule: dict[str, Any], expected: list[tuple[str, str]]) -> None:
        assert against({path: rule}) == expected


class TestElements:
    @pytest.mark.parametrize(
        ("path", "position", "rule", "expected"),
        [
            ("BEG", "06", {"required": True}, [("required-element-missing", "BEG06 at segment 2")]),
            ("BEG", "02", {"codes": ["SA"]}, []),
            ("BEG", "02", {"codes": ["NE"]}, [("code-unknown", "BEG02 at segment 2")]),
            ("BEG", "02", {"forbidden": True}, [("element-forbidden", "BEG02 at segment 2")]),
            ("REF[01=IA]", "02", {"length": [4, 9]}, [("element-too-short", "REF02 at segment 4")]),
            ("REF[01=DP]", "02", {"length": [1, 3]}, [("element-too-long", "REF02 at segment 3")]),
            ("REF", "02", {"pattern": "[0-9]{4}"}, [("pattern-mismatch", "REF02 at segment 4")]),
            ("PO1", "07", {"required": True}, [("required-element-missing", "PO107 at segment 10, in loop PO1")]),
        ],
    )
    def test_rules(self, path: str, position: str, rule: dict[str, Any], expected: list[tuple[str, str]]) -> None:
        assert against({path: {"elements": {position: rule}}}) == expected

    def test_components(self) -> None:
        text = "ORDERS | BGM+220+1+9'DTM+137:20260102:102'NAD+BY+1::92'UNS+S'"
        rules = {"NAD[01=BY]": {"elements": {"02.2": {"required": True}, "02.3": {"codes": ["9"]}}}, "DTM[01.1=64]": {"required": True}}
        assert against(rules, text) == [
            ("required-segment-missing", "DTM at segment 1"),
            ("required-component-missing", "NAD02-2 at segment 4, in loop SG2"),
            ("code-unknown", "NAD02-3 at segment 4, in loop SG2"),
        ]

    def test_a_loop_is_named_by_its_id_or_by_the_tag_that_begins_it(self) -> None:
        text = "ORDERS | BGM+220+1+9'DTM+137:20260102:102'NAD+BY+1::92'CTA+PD'UNS+S'"
        expected = [("required-segment-missing", "COM at segment 5, in loop SG2/SG5")]
        assert against({"NAD/CTA/COM": {"required": True}}, text) == expected
        assert against({"SG2[01=BY]/SG5/COM": {"required": True}}, text) == expected

    def test_codes_follow_the_tolerance_for_code_lists(self) -> None:
        rules = {"BEG": {"elements": {"02": {"codes": ["NE"]}}}}
        assert against(rules, tolerance=Tolerance(code_lists=None)) == []


class TestStandardAndGuide:
    def test_both_are_reported_each_with_its_scope(self) -> None:
        text = f"850 | {HEAD}CUR*BY*USDX~PO1*1*1*EA*1~"
        validation = judge(text, guide=guide(CUR={"forbidden": True}))
        assert [(f.code.value, f.scope) for f in validation.findings] == [
            ("element-too-long", Scope.STANDARD),
            ("segment-forbidden", Scope.GUIDE),
        ]

    def test_no_guide_finds_nothing(self) -> None:
        assert not judge(ORDER, guide=NO_GUIDE).findings


class TestWrongGuides:
    @pytest.mark.parametrize(
        ("mapping", "word"),
        [
            ({"segment": {}}, "segment"),
            ({"segments": []}, "not a mapping"),
            ({"segments": {"BEG": 1}}, "BEG"),
            ({"segments": {"beg": {}}}, "path"),
            ({"segments": {"N1[01]": {}}}, "selector"),
            ({"segments": {"N1[x=1]": {}}}, "position"),
            ({"segments": {"BEG": {"needed": True}}}, "needed"),
            ({"segments": {"BEG": {"required": "yes"}}}, "true or false"),
            ({"segments": {"BEG": {"max": -1}}}, "whole number"),
            ({"segments": {"BEG": {"min": 2, "max": 1}}}, "contradicts"),
            ({"segments": {"BEG": {"forbidden": True, "required": True}}}, "contradicts"),
            ({"segments": {"BEG": {"elements": {"00": {}}}}}, "position"),
            ({"segments": {"BEG": {"elements": {1.1: {}}}}}, "quotes"),
            ({"segments": {"BEG": {"elements": {"01": {"codes": [0]}}}}}, "quotes"),
            ({"segments": {"BEG": {"elements": {"01": {"length": [3, 1]}}}}}, "length"),
            ({"segments": {"BEG": {"elements": {"01": {"pattern": "("}}}}}, "pattern"),
            ({"segments": {"BEG": {"elements": {"01": {"pattern": "A" * 300}}}}}, "pattern"),
            ({"segments": {"BEG": {"elements": {"01": {"forbidden": True, "codes": ["A"]}}}}}, "contradicts"),
        ],
    )
    def test_the_error_says_where(self, mapping: dict[str, Any], word: str) -> None:
        with pytest.raises(GrammarError, match=word):
            Guide.parse(mapping)

    @given(JSON)
    @settings(max_examples=100)
    def test_whatever_a_file_holds_it_is_a_guide_or_a_grammar_error(self, value: Any) -> None:
        for mapping in (value, {"segments": value}, {"segments": {"BEG": value}}, {"segments": {"BEG": {"elements": {"01": value}}}}):
            with suppress(GrammarError):
                Guide.parse(mapping)

    def test_an_empty_rule_is_a_rule(self) -> None:
        assert len(Guide.parse({"segments": {"BEG": None}}).rules) == 1
