"""What a partner says of ours, with our own segment beside it."""

import pytest

from edi.acks import AckReport, quotes, read_acks
from edi.read import read
from tests.support.edi import interchange

SENT = (
    "ST*850*0001~BEG*00*NE*1**20260102~REF*DP*0042~PO1*1*48*XX*31.2**UP*085234500106~CTT*1~SE*6*0001~"
    "ST*850*0002~BEG*00*NE*2**20260102~PO1*1*10*EA*1~SE*9*0002~"
)
PO103 = "The partner says of PO103 at segment 4, in loop PO1: the code is not valid (data element 355, value XX)."
BECAUSE = "The partner says of REF at segment 3: the guide does not use the segment because of other data (because of BEG02 at segment 2)."
RELEASE = "The partner says of the group 000000001: the release of the group is not supported."
UNB = "UNB+UNOC:3+0614141000012:14+0852345000012:14+261118:0915+4711'"
ORDERS = "UNH+1+ORDERS:D:96A:UN'BGM+220+4500123987+9'FTX+PUR+++NO?'S'LIN+1'QTY+21:4X8:CS'UNS+S'UNT+8+1'"


def said(text: str, sent: bytes, set_id: str = "997") -> list[str]:
    """The sentences of an acknowledgment about an interchange of ours."""
    if text.startswith("UC"):
        data = f"UNB+UNOC:3+B:14+A:14+261118:1000+8'UNH+1+CONTRL:D:3:UN'{text}UNT+{text.count(chr(39)) + 2}+1'UNZ+1+8'".encode()
    elif text.startswith("TA1"):
        data = interchange("").replace(b"~GS*PO", f"~{text}GS*PO".encode())
    else:
        data = interchange(f"ST*{set_id}*0001~{text}SE*{text.count('~') + 2}*0001~", functional_id="FA")
    [received] = read(data)
    [report, *_] = read_acks(received)
    return [str(quote) for quote in quotes(report, read(sent))]


def test_a_rejected_code_is_quoted_with_its_segment() -> None:
    assert said("AK1*PO*1~AK2*850*0001~AK3*PO1*4*PO1*8~AK4*3*355*7*XX~AK5*R*5~AK9*P*2*2*1~", interchange(SENT)) == [
        f"{PO103} We sent: PO1*1*48*XX*31.2**UP*085234500106"
    ]


def test_a_999_says_whether_the_guide_asks_and_because_of_what() -> None:
    text = "AK1*PO*1*004010~AK2*850*0001~IK3*REF*3**I9~CTX*SITUATIONAL TRIGGER*BEG*2**2~IK3*BEG*2**8~IK4*2*92*I6*NE~IK5*R*I5~AK9*P*2*2*1~"
    assert said(text, interchange(SENT), "999") == [
        f"{BECAUSE} We sent: REF*DP*0042",
        "The partner says of BEG02 at segment 2: the guide does not use the code (data element 92, value NE). We sent: BEG*00*NE*1**20260102",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("AK5*R*4~", "The partner says of the 850 0002: the count of segments is wrong. We sent: SE*9*0002"),
        ("AK5*R*7~", "The partner says of the 850 0002: the control number of the set is missing or invalid. We sent: ST*850*0002"),
        ("AK5*R*2~", "The partner says of the 850 0002: the transaction set trailer is missing."),
        ("AK5*R*5~", "The partner says of the 850 0002: segments of the set have errors (code 5). We sent: ST*850*0002"),
        (
            "AK5*R*77~",
            "The partner says of the 850 0002: the acknowledgment gives a reason that is not known here (code 77). We sent: ST*850*0002",
        ),
        ("AK3*CUR*3**3~AK5*R*5~", "The partner says of CUR at segment 3: a mandatory segment is missing. We sent there: PO1*1*10*EA*1"),
        (
            "AK3*PO1*3*PO1*8~AK5*R*5~",
            "The partner says of PO1 at segment 3, in loop PO1: the segment has faults in its elements. We sent: PO1*1*10*EA*1",
        ),
        ("AK3*N1*77**1~AK5*R*5~", "The partner says of N1 at segment 77: the segment is not known."),
    ],
)
def test_what_is_said_of_a_set(text: str, sentence: str) -> None:
    assert said(f"AK1*PO*1~AK2*850*0002~{text}AK9*P*2*2*1~", interchange(SENT)) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("AK1*PO*1~AK9*R*2*2*0*5~", "The partner says of the group 1: the count of transaction sets is wrong. We sent: GE*2*1"),
        (
            "AK1*PO*000000001~AK9*R*2*2*0*2~",
            f"{RELEASE} We sent: GS*PO*NORTHMART*HARBORLINE*20260102*0304*1*X*004010",
        ),
        (
            "TA1*000000001*260102*0304*R*021~",
            "The partner says of the interchange 000000001: the count of groups is wrong. We sent: IEA*1*000000001",
        ),
        ("TA1*000000001*260102*0304*R*023~", "The partner says of the interchange 000000001: the data ended too early."),
        ("AK1*PO*7~AK9*R*2*2*0*5~", "The partner says of the group 7: the count of transaction sets is wrong."),
    ],
)
def test_what_is_said_of_an_envelope(text: str, sentence: str) -> None:
    assert said(text, interchange(SENT)) == [sentence]


def test_what_a_contrl_counts_is_named_by_what_we_sent() -> None:
    sent = f"{UNB}{ORDERS}UNZ+1+4711'".encode()
    text = "UCI+4711+A+B+7'UCM+1+ORDERS:D:96A:UN+4+29+UNT+2'UCS+3+12'UCS+5'UCD+37+2:2'"
    assert said(text, sent) == [
        "The partner says of the ORDERS 1: the count of segments is wrong. We sent: UNT+8+1",
        "The partner says of FTX at segment 3: the value is invalid. We sent: FTX+PUR+++NO?'S",
        "The partner says of QTY01-2 at segment 5: the type of characters is invalid. We sent: QTY+21:4X8:CS",
    ]


def test_what_we_did_not_send_is_told_without_a_quotation() -> None:
    text = "AK1*PO*1~AK2*850*0009~AK3*PO1*4*PO1*8~AK4*3*355*7*XX~AK5*R*5~AK9*P*2*2*1~"
    assert said(text, interchange(SENT)) == [PO103]
    assert said(text, f"{UNB}{ORDERS}UNZ+1+4711'".encode()) == [PO103]


def test_a_report_without_faults_has_nothing_to_quote() -> None:
    [received] = read(interchange("ST*997*0001~AK1*PO*1~AK9*A*2*2*2~SE*4*0001~", functional_id="FA"))
    [report] = read_acks(received)
    assert isinstance(report, AckReport)
    assert quotes(report, read(interchange(SENT))) == ()
