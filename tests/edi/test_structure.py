"""The structure pass: the place of each segment, each fault once, and no storm after it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.finding import FindingCode, Severity
from edi.grammar.load import load
from edi.structure import place
from edi.tolerance import Tolerance
from edi.tree import LoopNode
from edi.values import Segment, Standard
from tests.support.edi import judge, said, transaction_set

HEAD = "BEG*00*NE*1**20260102~"
LINE = "PO1*1*1*EA*1~"


def outline(loop: LoopNode) -> str:
    """ "ST BEG PO1(PO1 PID(PID)) SE" """
    return " ".join(f"{child.loop_id}({outline(child)})" if isinstance(child, LoopNode) else child.tag for child in loop.children)


def placed(text: str) -> str:
    validation = judge(text)
    assert validation.tree is not None
    return outline(validation.tree.root)


class TestPlaces:
    def test_segments_go_into_their_loops(self) -> None:
        tree = placed(f"850 | {HEAD}REF*DP*1~N9*ZZ*1~MSG*A~N1*ST*X~N3*S~PER*BD*M~{LINE}PID*F****X~REF*LT*2~{LINE}CTT*2~AMT*TT*1~")
        assert tree == "ST BEG REF N9(N9 MSG) N1(N1 N3 PER) PO1(PO1 PID(PID) REF) PO1(PO1) CTT(CTT AMT) SE"

    def test_the_same_tag_goes_to_the_innermost_open_loop(self) -> None:
        tree = placed(f"850 | {HEAD}{LINE}N1*ST*X~REF*DP*1~SLN*1**I~N9*ZZ*2~N1*MA*Y~N3*S~")
        assert tree == "ST BEG PO1(PO1 N1(N1 REF) SLN(SLN N9(N9) N1(N1 N3))) SE"

    def test_a_bounded_loop(self) -> None:
        tree = placed(f"850 | {HEAD}{LINE}LS*LDT~LDT*AF*1*DA~LM*ZZ~LQ*8*A~LE*LDT~LM*ZZ~LQ*8*B~")
        assert tree == "ST BEG PO1(PO1 LS(LS LDT(LDT LM(LM LQ)) LE) LM(LM LQ)) SE"

    def test_edifact_groups(self) -> None:
        text = "ORDERS | BGM+220+1+9'DTM+137:20260102:102'RFF+ON:1'DTM+171:20260102:102'NAD+BY+1::9'CTA+PD'COM+1:TE'LIN+1'QTY+21:1'LOC+7+1::9'QTY+11:1'UNS+S'CNT+2:1'"
        assert placed(text) == "UNH BGM DTM SG1(RFF DTM) SG2(NAD SG5(CTA COM)) SG25(LIN QTY SG33(LOC QTY)) UNS CNT UNT"

    def test_a_settled_ambiguity_goes_to_the_inner_place(self) -> None:
        text = "DELFOR | BGM+241+1+9'DTM+137:20260102:102'UNS+D'NAD+DP+1::9'LIN+1'QTY+113:1'LIN+2'QTY+113:1'UNS+S'"
        assert placed(text) == "UNH BGM DTM UNS SG4(NAD SG8(LIN SG12(QTY)) SG8(LIN SG12(QTY))) UNS UNT"

    def test_every_segment_is_in_the_tree_in_its_order_whatever_is_wrong(self) -> None:
        one = transaction_set(f"850 | REF*DP*1~{HEAD}XXX*1~N4*A~{LINE}BEG*1~AK9*A~CTT*1~{LINE}")
        message = load(Standard.X12, "004010", "850")
        assert message is not None
        assert place(one.segments, message).tree.segments() == one.segments


class TestFaults:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (f"{HEAD}XYZ*1~{LINE}", [("segment-unknown", "XYZ at segment 3")]),
            (f"{HEAD}AK9*A*1*1*1~{LINE}", [("segment-not-in-set", "AK9 at segment 3")]),
            (f"{HEAD}N4*CITY~{LINE}", [("segment-unexpected", "N4 at segment 3")]),
            (f"{HEAD}DTM*002*20260102~REF*DP*1~{LINE}", [("segment-out-of-sequence", "REF at segment 4")]),
            (LINE, [("required-segment-missing", "BEG at segment 2")]),
            (HEAD, [("required-loop-missing", "PO1 at segment 3, in loop PO1")]),
            (f"{HEAD}CUR*BY*USD~CUR*BY*USD~{LINE}", [("segment-repeats-too-often", "CUR at segment 4")]),
            (f"{HEAD}{LINE}CTT*1~CTT*1~", [("loop-repeats-too-often", "CTT at segment 5, in loop CTT")]),
            (f"{HEAD}N1*ST*X~LM*ZZ~{LINE}", [("required-segment-missing", "LQ at segment 5, in loop LM")]),
        ],
    )
    def test_each_has_its_code_and_place(self, body: str, expected: list[tuple[str, str]]) -> None:
        assert said(judge(f"850 | {body}")) == expected

    def test_what_comes_late_is_not_missing_and_what_comes_early_is_the_fault(self) -> None:
        assert said(judge(f"850 | REF*DP*1~{HEAD}{LINE}")) == [("segment-out-of-sequence", "REF at segment 2")]
        assert said(judge(f"850 | {HEAD}{LINE}CTT*1~PO1*2*1*EA*1~CTT*2~")) == [("segment-out-of-sequence", "PO1 at segment 5, in loop PO1")]

    def test_a_missing_trailer_is_left_to_the_envelope(self) -> None:
        one = transaction_set(f"850 | {HEAD}{LINE}")
        message = load(Standard.X12, "004010", "850")
        assert message is not None
        assert not place(one.segments[:-1], message).findings

    def test_a_segment_in_a_loop_of_an_outer_place_does_not_end_the_loop(self) -> None:
        validation = judge(f"850 | {HEAD}{LINE}CUR*BY*USD~PID*F****X~BEG*00*NE*1**20260102~PID*F****Y~")
        assert said(validation) == [("segment-repeats-too-often", "BEG at segment 6")]
        assert validation.tree is not None
        assert outline(validation.tree.root) == "ST BEG PO1(PO1 CUR PID(PID BEG) PID(PID)) SE"

    def test_unknown_segments_may_be_tolerated(self) -> None:
        text = f"850 | {HEAD}XYZ*1~{LINE}"
        assert not judge(text, tolerance=Tolerance(unknown_segments=None)).findings
        [finding] = judge(text, tolerance=Tolerance(unknown_segments=Severity.WARNING)).findings
        assert finding.severity is Severity.WARNING


class TestCascades:
    def test_a_loop_without_its_trigger_is_one_fault_and_what_follows_from_it(self) -> None:
        found = judge(f"850 | {HEAD}N3*STREET~N4*CITY~{LINE}").findings
        assert [(f.code, f.caused_by) for f in found] == [
            (FindingCode.SEGMENT_UNEXPECTED, None),
            (FindingCode.SEGMENT_UNEXPECTED, FindingCode.SEGMENT_UNEXPECTED),
        ]

    def test_segments_after_an_unknown_one_that_may_have_begun_a_loop(self) -> None:
        found = judge(f"850 | {HEAD}XN1*ST~N3*STREET~N4*CITY~{LINE}").findings
        assert [f.caused_by for f in found] == [None, FindingCode.SEGMENT_UNKNOWN, FindingCode.SEGMENT_UNKNOWN]

    def test_a_segment_in_its_place_ends_the_cascade(self) -> None:
        found = judge(f"850 | {HEAD}N3*STREET~REF*DP*1~N3*STREET~{LINE}").findings
        assert [f.caused_by for f in found] == [None, None]

    def test_one_too_many_and_those_after_it(self) -> None:
        found = judge(f"850 | {HEAD}{'CUR*BY*USD~' * 4}{LINE}").findings
        assert [f.caused_by for f in found] == [None, *[FindingCode.SEGMENT_REPEATS_TOO_OFTEN] * 2]

    def test_a_loop_that_comes_too_early_takes_its_segments_along(self) -> None:
        assert said(judge(f"850 | {HEAD}N1*ST*X~N3*S~N9*ZZ*1~MSG*A~N1*BT*Y~N3*S~{LINE}")) == [
            ("segment-out-of-sequence", "N9 at segment 5, in loop N9")
        ]


class TestRecovery:
    """After a fault the walk goes on where most of what follows has its place."""

    def test_a_loop_without_its_trigger_does_not_scatter_its_segments(self) -> None:
        text = f"850 | {HEAD}N1*ST*X~{LINE}N9*ZZ*1~N2*Y~N3*S~REF*DP*1~PER*BD*M~SCH*1*EA***002*20260102~{LINE}CTT*2~"
        found = judge(text).findings
        assert [(f.code.value, str(f.location), f.caused_by) for f in found if f.caused_by is None] == [
            ("segment-unexpected", "N2 at segment 6, in loop PO1", None)
        ]
        assert {f.caused_by for f in found[1:]} == {FindingCode.SEGMENT_UNEXPECTED}

    def test_a_mandatory_loop_without_its_trigger_is_named(self) -> None:
        found = judge(f"850 | {HEAD}PO4*12~MSG*X~SLN*1**I~CTT*1~").findings
        assert [(f.code.value, str(f.location), f.caused_by) for f in found][:2] == [
            ("required-loop-missing", "PO1 at segment 3, in loop PO1", None),
            ("segment-unexpected", "PO4 at segment 3", FindingCode.REQUIRED_LOOP_MISSING),
        ]
        assert all(f.caused_by for f in found[1:])

    def test_a_trailing_segment_that_comes_too_early_is_one_fault(self) -> None:
        text = f"850 | {HEAD}N1*ST*X~{LINE}PID*F****X~CTT*2~PID*F****Y~PO4*12~N9*ZZ*1~MSG*A~{LINE}PID*F****X~CTT*2~"
        assert [(f.code.value, f.location.segment_position) for f in judge(text).findings if f.caused_by is None] == [
            ("segment-unexpected", 7),
        ]

    def test_two_segments_that_are_swapped_are_one_fault(self) -> None:
        right = "DESADV | BGM+351+1+9'CPS+1'PAC+1'PCI+1'RFF+ON:1'GIN+BJ+1'"
        assert not judge(right).findings
        found = judge(right.replace("PCI+1'RFF+ON:1'", "RFF+ON:1'PCI+1'")).findings
        assert [(f.code.value, f.location.segment_position) for f in found if f.caused_by is None] == [("segment-out-of-sequence", 5)]

    def test_a_set_beyond_help_ends_soon(self) -> None:
        one = transaction_set(f"850 | {HEAD}{LINE}{'N3*S~BEG*00*NE*1**20260102~LE*1~' * 5000}")
        message = load(Standard.X12, "004010", "850")
        assert message is not None
        assert len(place(one.segments, message).findings) > 10000


TAGS = st.sampled_from(
    [
        "ST",
        "BEG",
        "REF",
        "DTM",
        "N9",
        "MSG",
        "N1",
        "N2",
        "N3",
        "N4",
        "PO1",
        "PID",
        "MEA",
        "SLN",
        "LS",
        "LDT",
        "LE",
        "CTT",
        "AMT",
        "SE",
        "ZZZ",
        "AK1",
    ]
)


@given(st.lists(TAGS, max_size=40))
@settings(max_examples=100)
def test_any_segments_in_any_order_are_placed_without_loss(tags: list[str]) -> None:
    message = load(Standard.X12, "004010", "850")
    assert message is not None
    segments = tuple(Segment(tag, ("1",), position=position) for position, tag in enumerate(tags, 1))
    tree, findings = place(segments, message)
    assert tree.segments() == segments
    positions = [finding.location.segment_position or 0 for finding in findings]
    assert positions == sorted(positions)
