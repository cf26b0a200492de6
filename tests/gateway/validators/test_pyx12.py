"""Healthcare sets behind our findings: good ones are accepted, each injected fault is found at its place and nothing else is."""

import pytest
from structlog.testing import capture_logs

from edi.acks.codes import ANSWERS
from edi.envelope import Interchange
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.read import read
from edi.tolerance import STANDARD as UNFORGIVING
from edi.tolerance import Tolerance
from edi.validate import ValidatedInterchange, validate_interchange
from gateway.validators import pyx12
from gateway.validators.pyx12 import judged
from tests.gateway.validators.samples import CLAIM, ENROLLMENT, PAYMENT, interchange

pytestmark = pytest.mark.usefixtures("log_as_delivered")

E, W = Severity.ERROR, Severity.WARNING
GUIDE, STANDARD = Scope.GUIDE, Scope.STANDARD


def _read(data: bytes) -> Interchange:
    [one] = read(data)
    return one


def _judged(*sets: tuple[str, ...], tolerance: Tolerance = UNFORGIVING, **envelope: str) -> ValidatedInterchange:
    with capture_logs() as logs:
        found = judged(validate_interchange(_read(interchange(*sets, **envelope)), tolerance=tolerance), tolerance)
    assert logs == []  # nothing failed inside
    return found


def _places(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code.value, str(finding.location).split(",")[0]) for finding in findings]


def _changed(lines: tuple[str, ...], old: str, *new: str) -> tuple[str, ...]:
    """The set with one segment replaced, dropped or followed by others, and its count mended."""
    [place] = [index for index, line in enumerate(lines) if line == old]
    made = [*lines[:place], *new, *lines[place + 1 : -1]]
    return (*made, f"SE*{len(made) + 1}*0001")


@pytest.mark.parametrize("lines", [ENROLLMENT, CLAIM, PAYMENT], ids=["834", "837", "835"])
def test_a_good_set_is_accepted_without_a_word(lines) -> None:
    before = validate_interchange(_read(interchange(lines)))
    assert [finding.code for finding in before.findings] == [FindingCode.SET_UNSUPPORTED]
    after = _judged(lines)
    assert after.findings == ()
    assert not after.has_errors


FAULTS = {
    "the loop that all others hang on is missing": (
        ENROLLMENT, "INS*Y*18*021*28*A***FT", (),
        [("segment-unexpected", "REF at segment 6")],
    ),
    "a loop that is required is missing": (
        CLAIM, "NM1*40*2*HARBOR HEALTH*****46*P1", (), [("required-loop-missing", "NM1 at segment 5")],
    ),
    "a segment within a loop is missing": (PAYMENT, "N3*1 COMMERCE DRIVE", (), [("required-segment-missing", "N3 at segment 5")]),
    "a segment that the guide does not have": (
        CLAIM, "BHT*0019*00*B1*20261101*1200*CH", ("BHT*0019*00*B1*20261101*1200*CH", "CUR*85*USD"), [("segment-unexpected", "CUR at segment 3")],
    ),
    "a segment that no healthcare set has": (
        CLAIM, "LX*1", ("LX*1", "PO1*1*5*EA"), [("segment-not-in-set", "PO1 at segment 21")],
    ),
    "a segment too often": (
        PAYMENT, "N3*1 COMMERCE DRIVE", ("N3*1 COMMERCE DRIVE", "N3*SECOND FLOOR"), [("segment-repeats-too-often", "N3 at segment 6")],
    ),
    "a required element is missing": (ENROLLMENT, "BGN*00*N4711*20261101*1200****2", ("BGN*00**20261101*1200****2",), [("required-element-missing", "BGN02 at segment 2")]),
    "a required component is missing": (CLAIM, "CLM*CL1*100***11:B:1*Y*A*Y*Y", ("CLM*CL1*100***11::1*Y*A*Y*Y",), [("required-component-missing", "CLM05-2 at segment 18")]),
    "an element too long": (ENROLLMENT, "N4*ALBANY*NY*12207", ("N4*ALBANY*NY*1220700000000000",), [("element-too-long", "N403 at segment 12")]),
    "an element too short": (ENROLLMENT, "N4*ALBANY*NY*12207", ("N4*A*NY*12207",), [("element-too-short", "N401 at segment 12")]),
    "no number": (CLAIM, "SV1*HC:81002*40*UN*1***1", ("SV1*HC:81002*4O*UN*1***1",), [("number-invalid", "SV102 at segment 24")]),
    "no date": (ENROLLMENT, "DTP*356*D8*20261101", ("DTP*356*D8*20261301",), [("date-invalid", "DTP03 at segment 8")]),
    "no time": (ENROLLMENT, "BGN*00*N4711*20261101*1200****2", ("BGN*00*N4711*20261101*2500****2",), [("time-invalid", "BGN04 at segment 2")]),
    "a code that the guide does not have": (ENROLLMENT, "DMG*D8*19800102*F", ("DMG*D8*19800102*Q",), [("code-unknown", "DMG03 at segment 13")]),
    "an element that the guide does not use": (CLAIM, "CLM*CL1*100***11:B:1*Y*A*Y*Y", ("CLM*CL1*100*X**11:B:1*Y*A*Y*Y",), [("element-forbidden", "CLM03 at segment 18")]),
    "elements beyond those of the guide": (PAYMENT, "LX*1", ("LX*1*2",), [("too-many-elements", "LX02 at segment 9")]),
    "components beyond those of the guide": (CLAIM, "CLM*CL1*100***11:B:1*Y*A*Y*Y", ("CLM*CL1*100***11:B:1:9*Y*A*Y*Y",), [("too-many-components", "CLM05-4 at segment 18")]),
    "components where one value stands": (PAYMENT, "LX*1", ("LX*1:2",), [("too-many-components", "LX01-2 at segment 9")]),
    "half of a pair": (ENROLLMENT, "NM1*IL*1*RIVERA*ANA****34*123456789", ("NM1*IL*1*RIVERA*ANA****34",), [("conditional-element-missing", "NM109 at segment 9")]),
    "levels that are not counted": (CLAIM, "HL*2*1*22*0", ("HL*3*1*22*0",), [("hierarchy-invalid", "HL01 at segment 11")]),
    "a level without its parent": (CLAIM, "HL*2*1*22*0", ("HL*2*7*22*0",), [("hierarchy-invalid", "HL02 at segment 11")]),
    "service lines that are not counted": (CLAIM, "LX*2", ("LX*3",), [("pattern-mismatch", "LX01 at segment 23")]),
    "a separator too many": (PAYMENT, "LX*1", ("LX*1*",), [("trailing-separator", "LX02 at segment 9")]),
}  # fmt: skip

_OF_THE_STANDARD = {
    "element-too-long", "element-too-short", "number-invalid", "date-invalid", "time-invalid", "conditional-element-missing", "trailing-separator",
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_an_injected_fault_is_found_at_its_place_and_all_else_is_its_cascade(name) -> None:
    lines, old, new, expected = FAULTS[name]
    findings = _judged(_changed(lines, old, *new)).findings
    assert _places(tuple(finding for finding in findings if finding.caused_by is None)) == expected
    for finding in findings:
        assert finding.scope is (STANDARD if finding.code.value in _OF_THE_STANDARD else GUIDE)
        assert finding.severity is (W if finding.code is FindingCode.TRAILING_SEPARATOR else E)
        assert ANSWERS[finding.code]
        assert finding.value is None or finding.value not in finding.message or len(finding.value) == 1


def test_a_code_list_that_others_publish_is_only_a_warning() -> None:
    """pyx12 has a copy of such a list (here: states) as of some day."""
    [finding] = _judged(_changed(ENROLLMENT, "N4*ALBANY*NY*12207", "N4*ALBANY*QQ*12207")).findings
    assert (finding.code, finding.severity, str(finding.location)) == (
        FindingCode.CODE_UNKNOWN,
        W,
        "N402 at segment 12, in loop 2000/2100A",
    )


def test_a_loop_is_named_as_the_guide_names_it() -> None:
    [finding] = _judged(_changed(CLAIM, "SV1*HC:81002*40*UN*1***1", "SV1*HC:81002*40*XX*1***1")).findings
    assert finding.location.loop == ("2000A", "2000B", "2300", "2400")
    assert (finding.location.segment_position, finding.location.element, finding.element_id) == (24, 3, "355")
    assert finding.value == "XX"


def test_repetitions_beyond_the_first_are_looked_at_too() -> None:
    [finding] = _judged(
        _changed(ENROLLMENT, "DMG*D8*19800102*F", "DMG*D8*19800102*F**:RET:ABCDEFGHIJKLMNOPQRSTUVWXYZABCDE^:XXX:3")
    ).findings[-1:]
    assert finding.location.repetition == 2


def test_the_set_on_the_wire_keeps_its_place_and_its_own_envelope_faults() -> None:
    data = interchange(ENROLLMENT).replace(b"SE*16*0001", b"SE*99*0001").replace(b"DMG*D8*19800102*F", b"DMG*D8*19800102*Q")
    findings = judged(validate_interchange(_read(data))).findings
    assert [finding.code.value for finding in findings] == ["code-unknown", "set-count-mismatch"]
    assert data[findings[0].location.offset :].startswith(b"DMG*D8*19800102*Q")


def test_each_set_of_a_group_is_judged_by_itself() -> None:
    good, bad = ENROLLMENT, tuple(line.replace("0001", "0002") for line in _changed(ENROLLMENT, "DMG*D8*19800102*F", "DMG*D8*19800102*Q"))
    assert [one.has_errors for one in _judged(good, bad).validations] == [False, True]


@pytest.mark.parametrize(
    "envelope",
    [{"release": "005010X999"}, {"kind": "HP"}, {"kind": "PO", "release": "004010"}],
    ids=["another guide", "another kind of group", "a guide for other sets"],
)
def test_a_set_that_pyx12_has_no_map_for_stays_unsupported(envelope) -> None:
    found = _judged(ENROLLMENT, **envelope)
    assert [finding.code for finding in found.validations[0].findings][-1:] == [FindingCode.SET_UNSUPPORTED]
    assert found.validations[0].has_errors


def test_a_set_that_is_no_set_of_its_group_is_not_judged_by_the_guide_of_the_group() -> None:
    """pyx12 itself never looks at ST01."""
    found = _judged(("ST*835*0001", *ENROLLMENT[1:]), kind="BE", release="005010X220A1")
    assert FindingCode.SET_UNSUPPORTED in [finding.code for finding in found.findings]


def test_a_set_that_edi_has_a_grammar_for_is_left_alone() -> None:
    order = ("ST*850*0001", "BEG*00*SA*4711**20261101", "PO1*1*5*EA*1", "SE*4*0001")
    validated = validate_interchange(_read(interchange(order, kind="PO", release="004010")))
    assert judged(validated) is validated


def test_what_an_agreement_forgives_is_forgiven() -> None:
    lines = _changed(ENROLLMENT, "DMG*D8*19800102*F", "DMG*D8*19800102*Q")
    assert _judged(lines, tolerance=Tolerance(code_lists=None)).findings == ()
    assert [finding.severity for finding in _judged(lines, tolerance=Tolerance(code_lists=W)).findings] == [W]
    assert _judged(_changed(PAYMENT, "LX*1", "LX*1*"), tolerance=Tolerance(trailing_separators=None)).findings == ()


def test_more_findings_than_are_wanted_end_with_a_word() -> None:
    lines = _changed(CLAIM, "LX*1", *("PO1*1",) * 50)
    codes = [finding.code for finding in _judged(lines, tolerance=Tolerance(max_findings=5)).findings]
    assert len(codes) == 6
    assert codes[-1] is FindingCode.LIMIT_EXCEEDED


def test_a_set_that_is_too_large_stays_unsupported(monkeypatch) -> None:
    monkeypatch.setattr(pyx12, "MAX_BYTES", 100)
    findings = _judged(ENROLLMENT).findings
    assert [(finding.code, finding.severity) for finding in findings] == [(FindingCode.SET_UNSUPPORTED, E), (FindingCode.LIMIT_EXCEEDED, W)]


def test_a_bug_of_pyx12_leaves_the_set_unsupported_and_is_logged_without_its_words(monkeypatch) -> None:
    def fails(*_: object) -> None:
        raise IndexError("S0001 of RIVERA")

    monkeypatch.setattr(pyx12, "_walk", fails)
    with capture_logs() as logs:
        findings = judged(validate_interchange(_read(interchange(ENROLLMENT)))).findings
    assert [finding.code for finding in findings] == [FindingCode.SET_UNSUPPORTED]
    assert [(line["event"], line["error_type"]) for line in logs] == [("pyx12.failed", "IndexError")]
    assert "RIVERA" not in str(logs)


def test_pyx12_itself_says_nothing(caplog, capfd) -> None:
    with caplog.at_level("DEBUG"):
        _judged(_changed(ENROLLMENT, "DMG*D8*19800102*F", "DMG*D8*19800102*Q"))
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_separators_that_pyx12_is_given_in_the_data_do_not_confuse_it() -> None:
    lines = _changed(ENROLLMENT, "N3*12 MILL LANE", "N3*12\x1e MILL\x1d LANE\x1f")
    assert all(finding.location.segment_tag == "N3" for finding in _judged(lines).findings)
    assert _judged(lines).has_errors
