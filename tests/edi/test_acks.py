"""Our acknowledgments, to the segment: who is accepted, with which codes, and who is not answered."""

from datetime import UTC, datetime

import pytest

from edi.acks import AckNumbers, AckOptions, AckStatus, answer, judge_interchange
from edi.delimiters import X12_DEFAULT, Delimiters
from edi.read import read
from edi.tolerance import Tolerance
from edi.validate import ValidatedInterchange, validate_interchange
from edi.write import WriteOptions
from tests.support.edi import ISA, interchange, validated

NUMBERS = AckNumbers("8", "9", "0001")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
GOOD = "ST*850*0001~BEG*00*NE*1**20260102~PO1*1*1*EA*1~SE*4*0001~"
BAD = "ST*850*0002~BEG*00*XX*1**20260102~REF*DP~PO1*1*1*EA*1~ZZZ*1~SE*6*0002~"
UNB = "UNB+UNOC:3+0614141000012:14:IN+0852345000012:14+261118:0915+4711'"
ORDERS = "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500123987+9'DTM+137:20261118:102'NAD+BY+0614141000012::9'LIN+1'QTY+21:48:CS'UNS+S'UNT+8+1'"
FAULTY = ORDERS.replace("+1'", "+2'").replace("UNH+1", "UNH+2").replace("QTY+21:48", "QTY+21:4X8").replace("DTM+137:20261118:102'", "")
FAULTY = FAULTY.replace("LIN+2'", "LIN+1'").replace("UNT+8", "UNT+7")


def sent(one: ValidatedInterchange, **options) -> list[str] | None:
    """The segments of the answer, separators shown as they are."""
    data = answer(one, numbers=NUMBERS, now=NOW, options=AckOptions(**options))
    if data is None:
        return None
    terminator = "'" if data.startswith(b"UN") else "~"
    return [segment for segment in data.decode().split(terminator) if segment]


def body(one: ValidatedInterchange, **options) -> list[str]:
    """What stands between ST and SE, UNH and UNT."""
    segments = sent(one, **options)
    assert segments
    return [s for s in segments if s[:3] not in ("ISA", "GS*", "ST*", "SE*", "GE*", "IEA", "UNB", "UNH", "UNT", "UNZ")]


# -- 997


def test_a_997_goes_back_with_sender_and_receiver_swapped() -> None:
    assert sent(validated(interchange(GOOD, release="004010VICS"))) == [
        "ISA*00*          *00*          *ZZ*HARBORLINE     *ZZ*NORTHMART      *261118*1000*U*00401*000000008*0*P*>",
        "GS*FA*HARBORLINE*NORTHMART*20261118*1000*9*X*004010VICS",
        "ST*997*0001",
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*A",
        "AK9*A*1*1*1",
        "SE*6*0001",
        "GE*1*9",
        "IEA*1*000000008",
    ]


def test_each_fault_has_its_place_and_code() -> None:
    assert body(validated(interchange(GOOD + BAD))) == [
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0002",
        "AK3*BEG*2**8",
        "AK4*2*92*7*XX",
        "AK3*REF*3**8",
        "AK4*2*127*2",
        "AK3*ZZZ*5*PO1*1",
        "AK5*R*5",
        "AK9*P*2*2*1",
    ]


def test_accepted_sets_are_left_out_where_the_agreement_says_so() -> None:
    assert body(validated(interchange(GOOD)), ak2_for_accepted=False) == ["AK1*PO*1", "AK9*A*1*1*1"]
    assert "AK2*850*0002" in body(validated(interchange(GOOD + BAD)), ak2_for_accepted=False)


def test_with_errors_accepted_the_set_is_taken_and_the_faults_are_named() -> None:
    segments = body(validated(interchange(BAD)), accept_with_errors=True)
    assert segments[-2:] == ["AK5*E*5", "AK9*E*1*1*1"]
    assert "AK4*2*92*7*XX" in segments


@pytest.mark.parametrize(
    ("old", "new", "ak5"),
    [
        ("SE*4*", "SE*5*", "AK5*R*4"),
        ("SE*4*0001", "SE*4*0007", "AK5*R*3"),
        ("SE*4*0001~", "", "AK5*R*2"),
        ("ST*850*", "ST*837*", "AK5*R*1*6"),
        ("SE*4*0001", "SE*9*0007", "AK5*R*3*4"),
    ],
)
def test_faults_of_the_sets_own_envelope_reject_it_whatever_the_agreement_forgives(old: str, new: str, ak5: str) -> None:
    segments = body(validated(interchange(GOOD).replace(old.encode(), new.encode())), accept_with_errors=True)
    assert sorted(segments[-2].split("*")) == sorted(ak5.split("*"))
    assert segments[-1] == "AK9*R*1*1*0"


@pytest.mark.parametrize(
    ("old", "new", "ak9"),
    [
        ("GE*1*1", "GE*2*1", "AK9*R*2*1*0*5"),
        ("GE*1*1", "GE*1*2", "AK9*R*1*1*0*4"),
        ("GE*1*1~", "", "AK9*R*1*1*0*3"),
        ("*0304*1*X*004010", "*0304*1*X*", "AK9*R*1*1*0*2"),
    ],
)
def test_a_group_whose_envelope_is_wrong_is_rejected_with_all_its_sets(old: str, new: str, ak9: str) -> None:
    one = validated(interchange(GOOD).replace(old.encode(), new.encode()))
    segments = body(one)
    assert segments[-1] == ak9
    assert segments[2].startswith("AK5*R")
    assert judge_interchange(one).sets == (AckStatus.REJECTED,)


def test_warnings_never_appear() -> None:
    one = validated(interchange(GOOD.replace("*NE*1*", "*NE*lower*")))
    assert one.findings
    assert body(one) == ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
    forgiving = validated(interchange(BAD), tolerance=Tolerance(code_lists=None, syntax_notes=None, unknown_segments=None))
    assert body(forgiving)[-1] == "AK9*A*1*1*1"


def test_a_missing_segment_is_named_where_it_should_have_stood() -> None:
    segments = body(validated(interchange("ST*850*0001~BEG*00*NE*1**20260102~CTT*1~SE*4*0001~")))
    assert segments[2] == "AK3*PO1*3*PO1*3"


def test_a_fault_in_a_component_has_both_positions() -> None:
    text = "ST*850*0001~BEG*00*NE*1**20260102~REF*DP*1**QQQQ>1~PO1*1*1*EA*1~SE*5*0001~"
    assert body(validated(interchange(text)))[2:4] == ["AK3*REF*3**8", "AK4*4>1*128*5*QQQQ"]


def test_the_copy_of_bad_data_cannot_break_the_acknowledgment() -> None:
    data = interchange("ST*850*0001~BEG*00*N'É>X*1**20260102~PO1*1*1*EA*1~SE*4*0001~")
    other = AckOptions(write=WriteOptions(delimiters=Delimiters("*", "'", "~")))
    reply = answer(validated(data), numbers=NUMBERS, now=NOW, options=other)
    assert reply
    assert b"~AK4*2*92*5*N ?~" in reply


def test_at_most_five_codes_are_given() -> None:
    first = GOOD.replace("0001", "1")
    second = "ST*850*1~BEG*00*XX*1**20260102~PO1*1*1*EA*1~SE*9*7~"
    assert [s for s in body(validated(interchange(first + second, functional_id="IN"))) if s.startswith("AK5")] == [
        "AK5*R*7*6",
        "AK5*R*7*6*23*4*5",  # that the trailer has another number follows from 7
    ]


def test_groups_are_answered_one_by_one_in_one_group_or_by_address() -> None:
    group = "GS*{}*{}*HARBORLINE*20260102*0304*{}*X*004010~{}GE*1*{}~"
    invoice = "ST*810*0001~BIG*20260102*1~TDS*1~SE*4*0001~"
    text = ISA + group.format("PO", "A1", 1, GOOD, 1) + group.format("IN", "A1", 2, invoice, 2) + group.format("PO", "B2", 3, GOOD, 3)
    [one] = read(f"{text}IEA*3*000000001~".encode())
    segments = sent(validate_interchange(one))
    assert segments
    assert [s for s in segments if s[:2] in ("GS", "ST") or s.startswith("AK1")] == [
        "GS*FA*HARBORLINE*A1*20261118*1000*9*X*004010", "ST*997*0001", "AK1*PO*1", "ST*997*0002", "AK1*IN*2",
        "GS*FA*HARBORLINE*B2*20261118*1000*10*X*004010", "ST*997*0001", "AK1*PO*3",
    ]  # fmt: skip


def test_the_partners_separators_are_used_unless_the_agreement_has_others() -> None:
    data = interchange(GOOD).replace(b"*", b"|").replace(b"~", b"\n")
    reply = answer(validated(data), numbers=NUMBERS, now=NOW)
    assert reply
    assert b"\nAK9|A|1|1|1\n" in reply
    agreed = AckOptions(write=WriteOptions(delimiters=X12_DEFAULT))
    assert b"~AK9*A*1*1*1~" in (answer(validated(data), numbers=NUMBERS, now=NOW, options=agreed) or b"")


# -- TA1


def test_a_ta1_is_sent_when_asked_for() -> None:
    data = interchange(GOOD).replace(b"*0*P*>", b"*1*P*>")
    segments = sent(validated(data))
    assert segments
    assert segments[1] == "TA1*000000001*260102*0304*A*000"
    assert "AK9*A*1*1*1" in segments
    assert "TA1" not in str(sent(validated(data), ta1="never"))
    assert "TA1*000000001*260102*0304*A*000" in (sent(validated(interchange(GOOD)), ta1="always") or [])


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("*260102*0304*U", "*269902*0304*U", "014"),
        ("*260102*0304*U", "*260102*9904*U", "015"),
        ("*00401*", "*99999*", "017"),
        ("*0*P*>", "*2*P*>", "019"),
        ("*0*P*>", "*0*X*>", "020"),
        ("IEA*1*", "IEA*7*", "021"),
        ("IEA*1*000000001", "IEA*1*000000009", "001"),
        ("IEA*1*000000001~", "", "023"),
        ("GS*PO*", "GS**", "024"),
        ("~GE*1", "~ZZZ*1~GE*1", "022"),
    ],
)
def test_a_fault_of_the_interchange_rejects_it_by_ta1_alone(old: str, new: str, note: str) -> None:
    one = validated(interchange(GOOD).replace(old.encode(), new.encode()))
    segments = sent(one)
    assert segments
    assert [s[:3] for s in segments] == ["ISA", "TA1", "IEA"]
    assert segments[1].endswith(f"*R*{note}")
    assert set(judge_interchange(one).sets) == {AckStatus.REJECTED}


def test_a_fault_of_the_interchange_rejects_by_997_where_no_ta1_is_wanted() -> None:
    segments = body(validated(interchange(GOOD).replace(b"IEA*1*", b"IEA*7*")), ta1="never")
    assert segments == ["AK1*PO*1", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0"]


# -- who is not answered


def test_acknowledgments_are_not_acknowledged() -> None:
    for data in (interchange(GOOD), interchange(BAD), interchange(GOOD).replace(b"*0*P*>", b"*1*P*>")):
        first = answer(validated(data), numbers=NUMBERS, now=NOW)
        assert first
        assert answer(validated(first), numbers=NUMBERS, now=NOW, options=AckOptions(ta1="always")) is None
    only_ta1 = f"{ISA}TA1*000000008*261118*1000*R*022~IEA*0*000000001~".encode()
    assert answer(validated(only_ta1), numbers=NUMBERS, now=NOW) is None


def test_documents_beside_acknowledgments_are_answered() -> None:
    text = (
        interchange(GOOD)
        .decode()
        .replace("IEA*1", "GS*FA*A1*B1*20260102*0304*2*X*004010~ST*997*0001~AK1*PO*1~AK9*A*1*1*1~SE*4*0001~GE*1*2~IEA*2")
    )
    assert [s for s in body(validated(text.encode())) if s.startswith("AK1")] == ["AK1*PO*1"]


def test_who_does_not_say_who_he_is_gets_no_answer() -> None:
    assert answer(validated(interchange(GOOD).replace(b"NORTHMART      ", b" " * 15)), numbers=NUMBERS, now=NOW) is None
    assert sent(validated(interchange(GOOD)), functional=False) is None


# -- CONTRL


def contrl(text: str, **options) -> list[str]:
    return body(validated(text.encode()), **options)


def test_a_contrl_names_the_interchange_and_each_message() -> None:
    one = validated(f"{UNB}{ORDERS}UNZ+1+4711'".encode())
    assert sent(one) == [
        "UNB+UNOC:3+0852345000012:14+0614141000012:14+261118:1000+8",
        "UNH+0001+CONTRL:D:3:UN",
        "UCI+4711+0614141000012:14:IN+0852345000012:14+7",
        "UCM+1+ORDERS:D:96A:UN:EAN008+7",
        "UNT+4+0001",
        "UNZ+1+8",
    ]


def test_faults_are_placed_counting_the_tag_as_the_first_position() -> None:
    assert contrl(f"{UNB}{ORDERS}{FAULTY}UNZ+2+4711'") == [
        "UCI+4711+0614141000012:14:IN+0852345000012:14+7",
        "UCM+1+ORDERS:D:96A:UN:EAN008+7",
        "UCM+2+ORDERS:D:96A:UN:EAN008+4",
        "UCS+3+13",
        "UCS+5",
        "UCD+37+2:2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        ("UNT+8+1", "UNT+9+1", "UCM+1+ORDERS:D:96A:UN:EAN008+4+29+UNT+2"),
        ("UNT+8+1", "UNT+8+7", "UCM+1+ORDERS:D:96A:UN:EAN008+4+28+UNT+3"),
        ("UNT+8+1'", "", "UCM+1+ORDERS:D:96A:UN:EAN008+4+13+UNT"),
        ("ORDERS:D:96A", "ORDERZ:D:96A", "UCM+1+ORDERZ:D:96A:UN:EAN008+4+14+UNH+3:1"),
        ("UNZ+1+4711", "UNZ+2+4711", "UCI+4711+0614141000012:14:IN+0852345000012:14+4+29+UNZ+2"),
        ("UNZ+1+4711'", "", "UCI+4711+0614141000012:14:IN+0852345000012:14+4+13+UNZ"),
        ("UNOC:3", "UNOX:3", "UCI+4711+0614141000012:14:IN+0852345000012:14+4+2+UNB+2:1"),
    ],
)
def test_a_fault_of_an_envelope_names_its_service_segment(old: str, new: str, segment: str) -> None:
    assert segment in contrl(f"{UNB}{ORDERS}UNZ+1+4711'".replace(old, new))


def test_groups_are_named_with_their_messages_below() -> None:
    grouped = f"UNG+ORDERS+A:14+B:14+261118:0915+7+UN+D:96A'{ORDERS}UNE+1+7'"
    lines = contrl(f"{UNB}{grouped}{grouped.replace('+7', '+8').replace('UNE+1', 'UNE+3')}UNZ+2+4711'")
    assert lines[1:] == ["UCF+7+A:14+B:14+7", "UCM+1+ORDERS:D:96A:UN:EAN008+7", "UCF+8+A:14+B:14+4+29+UNE+2"]


def test_a_bare_receipt_is_sent_where_only_that_is_wanted() -> None:
    text = f"{UNB}{ORDERS}UNZ+1+4711'"
    assert sent(validated(text.encode()), functional=False) is None
    asked = text.replace("+4711'UNH", "+4711++++1'UNH")
    assert contrl(asked, functional=False) == ["UCI+4711+0614141000012:14:IN+0852345000012:14+8"]
    assert contrl(text, functional=False, ta1="always") == ["UCI+4711+0614141000012:14:IN+0852345000012:14+8"]
    assert sent(validated(asked.encode()), functional=False, ta1="never") is None


def test_a_contrl_is_written_in_the_partners_syntax() -> None:
    version_4 = f"{UNB.replace('UNOC:3', 'UNOA:4').replace('261118', '20261118')}{ORDERS}UNZ+1+4711'"
    [header, *_] = sent(validated(version_4.encode())) or [""]
    assert header == "UNB+UNOA:4+0852345000012:14+0614141000012:14+20261118:1000+8"


def test_an_address_that_the_partners_character_set_cannot_say_is_written_in_ours() -> None:
    text = f"{UNB.replace('UNOC', 'UNOA').replace('0614141000012', 'Northmart')}{ORDERS}UNZ+1+4711'"
    [header, *_] = sent(validated(text.encode())) or [""]
    assert header == "UNB+UNOC:3+0852345000012:14+Northmart:14+261118:1000+8"


@pytest.mark.parametrize(
    ("version", "unh", "uci"),
    [
        ("1", "UNH+0001+CONTRL:D:3:UN", "UCI+4711+0614141000012:14:IN+0852345000012:14+7"),
        ("2", "UNH+0001+CONTRL:D:3:UN", "UCI+4711+0614141000012:14:IN+0852345000012:14+7"),
        ("3", "UNH+0001+CONTRL:D:3:UN", "UCI+4711+0614141000012:14:IN+0852345000012:14+7"),
        ("4", "UNH+0001+CONTRL:4:1:UN", "UCI+4711+0614141000012:14:IN:SUB+0852345000012:14+7"),
    ],
)
def test_each_syntax_version_has_its_contrl(version: str, unh: str, uci: str) -> None:
    unb = UNB.replace("UNOC:3", f"UNOC:{version}").replace(":14:IN+", ":14:IN:SUB+" if version == "4" else ":14:IN+")
    one = validated(f"{unb.replace('261118', '20261118') if version == '4' else unb}{ORDERS}UNZ+1+4711'".encode())
    segments = sent(one)
    assert segments
    assert segments[1:3] == [unh, uci]
    assert body(one, functional=True) == [uci, "UCM+1+ORDERS:D:96A:UN:EAN008+7"]


def test_a_repetition_that_is_wrong_is_counted_in_syntax_version_4() -> None:
    message = ORDERS.replace("QTY+21:48:CS'", "QTY+21:48:CS*21:4X:CS'")
    text = f"{UNB.replace('UNOC:3', 'UNOC:4').replace('261118', '20261118')}{message}UNZ+1+4711'"
    assert [s for s in contrl(text) if s.startswith("UCD")] == ["UCD+35+2::2", "UCD+37+2:2:2"]


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        ("UNE+1+7", "UNE+1+9", "UCF+7+A:14+B:14+4+28+UNE+3"),
        ("UNE+1+7'", "", "UCF+7+A:14+B:14+4+13+UNE"),
        ("QTY+21:48:CS", "QTY+21:4X8:CS", "UCF+7+A:14+B:14+4"),
    ],
)
def test_what_is_wrong_with_a_group(old: str, new: str, segment: str) -> None:
    grouped = f"UNG+ORDERS+A:14+B:14+261118:0915+7+UN+D:96A'{ORDERS}UNE+1+7'"
    assert segment in contrl(f"{UNB}{grouped}UNZ+1+4711'".replace(old, new))


def test_a_ta1_repeats_what_has_the_form_of_a_date_and_a_time() -> None:
    data = interchange(GOOD).replace(b"*260102*0304*U", b"*      *03:4*U")
    segments = sent(validated(data))
    assert segments
    assert segments[1] == "TA1*000000001*000000*0000*R*014"


def test_a_set_beside_the_first_fault_of_the_interchange() -> None:
    """The first fault decides: the version before the count."""
    segments = sent(validated(interchange(GOOD).replace(b"*00401*", b"*99999*").replace(b"IEA*1*", b"IEA*7*")))
    assert segments
    assert segments[1].endswith("*R*017")


@pytest.mark.parametrize(("stated", "ak902"), [("2", "2"), ("999999", "999999"), ("0", "0"), ("X", "1"), ("", "1"), ("1234567", "1")])
def test_the_counts_of_an_ak9_say_what_was_stated_and_what_came(stated: str, ak902: str) -> None:
    assert body(validated(interchange(GOOD).replace(b"GE*1*1", f"GE*{stated}*1".encode())))[-1] == f"AK9*R*{ak902}*1*0*5"
