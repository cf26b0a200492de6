"""Guides: read from plain mappings, refused when they are wrong, and a second pass beside the standard."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.describe import sentence
from edi.errors import GrammarError
from edi.finding import Scope, Severity
from edi.grammar.load import load
from edi.guide import NO_GUIDE, Guide, GuideError
from edi.tolerance import Tolerance
from edi.values import Standard
from tests.support.edi import judge, said

KEYS = st.sampled_from(
    [
        "BEG",
        "segments",
        "elements",
        "conditions",
        "when",
        "require",
        "usage",
        "not",
        "01",
        "required",
        "codes",
        "length",
        "pattern",
        "min",
        "max",
        "x",
    ]
)
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
            ("CUR", {"required": True}, [("required-segment-missing", "CUR at segment 3")]),
            ("REF", {"required": True}, []),
            ("REF[01=PD]", {"required": True}, [("required-segment-missing", "REF at segment 5")]),
            ("REF[01=DP|PD]", {"required": True}, []),
            ("REF[01=DP,02=1]", {"min": 1}, [("required-segment-missing", "REF at segment 5")]),
            ("REF", {"forbidden": True}, [("segment-forbidden", "REF at segment 3"), ("segment-forbidden", "REF at segment 4")]),
            ("REF", {"max": 1}, [("segment-repeats-too-often", "REF at segment 4")]),
            ("N1[01=ST]", {"required": True, "max": 1}, []),
            ("N1[01=SF]", {"required": True}, [("required-loop-missing", "N1 at segment 8, in loop N1")]),
            ("N1[01=ST]/N4", {"required": True}, [("required-segment-missing", "N4 at segment 8, in loop N1")]),
            ("N1[01=BT]/N4", {"required": True}, []),
            ("PO1/PO4", {"required": True}, [("required-segment-missing", "PO4 at segment 11, in loop PO1")]),
            ("REF", {"min": 3}, [("required-segment-missing", "REF at segment 5")]),
            ("REF", {"usage": "required", "max": 2}, []),
            ("REF", {"usage": "not used"}, [("segment-forbidden", "REF at segment 3"), ("segment-forbidden", "REF at segment 4")]),
            ("REF[01!=DP]", {"forbidden": True}, [("segment-forbidden", "REF at segment 4")]),
            ("N1[01!=ST|BY]", {"forbidden": True}, []),
            ("BEG", {"max": 0}, [("segment-repeats-too-often", "BEG at segment 2")]),
            ("PO1", {"max": 1}, [("loop-repeats-too-often", "PO1 at segment 10, in loop PO1")]),
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
            ("BEG", "02", {"not": ["SA", "RO"]}, [("code-unknown", "BEG02 at segment 2")]),
            ("BEG", "02", {"not": ["NE"]}, []),
            ("BEG", "02", {"usage": "not used"}, [("element-forbidden", "BEG02 at segment 2")]),
            ("BEG", "06", {"usage": "optional", "codes": ["X"]}, []),
            ("PO1", "02", {"length": [2, 9]}, [("element-too-short", f"PO102 at segment {n}, in loop PO1") for n in (8, 10)]),
            ("PO1", "07", {"required": True}, [("required-element-missing", "PO107 at segment 10, in loop PO1")]),
        ],
    )
    def test_rules(self, path: str, position: str, rule: dict[str, Any], expected: list[tuple[str, str]]) -> None:
        assert against({path: {"elements": {position: rule}}}) == expected

    def test_components(self) -> None:
        text = "ORDERS | BGM+220+1+9'DTM+137:20260102:102'NAD+BY+1::92'UNS+S'"
        rules = {"NAD[01=BY]": {"elements": {"02.2": {"required": True}, "02.3": {"codes": ["9"]}}}, "DTM[01.1=64]": {"required": True}}
        assert against(rules, text) == [
            ("required-segment-missing", "DTM at segment 4"),
            ("required-component-missing", "NAD02-2 at segment 4, in loop SG2"),
            ("code-unknown", "NAD02-3 at segment 4, in loop SG2"),
        ]

    def test_repetitions_are_counted_where_there_is_one(self) -> None:
        text = "ORDERS | BGM+220+1+9*9'DTM+137:20260102:102'UNS+S'"
        for least, expected in ((3, ["BGM03 (repetition 3) at segment 2"]), (2, [])):
            rules = guide(BGM={"elements": {"03": {"min": least}, "04": {"min": least}}})
            found = judge(text, syntax="UNOC:4", guide=rules).findings
            assert [str(f.location) for f in found if f.scope is Scope.GUIDE] == expected
        rules = guide(BGM={"elements": {"03": {"max": 1}}})
        [finding] = [f for f in judge(text, syntax="UNOC:4", guide=rules).findings if f.scope is Scope.GUIDE]
        assert (finding.code.value, finding.location.repetition, finding.message) == (
            "element-repeats-too-often",
            2,
            "may come at most once",
        )

    def test_a_loop_is_named_by_its_id_or_by_the_tag_that_begins_it(self) -> None:
        text = "ORDERS | BGM+220+1+9'DTM+137:20260102:102'NAD+BY+1::92'CTA+PD'UNS+S'"
        expected = [("required-segment-missing", "COM at segment 6, in loop SG2/SG5")]
        assert against({"NAD/CTA/COM": {"required": True}}, text) == expected
        assert against({"SG2[01=BY]/SG5/COM": {"required": True}}, text) == expected

    def test_codes_follow_the_tolerance_for_code_lists(self) -> None:
        rules = {"BEG": {"elements": {"02": {"codes": ["NE"]}}}}
        assert against(rules, tolerance=Tolerance(code_lists=None)) == []


PARTIES = "N1*ST*Y*UL*22~N3*S~N4*TOWN*NY*12207*US~N1*ZZ*Z~PER*BD~N1*BY*B*UL*77~"


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (
                {"when": {"03": True}, "require": ["05"]},
                [("conditional-element-missing", f"N105 at segment {n}, in loop N1") for n in (3, 8)],
            ),
            ({"when": {"01": ["BY", "ST"]}, "require": ["N3"]}, [("required-segment-missing", "N3 at segment 9, in loop N1")]),
            ({"when": {"03": False}, "forbid": ["PER"]}, [("segment-forbidden", "PER at segment 7, in loop N1")]),
            ({"when": {"N4": True}, "require": ["N4/04"]}, []),
            ({"when": {"N4/04": ["US"]}, "forbid": ["N4/03"]}, [("conditional-element-excluded", "N403 at segment 5, in loop N1")]),
            (
                {"when": {"N4/04": {"not": ["CA"]}}, "require": ["N4/05"]},
                [("conditional-element-missing", "N405 at segment 5, in loop N1")],
            ),
            ({"when": {"N4/04": {"not": ["US"]}}, "require": ["N4/05"]}, []),
            (
                {"when": {"N4": False, "01": {"not": ["ZZ"]}}, "require": ["N4"]},
                [("required-segment-missing", "N4 at segment 9, in loop N1")],
            ),
            ({"when": {"01": ["ZZ"]}, "require": ["PER[01=IC]/02"]}, [("required-segment-missing", "PER at segment 8, in loop N1")]),
            ({"when": {"01": ["ST"]}, "elements": {"04": {"length": [13, 13]}}}, [("element-too-short", "N104 at segment 3, in loop N1")]),
            (
                {"when": {"01": ["ZZ"]}, "elements": {"03": {"required": True}}},
                [("conditional-element-missing", "N103 at segment 6, in loop N1")],
            ),
            (
                {"when": {"03": ["UL"]}, "elements": {"02": {"forbidden": True}}},
                [("conditional-element-excluded", f"N102 at segment {n}, in loop N1") for n in (3, 8)],
            ),
        ],
    )
    def test_they_ask_where_they_hold(self, condition: dict[str, Any], expected: list[tuple[str, str]]) -> None:
        assert against({"N1": {"conditions": [condition]}}, f"850 | {HEAD}{PARTIES}PO1*1*1*EA*1*PE*UP*1~") == expected

    @pytest.mark.parametrize(
        ("when", "place"),
        [
            ({"03": ["UL"], "01": ["ST"]}, "N103 at segment 3, in loop N1"),
            ({"N4/04": ["US"]}, "N404 at segment 5, in loop N1"),
            ({"PER": True}, "PER at segment 7, in loop N1"),
            ({"N3": False, "01": ["BY"]}, "N1 at segment 8, in loop N1"),
        ],
    )
    def test_a_finding_says_where_the_condition_looked(self, when: dict[str, Any], place: str) -> None:
        rules = {"N1": {"conditions": [{"when": when, "require": ["05", "G61"], "elements": {"02": {"required": True, "length": [9, 9]}}}]}}
        found = judge(f"850 | {HEAD}{PARTIES}PO1*1*1*EA*1*PE*UP*1~", guide=guide(**rules)).findings
        assert {str(finding.trigger) for finding in found if finding.scope is Scope.GUIDE} == {place}

    def test_a_segment_of_a_loop_asks_of_its_loop(self) -> None:
        rules = {
            "PO1/PO4": {"conditions": [{"when": {"01": ["12"]}, "require": ["PO1/06", "PID"]}]},
            "BEG": {"conditions": [{"when": {"02": ["SA"]}, "require": ["CUR"]}]},
        }
        assert against(rules) == [
            ("required-segment-missing", "CUR at segment 3"),
            ("required-loop-missing", "PID at segment 9, in loop PO1/PID"),
        ]


class TestWords:
    """What is asked is said in the guide's own words, and by whom once."""

    @pytest.mark.parametrize(
        ("path", "rule", "expected"),
        [
            ("REF[01=PD|IT]", {"min": 1}, "REF at segment 5: REF with 01=IT|PD is required before here, by the partner's guide."),
            ("REF", {"min": 3}, "REF at segment 5: REF is required at least 3 times, and comes twice before here, by the partner's guide."),
            ("REF", {"max": 1}, "REF at segment 4: REF may come at most once, by the partner's guide."),
            ("REF[01!=DP]", {"usage": "not used"}, "REF at segment 4: REF with 01!=DP is not used, by the partner's guide."),
            (
                "BEG",
                {"elements": {"02": {"codes": ["NE", "RO"]}}},
                "BEG02 at segment 2: must be one of NE, RO (data element 92), by the partner's guide.",
            ),
            ("BEG", {"elements": {"06": {"required": True}}}, "BEG06 at segment 2: required (data element 367), by the partner's guide."),
            (
                "BEG",
                {"elements": {"02": {"pattern": "[A-M]+"}}},
                "BEG02 at segment 2: must have the form [A-M]+ (data element 92), by the partner's guide.",
            ),
            (
                "BEG",
                {"conditions": [{"when": {"02": ["SA"], "REF[01=DP]": True}, "require": ["06"]}]},
                "BEG06 at segment 2: required when 02 is SA and REF with 01=DP is given, by the partner's guide.",
            ),
        ],
    )
    def test_a_sentence(self, path: str, rule: dict[str, Any], expected: str) -> None:
        [finding] = [f for f in judge(ORDER, guide=Guide.parse({"segments": {path: rule}})).findings if f.scope is Scope.GUIDE]
        assert sentence(finding) == expected


class TestStandardAndGuide:
    def test_what_the_standard_says_is_not_said_again(self) -> None:
        rules = {"BEG": {"required": True, "elements": {"01": {"required": True}}}, "PO1": {"required": True}}
        assert said(judge("850 | BEG**SA*1**20260102~", guide=guide(**rules))) == said(judge("850 | BEG**SA*1**20260102~"))

    def test_what_both_find_is_marked(self) -> None:
        text = f"850 | BEG*QQ*SA*{'1' * 23}**20260102~REF~PO1*1*1*EA*1~"
        rules = {"BEG": {"elements": {"01": {"codes": ["00"]}, "03": {"length": [1, 10]}}}, "REF": {"elements": {"02": {"required": True}}}}
        found = judge(text, guide=guide(**rules)).findings
        assert [(f.code.value, f.caused_by and f.caused_by.value) for f in found if f.scope is Scope.GUIDE] == [
            ("code-unknown", "code-unknown"),
            ("element-too-long", "element-too-long"),
            ("required-element-missing", "segment-empty"),
        ]

    def test_what_is_not_used_follows_the_tolerance_for_it(self) -> None:
        rules = guide(REF={"usage": "not used"}, BEG={"elements": {"02": {"usage": "not used"}}})
        assert len(judge(ORDER, guide=rules).findings) == 3
        assert {f.severity for f in judge(ORDER, guide=rules, tolerance=Tolerance(unused=Severity.INFO)).findings} == {Severity.INFO}
        assert not judge(ORDER, guide=rules, tolerance=Tolerance(unused=None)).findings

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
        condition = {"segments": {"BEG": {"conditions": [value, {"when": value, "require": value, "elements": value}]}}}
        for mapping in (
            value,
            {"segments": value},
            {"segments": {"BEG": value}},
            {"segments": {"BEG": {"elements": {"01": value}}}},
            condition,
        ):
            with suppress(GrammarError):
                Guide.parse(mapping)

    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            ({"usage": "maybe"}, "usage is one of"),
            ({"usage": "not used", "required": True}, "required and not used"),
            ({"usage": "optional", "required": True}, "usage says something else"),
            ({"required": True, "min": 0}, "more is required"),
            ({"conditions": {}}, "conditions is a list"),
            ({"conditions": [{"require": ["02"]}]}, "condition 1: has no when"),
            ({"conditions": [{"when": {"01": True}}]}, "condition 1: asks nothing"),
            ({"conditions": [{"when": {"01": 7}, "require": ["02"]}]}, "when 01: true, false, a list"),
            ({"conditions": [{"when": {"N3": ["A"]}, "require": ["02"]}]}, "when N3: a segment is there"),
            ({"conditions": [{"when": {"01": True}, "require": ["N3"], "forbid": ["N3"]}]}, "must be there and must not"),
            ({"conditions": [{"when": {"01": True}, "require": "02"}]}, "require is a list"),
            ({"conditions": [{"when": {"01": True}, "require": ["N3/N4"]}]}, "one step"),
            ({"elements": {"01": {"codes": ["A"], "not": ["A"]}}}, "listed and taken out"),
            ({"elements": {"01": {"codes": ["A"], "length": [2, 3]}}}, "no listed code has the length"),
            ({"elements": {"01": {"codes": ["A"], "pattern": "B"}}}, "no listed code has the form"),
            ({"elements": {"01": {"max": 1, "min": 2}}}, "max is less than min"),
            ({"elements": {"01": {}, 1: {}}}, "stands there twice"),
        ],
    )
    def test_what_cannot_be_is_said(self, rule: dict[str, Any], words: str) -> None:
        with pytest.raises(GuideError) as caught:
            Guide.parse({"segments": {"N1": rule}})
        assert [str(fault) for fault in caught.value.faults if words in str(fault)], caught.value.faults

    def test_all_of_it_is_said_at_once_each_with_its_place(self) -> None:
        with pytest.raises(GuideError) as caught:
            guide(beg={}, REF={"min": 2, "max": 1, "elements": {"1": {"codes": "A"}, "0x": {}}}, N1={"colour": "red"})
        assert sorted(fault.place for fault in caught.value.faults) == ["N1", "REF", "REF 0x", "REF 1", "beg"]

    @pytest.mark.parametrize(
        ("rules", "expected"),
        [
            (
                {"REF": {"forbidden": True}, "REF[01=IA]": {"required": True}},
                ["REF[01=IA]: contradicts REF: it is required, and is not used"],
            ),
            ({"REF": {"max": 1}, "REF[01=IA]": {"min": 2}}, ["REF[01=IA]: contradicts REF: 2 are required, and 1 may come"]),
            (
                {"REF": {"max": 1}, "REF[01=IA]": {"min": 1}, "REF[01=DP]": {"min": 1}},
                ["REF: contradicts REF[01=IA] and REF[01=DP]: more are required than may come"],
            ),
            (
                {"REF": {"elements": {"01": {"codes": ["DP"]}}}, "REF[01=IA]": {"required": True}},
                ["REF[01=IA] 01: contradicts REF: no code is in both lists"],
            ),
            ({"REF[01=IA]": {"elements": {"01": {"not": ["IA"]}}}}, ["REF[01=IA] 01: contradicts its selector: all codes are taken out"]),
            (
                {"N1/N3": {"elements": {"02": {"required": True}}}, "N1[01=ST]/N3": {"elements": {"02": {"forbidden": True}}}},
                ["N1[01=ST]/N3 02: contradicts N1/N3: it is required, and is not used"],
            ),
            (
                {"REF": {"elements": {"02": {"length": [1, 3]}}}, "REF[01=IA]": {"elements": {"02": {"length": [4, 9]}}}},
                ["REF[01=IA] 02: contradicts REF: no length is right for both"],
            ),
            ({"REF": {"max": 2}, "REF[01=IA]": {"min": 1}, "REF[02=7]": {"min": 1}, "REF[01!=IA]": {"min": 1}}, []),
        ],
    )
    def test_two_rules_of_which_only_one_can_be_kept(self, rules: dict[str, Any], expected: list[str]) -> None:
        if not expected:
            assert guide(**rules)
            return
        with pytest.raises(GuideError) as caught:
            guide(**rules)
        assert [str(fault) for fault in caught.value.faults] == expected

    @pytest.mark.parametrize(
        ("path", "rule", "expected"),
        [
            ("REF", {}, []),
            ("N1[01=ST]/N4", {}, []),
            ("QQQ", {}, [("QQQ: 850 004010 has no segment or loop QQQ", True)]),
            ("N1/CUR", {}, [("N1/CUR: 850 004010 has no segment or loop CUR in N1", True)]),
            ("REF/N1", {}, [("REF/N1: 850 004010 has no loop REF", True)]),
            ("REF[09=A]", {}, [("REF[09=A] 09: REF has no 09", True)]),
            ("BEG", {"forbidden": True}, [("BEG: is not used, but the standard requires it", True)]),
            ("BEG", {"min": 2}, [("BEG: 2 are required, but the standard allows 1", True)]),
            ("BEG", {"max": 2}, [("BEG: max 2 narrows nothing: the standard allows 1", False)]),
            ("BEG", {"elements": {"13": {}}}, [("BEG 13: BEG has no 13", True)]),
            ("BEG", {"elements": {"01.2": {}}}, [("BEG 01.2: BEG has no 01.2", True)]),
            ("BEG", {"elements": {"01": {"forbidden": True}}}, [("BEG 01: is not used, but the standard requires it", True)]),
            ("BEG", {"elements": {"01": {"codes": ["00", "Q1", "Q2"]}}}, [("BEG 01: the standard's code list has no Q1, Q2", False)]),
            ("BEG", {"elements": {"01": {"min": 2}}}, [("BEG 01: 2 repetitions are required, but the standard allows 1", True)]),
            ("BEG", {"elements": {"03": {"length": [30, 40]}}}, [("BEG 03: no value has the length: the standard's are 1 to 22", True)]),
            ("BEG", {"elements": {"03": {"length": [1, 40]}}}, [("BEG 03: the length is wider than the standard's 1 to 22", False)]),
            ("REF[01=Q9Q]", {}, [("REF[01=Q9Q] 01: the standard's code list has no Q9Q", False)]),
            (
                "N1",
                {"conditions": [{"when": {"09": True}, "require": ["CUR", "N4/11"]}]},
                [
                    ("N1 condition 1: N1 has no 09", True),
                    ("N1 condition 1: the loop N1 has no segment CUR", True),
                    ("N1 condition 1: N4 has no 11", True),
                ],
            ),
        ],
    )
    def test_what_the_set_does_not_have(self, path: str, rule: dict[str, Any], expected: list[tuple[str, bool]]) -> None:
        message = load(Standard.X12, "004010", "850")
        assert message
        assert [(str(fault), fault.fatal) for fault in guide(**{path: rule}).check(message)] == expected

    def test_a_path_that_leads_nowhere_asks_nothing(self) -> None:
        assert not judge(ORDER, guide=guide(**{"QQQ": {"required": True}, "N1/CUR": {"required": True}})).findings

    def test_an_empty_rule_is_a_rule(self) -> None:
        assert len(Guide.parse({"segments": {"BEG": None}}).rules) == 1
