"""Validation as a whole: the samples are clean, order is kept, and the cap keeps errors."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.errors import NoInterchangeError
from edi.finding import FindingCode, Severity
from edi.guide import Guide
from edi.read import read
from edi.tolerance import Tolerance
from edi.validate import validate, validate_interchange
from tests.support.edi import judge, said, transaction_set

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
HEAD = "BEG*00*NE*1**20260102~"
LINE = "PO1*1*1*EA*1~"
ISA = "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *260102*0304*U*00401*000000001*0*P*>~"


X12_TEXT = (
    f"{ISA}GS*PO*NORTHMART*HARBORLINE*20260102*0304*1*X*004010~ST*850*0001~{HEAD}REF*DP*1**BM>2~DTM*002****RD8*20260102-20260103~"
    f"N1*ST*X*UL*11~{LINE}PID*F****X~CTT*1~AMT*TT*1~SE*11*0001~GE*1*1~IEA*1*000000001~"
)
EDIFACT_TEXT = (
    "UNB+UNOC:4+1:14+2:14+260102:0304+1'UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+1+9'DTM+137:20260102:102'NAD+BY+1::9*2::9'"
    "CTA+PD+:M'COM+1:TE'LIN+1++0085234500106:SRV'QTY+21:1.5'PRI+AAA:1'UNS+S'CNT+2:1'UNT+12+1'UNZ+1+1'"
)


def test_a_set_without_a_grammar_is_unsupported() -> None:
    one = transaction_set(f"850 | {HEAD}{LINE}", release="003040")
    validation = validate(one, None)
    [finding] = validation.findings
    assert (finding.code, str(finding.location)) == (FindingCode.SET_UNSUPPORTED, "ST01 at segment 1")
    assert validation.has_errors
    assert validation.tree is None
    assert said(judge("INSDES | BGM+1'")) == [("set-unsupported", "UNH02-1 at segment 1")]


def test_findings_come_in_the_order_of_the_data_whichever_pass_found_them() -> None:
    validation = judge(f"850 | {HEAD}CUR*BY*USDX~XYZ*1~{LINE}PO1*1*A*EA*1~CTT*1~CTT*2~")
    positions = [finding.location.segment_position for finding in validation.findings]
    assert positions == [3, 4, 6, 8]


def test_at_most_so_many_errors_and_the_warnings_do_not_crowd_them_out() -> None:
    text = f"850 | {HEAD}{'REF*DP*1**~' * 10}{'REF*DP~' * 10}{LINE}"
    found = judge(text, tolerance=Tolerance(max_findings=5)).findings
    assert [finding.severity for finding in found].count(Severity.ERROR) == 5
    assert found[-1].code is FindingCode.LIMIT_EXCEEDED
    assert found[-1].severity is Severity.WARNING
    assert len(found) == 11
    assert len(judge(text, tolerance=Tolerance(max_findings=10)).findings) == 20


def test_an_interchange_is_judged_set_by_set_each_by_its_own_release() -> None:
    data = (
        f"{ISA}GS*PO*NORTHMART*HARBORLINE*20260102*0304*1*X*004010VICS~"
        f"ST*850*0001~{HEAD}{LINE}SE*4*0001~ST*850*0002~{HEAD}SE*3*0002~GE*2*1~"
        f"GS*PO*NORTHMART*HARBORLINE*20260102*0304*2*X*003040~ST*850*0003~{HEAD}{LINE}SE*4*0003~GE*1*2~IEA*2*000000001~"
    )
    [interchange] = read(data.encode())
    validated = validate_interchange(interchange)
    assert [[v.has_errors for v in group.validations] for group in validated.groups] == [[False, True], [True]]
    assert [f.code for f in validated.findings] == [FindingCode.REQUIRED_LOOP_MISSING, FindingCode.SET_UNSUPPORTED]
    assert validated.has_errors
    assert len(validated.validations) == 3


def test_each_set_may_have_its_own_guide() -> None:
    guide = Guide.parse({"segments": {"CUR": {"required": True}}})
    data = f"{ISA}GS*PO*A*B*20260102*0304*1*X*004010~ST*850*0001~{HEAD}{LINE}SE*4*0001~ST*850*0002~{HEAD}{LINE}SE*4*0002~GE*2*1~IEA*1*000000001~"
    [interchange] = read(data.encode())
    validated = validate_interchange(interchange, guide_of=lambda one: guide if one.control_number == "0002" else None)
    assert [v.has_errors for v in validated.validations] == [False, True]


@pytest.mark.parametrize(("syntax", "una", "faults"), [("UNOC:3", "", 1), ("UNOC:3", "UNA:+,? '", 0), ("UNOC:4", "", 0)])
def test_the_decimal_mark_is_that_of_the_una_and_from_syntax_version_4_either(syntax: str, una: str, faults: int) -> None:
    data = f"{una}UNB+{syntax}+1:14+2:14+260102:0304+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20260102:102'LIN+1'QTY+21:1,5'UNS+S'UNT+7+1'UNZ+1+1'"
    [interchange] = read(data.encode())
    found = validate_interchange(interchange).findings
    assert [f.code for f in found] == [FindingCode.NUMBER_INVALID] * faults


def test_a_contrl_is_judged_like_any_other_set() -> None:
    good = "CONTRL:D:3:UN | UCI+1+A:14+B:14+4'UCM+1+ORDERS:D:96A:UN+4'UCS+2'UCD+12+2:1'"
    assert said(judge(good)) == []
    assert said(judge(good.replace("UCD+12", "UCD+99"))) == [("code-unknown", "UCD01 at segment 5, in loop SG1/SG2")]


def test_a_997_is_judged_like_any_other_set() -> None:
    assert said(judge("997 | AK1*PO*1~AK2*850*0001~AK3*PO1*14**8~AK4*3*355*7*QQ~AK5*R*5~AK9*R*1*1*0~")) == []
    assert said(judge("997 | AK1*PO*1~AK2*850*0001~AK9*R*1*1*0~")) == [("required-segment-missing", "AK5 at segment 4, in loop AK2")]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not here")
@pytest.mark.parametrize("name", ["850_northmart.x12", "856_northmart.x12", "orders_d96a.edi"])
def test_the_worked_samples_are_without_error(name: str) -> None:
    for interchange in read((SAMPLES / name).read_bytes()):
        assert not validate_interchange(interchange).has_errors


@given(
    st.sampled_from([X12_TEXT, EDIFACT_TEXT]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.text("*~+:'?>^ABC019. \n\xe9", max_size=6)), max_size=6),
)
@settings(max_examples=100, deadline=None)  # the first of a release loads its grammar
def test_no_bytes_bring_validation_down(text: str, edits: list[tuple[int, int, str]]) -> None:
    for at, length, inserted in edits:
        text = text[:at] + inserted + text[at + length :]
    with suppress(NoInterchangeError):
        for interchange in read(text.encode("iso8859-1")):
            validated = validate_interchange(interchange)
            for validation in validated.validations:
                assert validation.tree is None or validation.tree.segments() == validation.transaction_set.segments
