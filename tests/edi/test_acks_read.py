"""Acknowledgments of partners: what they say of our sets, as findings with places in our data."""

import pytest

from edi.acks import AckReport, AckStatus, read_acks
from edi.describe import sentence
from edi.finding import FindingCode
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


def test_a_contrl_without_a_uci_says_nothing() -> None:
    assert theirs("UCM+1+DESADV:D:96A:UN+4'") == ()
    assert theirs("UCS+1+13'UCD+12+2'") == ()


def test_what_is_no_acknowledgment_is_not_read_as_one() -> None:
    [one] = read(interchange("ST*850*0001~BEG*00*NE*1**20260102~SE*3*0001~"))
    assert read_acks(one) == ()
