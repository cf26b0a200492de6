"""Our 999, to the segment: what the guide says and what the standard says, and in which release it is written."""

from dataclasses import replace

import pytest

from edi.acks import AckOptions, AckStatus, answer, judge_interchange, read_acks
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.guide import Guide
from edi.location import Location
from edi.read import read
from edi.validate import ValidatedGroup, ValidatedInterchange, validate_interchange
from tests.edi.test_acks import BAD, GOOD, NOW, NUMBERS, body, sent
from tests.support.edi import interchange, validated

GUIDE = Guide.parse(
    {
        "guide": "of a partner",
        "segments": {
            "BEG": {"elements": {"02": {"codes": ["SA"]}}},
            "REF[01=IA]": {"required": True},
            "PO1": {"elements": {"04": {"forbidden": True}, "05": {"required": True}}},
            "CTT": {"forbidden": True},
        },
    }
)
ORDER = "ST*850*0001~BEG*00*NE*1**20260102~PO1*1*1*EA*1~CTT*1~SE*5*0001~"


def guided(text: str, **options: str) -> ValidatedInterchange:
    """An interchange, judged by the guide too."""
    return validated(interchange(text, **options), guide_of=lambda _: GUIDE)


def test_a_999_names_the_release_of_the_group_and_each_set() -> None:
    assert sent(validated(interchange(GOOD + BAD, release="005010")), version="999") == [
        "ISA*00*          *00*          *ZZ*HARBORLINE     *ZZ*NORTHMART      *261118*1000*U*00401*000000008*0*P*>",
        "GS*FA*HARBORLINE*NORTHMART*20261118*1000*9*X*005010",
        "ST*999*0001",
        "AK1*PO*1*005010",
        "AK2*850*0001",
        "IK5*A",
        "AK2*850*0002",
        "IK3*REF*3**8",
        "IK4*2*127*2",
        "IK3*ZZZ*5*PO1*1",
        "IK5*R*5",
        "AK9*P*2*2*1",
        "SE*11*0001",
        "GE*1*9",
        "IEA*1*000000008",
    ]


def test_what_the_guide_asks_is_another_answer_than_what_the_standard_asks() -> None:
    lines = [s for s in body(guided(ORDER), version="999") if s[0] == "I"]
    assert sorted(lines) == [
        "IK3*BEG*2**8",
        "IK3*CTT*4*CTT*I4",
        "IK3*PO1*3*PO1*8",
        "IK3*REF*3**I8",
        "IK4*2*92*I6*NE",
        "IK4*4*212*I10*1",
        "IK4*5*639*1",
        "IK5*R*I5",
    ]
    at = lines.index("IK3*PO1*3*PO1*8")
    assert lines[at + 1 : at + 3] == ["IK4*4*212*I10*1", "IK4*5*639*1"]
    assert lines[-1] == "IK5*R*I5"


def test_a_997_answers_the_guide_with_the_nearest_code_of_its_own() -> None:
    lines = [s for s in body(guided(ORDER)) if s.startswith(("AK3", "AK4", "AK5"))]
    assert {s.split("*")[3] for s in lines if s.startswith("AK4")} == {"7", "10", "1"}
    assert sorted(s.split("*")[4] for s in lines if s.startswith("AK3")) == ["2", "3", "8", "8"]
    assert lines[-1] == "AK5*R*5"


def test_faults_of_both_are_told_apart_at_the_end() -> None:
    assert "IK5*R*5*I5" in body(guided(ORDER.replace("*EA*", "*??*")), version="999")


@pytest.mark.parametrize(
    ("release", "gs08", "st"),
    [
        ("004010", "005010", "ST*999*0001"),
        ("004010VICS", "005010", "ST*999*0001"),
        ("005010", "005010", "ST*999*0001"),
        ("005010X222A1", "005010X231A1", "ST*999*0001*005010X231A1"),
    ],
)
def test_the_guide_of_the_999_is_named_where_the_group_names_a_guide(release: str, gs08: str, st: str) -> None:
    segments = sent(validated(interchange(GOOD, release=release)), version="999")
    assert segments
    assert segments[1].endswith(f"*X*{gs08}")
    assert segments[2] == st
    assert segments[3] == f"AK1*PO*1*{release}"


@pytest.mark.parametrize(
    ("release", "gs08"),
    [
        ("004010", "004010"),
        ("004010VICS", "004010VICS"),
        ("004030", "004030"),
        ("005010", "005010"),
        ("005010X222A1", "005010"),
        ("UNKNOWN", "004010"),
        ("004010-SOMETHING", "004010"),
    ],
)
def test_a_997_is_of_the_release_of_its_group_where_there_is_one(release: str, gs08: str) -> None:
    segments = sent(validated(interchange(GOOD, release=release)))
    assert segments
    assert segments[1].endswith(f"*X*{gs08}")
    assert segments[2] == "ST*997*0001"


def test_codes_that_came_with_005010_are_not_in_an_earlier_997() -> None:
    text = "ST*850*0001~BEG*00*NE*1**20260102~REF*DP*1**DP>1>DP>2>DP>3>DP~PO1*1*1*EA*1~SE*5*0001~"
    early, late = (body(validated(interchange(text, release=release))) for release in ("004010", "005010"))
    assert [s.split("*")[3] for s in early if s.startswith("AK4")] == ["3"]
    assert [s.split("*")[3] for s in late if s.startswith("AK4")] == ["13"]


def test_a_second_group_of_the_same_number_has_its_code_in_005010() -> None:
    data = interchange(GOOD, release="005010").decode()
    group = data[data.index("GS*") : data.index("IEA")]
    one = validated(data.replace(group, group * 2).replace("IEA*1", "IEA*2").encode())
    assert [s for s in body(one) if s.startswith("AK9")] == ["AK9*A*1*1*1", "AK9*R*1*1*0*19"]
    assert [s for s in body(one, version="999") if s.startswith("AK9")] == ["AK9*A*1*1*1", "AK9*R*1*1*0*19"]


def test_the_guide_that_a_set_names_is_repeated() -> None:
    text = GOOD.replace("ST*850*0001", "ST*850*0001*005010X999")
    assert "AK2*850*0001*005010X999" in body(validated(interchange(text, release="005010")), version="999")


def _with(one: ValidatedInterchange, *found: Finding) -> ValidatedInterchange:
    """The same, with other findings in its first set."""
    [group] = one.groups
    first = replace(group.validations[0], findings=found)
    return ValidatedInterchange(one.interchange, (ValidatedGroup(group.group, (first, *group.validations[1:])),))


def test_what_a_condition_looked_at_is_the_context() -> None:
    here, there = Location(0, 1, 1, 3, "PO1", ("PO1",), 5), Location(0, 1, 1, 2, "BEG", (), 4, None, 2)
    element = Finding(FindingCode.REQUIRED_ELEMENT_MISSING, Scope.GUIDE, Severity.ERROR, here, "", element_id="639", trigger=there)
    segment = Finding(FindingCode.SEGMENT_FORBIDDEN, Scope.GUIDE, Severity.ERROR, replace(here, element=None), "", trigger=there)
    one = _with(validated(interchange(GOOD)), segment, element)
    assert body(one, version="999")[2:-1] == [
        "IK3*PO1*3*PO1*I9",
        "CTX*SITUATIONAL TRIGGER*BEG*2**4>2",
        "IK3*PO1*3*PO1*8",
        "IK4*5*639*I9",
        "CTX*SITUATIONAL TRIGGER*BEG*2**4>2",
        "IK5*R*I5",
    ]
    data = answer(one, numbers=NUMBERS, now=NOW, options=AckOptions(version="999"))
    assert data
    [theirs] = read_acks(read(data)[0])
    assert [(f.code, f.scope, f.trigger and str(f.trigger)) for f in theirs.sets[0].findings] == [
        (FindingCode.SEGMENT_FORBIDDEN, Scope.GUIDE, "BEG04-2 at segment 2"),
        (FindingCode.CONDITIONAL_ELEMENT_MISSING, Scope.GUIDE, "BEG04-2 at segment 2"),
    ]


def test_a_condition_of_a_guide_is_answered_with_what_it_looked_at() -> None:
    guide = Guide.parse(
        {
            "guide": "of a partner",
            "segments": {
                "BEG": {"conditions": [{"when": {"01": ["00"]}, "require": ["REF[01=IA]"], "forbid": ["CUR"]}]},
                "PO1": {"conditions": [{"when": {"06": ["UP"]}, "require": ["08"]}]},
            },
        }
    )
    text = "ST*850*0001~BEG*00*NE*1**20260102~CUR*BY*USD~PO1*1*1*EA*1**UP*12~SE*5*0001~"
    one = validated(interchange(text), guide_of=lambda _: guide)
    assert [s.replace("*235*", "**") for s in body(one, version="999")[2:-1]] == [
        "IK3*CUR*3**I9",
        "CTX*SITUATIONAL TRIGGER*BEG*2**1",
        "IK3*REF*4**I6",
        "CTX*SITUATIONAL TRIGGER*BEG*2**1",
        "IK3*PO1*4*PO1*8",
        "IK4*8**I9",
        "CTX*SITUATIONAL TRIGGER*PO1*4*PO1*6",
        "IK5*R*I5",
    ]
    early = [s.replace("*235*", "**") for s in body(one)[2:-1]]
    assert early == ["AK3*CUR*3**2", "AK3*REF*4**3", "AK3*PO1*4*PO1*8", "AK4*8**2", "AK5*R*5"]


def test_the_business_unit_is_named_where_the_guide_of_the_999_knows_one() -> None:
    claim = "ST*837*0001*005010X222A1~BHT*0019*00*1*20260102*0304*CH~CLM*A37*1~REF*F8*1~CLM*B38*2~DTP*1*2*3~SE*7*0001~"
    wrong = Finding(FindingCode.CODE_UNKNOWN, Scope.STANDARD, Severity.ERROR, Location(0, 1, 1, 6, "DTP", ("2300",), 1), "", "1", "374")
    one = validated(interchange(claim, release="005010X222A1", functional_id="HC"))
    assert body(_with(one, wrong), version="999")[2:-1] == ["IK3*DTP*6*2300*8", "CTX*CLM01>B38", "IK4*1*374*7*1", "IK5*R*5"]
    deeper = replace(wrong, location=replace(wrong.location, loop=("2010AA",)))
    assert body(_with(one, deeper), version="999")[2] == "IK3*DTP*6*2010*8"
    plain = validated(interchange(claim, release="005010", functional_id="HC"))
    assert not [s for s in body(_with(plain, wrong), version="999") if s.startswith("CTX")]


def test_repetitions_are_placed_from_005010_on() -> None:
    where = Location(0, 1, 1, 2, "BEG", (), 2, 3)
    wrong = Finding(FindingCode.CODE_UNKNOWN, Scope.STANDARD, Severity.ERROR, where, "", "XX", "92")
    early, late = (_with(validated(interchange(GOOD, release=release)), wrong) for release in ("004010", "005010"))
    assert "AK4*2*92*7*XX" in body(early)
    assert "AK4*2>>3*92*7*XX" in body(late)
    assert "IK4*2>>3*92*7*XX" in body(early, version="999")


def test_a_group_may_be_all_or_nothing() -> None:
    one = validated(interchange(GOOD + BAD))
    segments = body(one, partial=False, ak2_for_accepted=False)
    assert [s for s in segments if s.startswith(("AK2", "AK5", "AK9"))] == [
        "AK2*850*0001", "AK5*R", "AK2*850*0002", "AK5*R*5", "AK9*R*2*2*0",
    ]  # fmt: skip
    assert judge_interchange(one, partial=False).sets == (AckStatus.REJECTED, AckStatus.REJECTED)
    assert judge_interchange(validated(interchange(GOOD)), partial=False).sets == (AckStatus.ACCEPTED,)


def test_a_999_is_valid_and_is_not_answered() -> None:
    data = answer(guided(ORDER, release="005010"), numbers=NUMBERS, now=NOW, options=AckOptions(version="999"))
    assert data
    [ours] = read(data)
    again = validate_interchange(ours)
    assert again.findings == ()
    assert answer(again, numbers=NUMBERS, now=NOW) is None
