"""Acknowledgments of partners: what they say of our sets, as findings with places in our data."""

import pytest

from edi.acks import AckReport, AckStatus, read_acks
from edi.describe import sentence
from edi.finding import FindingCode, Scope
from edi.read import read
from tests.support.edi import ISA, interchange

UNB = "UNB+UNOC:3+0852345000012:14+0614141000012:14+261118:1000+8'"


def theirs(text: str) -> tuple[AckReport, ...]:
    """The reports in an interchange with one set, written as its body."""
    if text.startswith("UC"):
        data = f"{UNB}UNH+1+CONTRL:D:3:UN'{text}UNT+{text.count(chr(39)) + 2}+1'UNZ+1+8'".encode()
    else:
        data = interchange(f"ST*997*0001~{text}SE*{text.count('~') + 2}*0001~", functional_id="FA")
    [one] = read(data)
    return read_acks(one)


def test_a_997_says_of_each_set_what_happened_and_why() -> None:
    [report] = theirs(
        "AK1*SH*88~AK2*856*0001~AK5*A~AK2*856*0002~AK3*MAN*9*HL*8~AK4*2*87*4*0085~AK4*5>2*88*7*ZZ~AK3*REF*4**1~AK5*R*5*4~AK9*P*2*2*1*5~"
    )
    assert (report.kind, report.functional_id, report.control_number, report.status) == ("997", "SH", "88", AckStatus.PARTIALLY_ACCEPTED)
    assert [sentence(f) for f in report.findings] == ["AK905 at segment 11: the partner says: the count of transaction sets is wrong."]
    first, second = report.sets
    assert (first.set_id, first.control_number, first.status, first.findings) == ("856", "0001", AckStatus.ACCEPTED, ())
    assert (second.control_number, second.status) == ("0002", AckStatus.REJECTED)
    assert [sentence(f) for f in second.findings] == [
        "MAN02 at segment 9, in loop HL: the partner says: the element is too short (data element 87).",
        "MAN05-2 at segment 9, in loop HL: the partner says: the code is not valid (data element 88).",
        "REF at segment 4: the partner says: the segment is not known.",
        "AK503 at segment 10: the partner says: the count of segments is wrong.",
    ]
    assert [f.value for f in second.findings[:2]] == ["0085", "ZZ"]


def implementation(text: str) -> AckReport:
    """The report in an interchange with one 999, written as its body."""
    data = interchange(f"ST*999*0001*005010X231A1~{text}SE*{text.count('~') + 2}*0001~", functional_id="FA", release="005010X231A1")
    [report] = read_acks(read(data)[0])
    return report


def test_a_999_says_what_is_the_guides_and_what_is_the_standards() -> None:
    report = implementation(
        "AK1*HC*17456*005010X222A2~AK2*837*0001~IK5*A~AK2*837*0002~IK3*CLM*22**8~CTX*CLM01>123456789~IK4*2*782*1~IK4*5>1*1331*I6*77~IK5*R*5*I5~"
        "AK2*837*0003~IK3*REF*57*2300*I6~CTX*SITUATIONAL TRIGGER*CLM*43**5>3~CTX*CLM01>987654321~IK3*NM1*60**I4~IK3*SVC*61**I7~IK5*R*I5~"
        "AK9*P*3*3*1~"
    )
    assert (report.kind, report.functional_id, report.control_number, report.status) == ("999", "HC", "17456", AckStatus.PARTIALLY_ACCEPTED)
    assert [one.status for one in report.sets] == [AckStatus.ACCEPTED, AckStatus.REJECTED, AckStatus.REJECTED]
    assert [(f.code, f.scope, str(f.location), f.element_id, f.value) for f in report.sets[1].findings] == [
        (FindingCode.REQUIRED_ELEMENT_MISSING, Scope.STANDARD, "CLM02 at segment 22", "782", None),
        (FindingCode.CODE_UNKNOWN, Scope.GUIDE, "CLM05-1 at segment 22", "1331", "77"),
    ]
    missing, unused, loop = report.sets[2].findings
    assert (missing.code, missing.scope, str(missing.location)) == (
        FindingCode.REQUIRED_SEGMENT_MISSING, Scope.GUIDE, "REF at segment 57, in loop 2300",
    )  # fmt: skip
    assert str(missing.trigger) == "CLM05-3 at segment 43"
    assert (unused.code, unused.trigger, loop.code) == (FindingCode.SEGMENT_FORBIDDEN, None, FindingCode.REQUIRED_LOOP_MISSING)


def test_a_999_that_says_only_that_something_is_wrong() -> None:
    report = implementation("AK1*HC*1~AK2*837*0001~IK3*NM1*17**8~IK5*R*I5~AK2*837*0002~IK5*R*5~AK2*837*0003~IK5*R*I6~AK9*R*3*3*0*19~")
    assert [sentence(f).partition("says: ")[2] for one in report.sets for f in one.findings] == [
        "the segment has faults in its elements.",
        "segments of the set have errors.",
        "the implementation guide is not supported.",
    ]
    assert [f.code for f in report.findings] == [FindingCode.GROUP_CONTROL_NUMBER_DUPLICATE]


@pytest.mark.parametrize("code", ["99", "I77", "?"])
def test_a_code_that_is_not_known_is_kept_as_it_came(code: str) -> None:
    report = implementation(f"AK1*HC*1~AK2*837*0001~IK3*NM1*17**8~IK4*2*66*{code}*XX~IK3*NM1*18**{code}~IK5*R*{code}~AK9*R*1*1*0*{code}~")
    found = (*report.sets[0].findings, *report.findings)
    assert [(f.code, f.value) for f in found] == [(FindingCode.REPORTED_BY_PARTNER, code)] * 4


@pytest.mark.parametrize(
    ("letter", "status"),
    [("A", "A"), ("E", "E"), ("P", "P"), ("R", "R"), ("M", "R"), ("W", "R"), ("X", "R"), ("", "R"), ("?", "R")],
)
def test_what_is_not_accepted_is_rejected(letter: str, status: str) -> None:
    [report] = theirs(f"AK1*PO*1~AK9*{letter}*1*1*1~")
    assert report.status == AckStatus(status)


def test_codes_that_are_not_known_are_still_told() -> None:
    [report] = theirs("AK1*PO*1~AK2*850*0001~AK3*BEG*2**99~AK5*R*12*5~AK9*R*1*1*0*26~")
    assert [f.code for f in report.findings] == [FindingCode.REPORTED_BY_PARTNER]
    assert [f.code for f in report.sets[0].findings] == [FindingCode.REPORTED_BY_PARTNER] * 2


def test_a_997_that_is_out_of_order_is_read_as_far_as_it_goes() -> None:
    assert theirs("AK9*A*1*1*1~") == ()
    [report] = theirs("AK1*PO*1~AK4*1**1~AK5*A~AK3*X*Y*Z*1~AK2*850~AK3*BEG*0**8~AK4*A**1~AK5*R~")
    assert report.status is AckStatus.REJECTED
    assert [(s.set_id, s.control_number, len(s.findings)) for s in report.sets] == [("850", "", 1)]
    assert report.sets[0].findings[0].location.segment_position is None


@pytest.mark.parametrize(
    ("ta1", "status", "codes"),
    [
        ("TA1*000000007*260102*0304*A*000", AckStatus.ACCEPTED, []),
        ("TA1*000000007*260102*0304*E*021", AckStatus.ACCEPTED_WITH_ERRORS, [FindingCode.INTERCHANGE_COUNT_MISMATCH]),
        ("TA1*000000007*260102*0304*R*025", AckStatus.REJECTED, [FindingCode.INTERCHANGE_DUPLICATE]),
        ("TA1*000000007*260102*0304*R*031", AckStatus.REJECTED, [FindingCode.REPORTED_BY_PARTNER]),
        ("TA1*000000007", AckStatus.REJECTED, []),
    ],
)
def test_a_ta1_speaks_of_the_interchange(ta1: str, status: AckStatus, codes: list[FindingCode]) -> None:
    [one] = read(f"{ISA}{ta1}~IEA*0*000000001~".encode())
    [report] = read_acks(one)
    assert (report.kind, report.control_number, report.status, report.sets) == ("TA1", "000000007", status, ())
    assert [f.code for f in report.findings] == codes


def test_a_contrl_says_of_each_message_what_happened_and_why() -> None:
    [report] = theirs(
        "UCI+4711+0614141000012:14+0852345000012:14+7'UCM+1+DESADV:D:96A:UN:EAN005+7'"
        "UCM+2+DESADV:D:96A:UN:EAN005+4+29+UNT+2'UCS+5+13'UCS+7'UCD+39+3:2'"
    )
    assert (report.kind, report.control_number, report.status, report.findings) == ("CONTRL", "4711", AckStatus.PARTIALLY_ACCEPTED, ())
    first, second = report.sets
    assert (first.set_id, first.control_number, first.status) == ("DESADV", "1", AckStatus.ACCEPTED)
    assert second.status is AckStatus.REJECTED
    assert [(f.code, f.location.segment_position, f.location.element, f.location.component) for f in second.findings] == [
        (FindingCode.SET_COUNT_MISMATCH, 4, 4, None),
        (FindingCode.REQUIRED_ELEMENT_MISSING, 5, None, None),
        (FindingCode.ELEMENT_TOO_LONG, 7, 2, 2),
    ]
    assert sentence(second.findings[2]) == "Element 02-2 at segment 7: the partner says: the element is too long."


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("UCI+4711+A+B+7'", AckStatus.ACCEPTED),
        ("UCI+4711+A+B+8'", AckStatus.ACCEPTED),
        ("UCI+4711+A+B+4+29+UNZ+2'", AckStatus.REJECTED),
        ("UCI+4711+A+B'", AckStatus.REJECTED),
        ("UCI+4711+A+B+7'UCM+1+DESADV:D:96A:UN+4'", AckStatus.PARTIALLY_ACCEPTED),
        ("UCI+4711+A+B+7'UCF+7+A+B+4+30'UCM+1+DESADV:D:96A:UN+7'", AckStatus.ACCEPTED),
    ],
)
def test_the_action_of_the_uci_speaks_of_the_interchange(text: str, status: AckStatus) -> None:
    [report] = theirs(text)
    assert report.status is status


def test_a_receipt_says_nothing_of_the_messages() -> None:
    assert [theirs(text)[0].is_receipt for text in ("UCI+4711+A+B+8'", "UCI+4711+A+B+7'", "UCI+4711+A+B+8'UCM+1+DESADV:D:96A:UN+7'")] == [
        True, False, False,
    ]  # fmt: skip


def test_a_contrl_without_a_uci_says_nothing() -> None:
    assert theirs("UCM+1+DESADV:D:96A:UN+4'") == ()
    assert theirs("UCS+1+13'UCD+12+2'") == ()


def test_what_is_no_acknowledgment_is_not_read_as_one() -> None:
    [one] = read(interchange("ST*850*0001~BEG*00*NE*1**20260102~SE*3*0001~"))
    assert read_acks(one) == ()


@pytest.mark.parametrize(
    ("text", "status", "verdicts"),
    [
        # what is rejected as a whole is rejected with all that is in it: a wrong GE01, a UNZ that does not fit
        ("AK1*SH*1~AK2*856*0001~AK5*A~AK2*856*0002~AK5*A~AK9*R*3*2*0*5~", "R", "RRR"),
        ("UCI+4711+A+B+4+29+UNZ+2'UCM+0001+DESADV:D:96A:UN+7'", "R", "RRR"),
        # only the rejected ones are named
        ("AK1*SH*1~AK2*856*0002~AK5*R*5~AK9*P*3*3*2~", "P", "ARA"),
        ("UCI+4711+A+B+7'UCM+0002+DESADV:D:96A:UN+4+29+UNT+2'", "P", "ARA"),
        # only the accepted ones are named, or the count says that no other is accepted
        ("AK1*SH*1~AK2*856*0001~AK5*A~AK2*856*0003~AK5*E*5~AK9*P*3*3*2~", "P", "ARE"),
        ("AK1*SH*1~AK2*856*0001~AK5*A~AK2*856*0002~AK5*R*5~AK9*P*3*3*1~", "P", "ARR"),
        # where the count is no number, those that are named tell what the others are
        ("AK1*SH*1~AK2*856*0002~AK5*R*5~AK9*P*3*3*?~", "P", "ARA"),
        ("AK1*SH*1~AK2*856*0001~AK5*A~AK9*P*3*3~", "P", "ARR"),
        # an AK9 that forgets what its AK5 said
        ("AK1*SH*1~AK2*856*0002~AK5*R*5~AK9*A*3*3*3~", "P", "ARA"),
        # no AK9: what is named
        ("AK1*SH*1~AK2*856*0001~AK5*A~AK2*856*0002~AK5*R*5~", "P", "ARA"),
        ("AK1*SH*1~AK2*856*0001~AK5*A~", "P", "ARR"),
        ("AK1*SH*1~AK9*A*3*3*3~", "A", "AAA"),
        ("AK1*SH*1~AK9*E*3*3*3~", "E", "EEE"),
    ],
)
def test_what_is_said_of_all_and_of_one_makes_the_verdict_on_each(text: str, status: str, verdicts: str) -> None:
    [report] = theirs(text)
    named = {one.control_number: one for one in report.sets}
    assert report.status == status
    assert "".join(report.verdict(named.get(number)) for number in ("0001", "0002", "0003")) == verdicts
