"""The writer: what it writes to the byte, and all that it refuses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edi.delimiters import Delimiters
from edi.errors import WriteError
from edi.read import read
from edi.values import ElementValue, Identity, Repeats, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions, pieces, write

NOW = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
X12_SET = OutgoingSet("850", "1", (Segment("BEG", ("00", "SA", "45", "", "20261118", "")), Segment("CTT", ("1",))))
X12_GROUP = OutgoingGroup("PO", "NORTHMART", "HARBORLINE", "4711", "004010VICS", (X12_SET,))
X12 = OutgoingInterchange(
    Standard.X12, Identity("ZZ", "NORTHMART"), Identity("01", "HARBORLINE"), "4711", NOW, "live", "00401", False, (X12_GROUP,)
)
ORDERS = OutgoingSet("ORDERS", "1", (Segment("BGM", ("220", "45", "9")), Segment("UNS", ("S",))))
EDIFACT = OutgoingInterchange(
    Standard.EDIFACT,
    Identity("14", "0614141000012"),
    Identity("", "HARBORLINE"),
    "4711",
    NOW,
    "test",
    "3",
    True,
    (OutgoingGroup("", "", "", "", "D96A", (ORDERS,), association="EAN008"),),
)


def x12_with(*values: ElementValue, version: str = "00401", **options: Any) -> bytes:
    one = OutgoingSet("850", "1", (Segment("REF", values),))
    return write(replace(X12, version=version, groups=(replace(X12_GROUP, sets=(one,)),)), WriteOptions(**options))


def edifact_with(*values: ElementValue, version: str = "3", **options: Any) -> bytes:
    group = replace(EDIFACT.groups[0], sets=(OutgoingSet("ORDERS", "1", (Segment("FTX", values),)),))
    return write(replace(EDIFACT, version=version, groups=(group,)), WriteOptions(**options))


def segment(data: bytes, tag: bytes, end: bytes = b"~") -> bytes:
    return next(piece for piece in data.split(end) if piece.startswith(tag))


def test_x12_is_padded_counted_and_closed() -> None:
    assert write(X12) == (
        b"ISA*00*          *00*          *ZZ*NORTHMART      *01*HARBORLINE     *261118*0915*U*00401*000004711*0*P*>~"
        b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*4711*X*004010VICS~"
        b"ST*850*0001~BEG*00*SA*45**20261118~CTT*1~SE*4*0001~GE*1*4711~IEA*1*000004711~"
    )


def test_edifact_is_counted_and_closed() -> None:
    assert write(EDIFACT) == (
        b"UNB+UNOC:3+0614141000012:14+HARBORLINE+261118:0915+4711++++1++1'"
        b"UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+45+9'UNS+S'UNT+4+1'UNZ+1+4711'"
    )


def test_a_group_of_edifact_with_a_functional_id_gets_a_ung() -> None:
    group = replace(EDIFACT.groups[0], functional_id="ORDERS", sender="A", receiver="B", control_number="7")
    data = write(replace(EDIFACT, groups=(group, replace(group, control_number="8"))))
    assert segment(data, b"UNG", b"'") == b"UNG+ORDERS+A+B+261118:0915+7+UN+D:96A:EAN008"
    assert b"'UNE+1+7'UNG" in data
    assert data.endswith(b"'UNE+1+8'UNZ+2+4711'")
    with pytest.raises(WriteError, match="Either all"):
        write(replace(EDIFACT, groups=(group, EDIFACT.groups[0])))


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (("DP", "", "X"), b"REF*DP**X"),
        (("DP", "X", "", ""), b"REF*DP*X"),
        (("DP", ("A", "", "")), b"REF*DP*A"),
        (("DP", ("A", "", "B")), b"REF*DP*A>>B"),
        (("DP", ("", "")), b"REF*DP"),
        (("DP", Repeats(("A",))), b"REF*DP*A"),
        (("DP", Repeats(("A", "", ""))), b"REF*DP*A"),
        ((), b"REF"),
    ],
)
def test_empty_ends_are_dropped(values: tuple[ElementValue, ...], written: bytes) -> None:
    assert segment(x12_with(*values), b"REF") == written


def test_repetitions_need_a_version_that_has_them() -> None:
    repeated = Repeats(("A", ("B", "C")))
    assert segment(x12_with("DP", repeated, version="00501"), b"REF") == b"REF*DP*A^B>C"
    assert segment(edifact_with(repeated, version="4"), b"FTX", b"'") == b"FTX+A*B:C"
    with pytest.raises(WriteError, match="REF02 repeats"):
        x12_with("DP", repeated)
    with pytest.raises(WriteError, match="FTX01 repeats"):
        edifact_with(repeated)


@pytest.mark.parametrize(("version", "isa11"), [("00401", b"U"), ("00402", b"^"), ("00501", b"^")])
def test_isa11_is_the_repetition_separator_from_00402_on(version: str, isa11: bytes) -> None:
    assert x12_with("DP", version=version).split(b"*")[11] == isa11


def test_separators_in_data_are_released_in_edifact_and_refused_in_x12() -> None:
    assert b"'FTX+A?'B?+C?:D??E'UNT" in edifact_with("A'B+C:D?E")
    assert segment(edifact_with("A*B", version="4"), b"FTX", b"'") == b"FTX+A?*B"
    with pytest.raises(WriteError, match="REF02 has a separator"):
        x12_with("DP", "A*B")
    assert segment(x12_with("DP", "A*B~C>D", for_separators=" "), b"REF") == b"REF*DP*A B C D"


def test_what_the_character_set_does_not_have_is_refused_or_replaced() -> None:
    assert segment(x12_with("DP", "CAFÉ"), b"REF") == "REF*DP*CAFÉ".encode()
    assert segment(edifact_with("CAFÉ"), b"FTX", b"'") == "FTX+CAFÉ".encode("iso8859-1")
    for text, write_with, charset in (
        ("A\nB", x12_with, ""),
        ("CAFÉ", x12_with, "ascii"),
        ("東京", edifact_with, ""),
        ("a@b", edifact_with, "UNOB"),
    ):
        with pytest.raises(WriteError, match="not of the character set"):
            write_with(text, charset=charset)
    assert segment(edifact_with("A東@É", charset="UNOA", for_characters="?"), b"FTX", b"'") == b"FTX+A??????"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_segment_may_stand_on_its_own_line(newline: Any) -> None:
    assert write(X12, WriteOptions(newline=newline)) == write(X12).replace(b"~", b"~" + newline.encode())
    assert write(EDIFACT, WriteOptions(newline=newline, una="always")).startswith(b"UNA:+.? '" + newline.encode() + b"UNB")


def test_a_una_says_what_is_not_the_standards() -> None:
    assert write(EDIFACT, WriteOptions(una="always")) == b"UNA:+.? '" + write(EDIFACT)
    comma = Delimiters("+", ":", "'", None, "?", ",")
    assert write(EDIFACT, WriteOptions(delimiters=comma)) == b"UNA:+,? '" + write(EDIFACT)
    version_4 = edifact_with("A", version="4")
    assert version_4.startswith(b"UNB+UNOC:4+")
    assert b"+20261118:0915+" in version_4
    assert edifact_with("A", version="4", una="always").startswith(b"UNA:+.?*'")


def test_x12_separators_may_be_the_partners() -> None:
    data = write(X12, WriteOptions(delimiters=Delimiters("|", "<", "\n")))
    assert data.count(b"|") == write(X12).count(b"*")
    assert data.splitlines()[0].endswith(b"|P|<")


@pytest.mark.parametrize(
    "delimiters",
    [
        Delimiters("*", "*", "~"),
        Delimiters("A", ">", "~"),
        Delimiters("*", " ", "~"),
        Delimiters("*", "\n", "~"),
        Delimiters("*", ">", "…"),
        Delimiters("*", ">", "é"),
        Delimiters("*", ">", "~", "^"),
        Delimiters("*", ">", "~", None, "?"),
        Delimiters("*", ">", "~", None, None, ","),
    ],
)
def test_separators_that_could_not_be_read_back_are_refused(delimiters: Delimiters) -> None:
    with pytest.raises(WriteError):
        write(X12, WriteOptions(delimiters=delimiters))


@pytest.mark.parametrize(
    "wrong",
    [
        {"groups": ()},
        {"groups": (replace(X12_GROUP, sets=()),)},
        {"groups": (X12_GROUP, X12_GROUP)},
        {"groups": (replace(X12_GROUP, sets=(X12_SET, X12_SET)),)},
        {"groups": (replace(X12_GROUP, functional_id="IN"),)},
        {"groups": (replace(X12_GROUP, functional_id=""),)},
        {"groups": (replace(X12_GROUP, sender=""),)},
        {"groups": (replace(X12_GROUP, receiver="X" * 16),)},
        {"groups": (replace(X12_GROUP, control_number="1234567890"),)},
        {"groups": (replace(X12_GROUP, control_number=""),)},
        {"groups": (replace(X12_GROUP, release=""),)},
        {"groups": (replace(X12_GROUP, sets=(replace(X12_SET, control_number="1234567890"),)),)},
        {"groups": (replace(X12_GROUP, sets=(replace(X12_SET, set_id=""),)),)},
        {"groups": (replace(X12_GROUP, sets=(replace(X12_SET, segments=(Segment("SE", ("1",)),)),)),)},
        {"groups": (replace(X12_GROUP, sets=(replace(X12_SET, segments=(Segment("beg", ("1",)),)),)),)},
        {"control_number": "ABC"},
        {"control_number": "1234567890"},
        {"sender": Identity("ZZ", "")},
        {"sender": Identity("Z", "A")},
        {"receiver": Identity("ZZ", "X" * 16)},
        {"receiver": Identity("ZZ", "A*B")},
        {"receiver": Identity("ZZ", "É")},
        {"usage": ""},
        {"version": "401"},
        {"service_segments": (Segment("REF", ("1",)),)},
    ],
)
def test_an_envelope_that_the_reader_would_fault_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WriteError):
        write(replace(X12, **wrong))


@pytest.mark.parametrize(
    ("wrong", "options"),
    [
        ({"sender": Identity("14", "")}, {}),
        ({"sender": Identity("12345", "A")}, {}),
        ({"control_number": ""}, {}),
        ({"control_number": "1" * 15}, {}),
        ({"usage": "information"}, {}),
        ({"version": "5"}, {}),
        ({}, {"charset": "UNOX"}),
        ({}, {"delimiters": Delimiters("+", ":", "'", "*", "?")}),
        ({}, {"delimiters": Delimiters("+", ":", "'", None, "?", ";")}),
        ({"groups": (replace(EDIFACT.groups[0], release="2026"),)}, {}),
        ({"groups": (replace(EDIFACT.groups[0], release=""),)}, {}),
        ({"groups": (EDIFACT.groups[0], EDIFACT.groups[0])}, {}),
    ],
)
def test_an_edifact_envelope_that_the_reader_would_fault_is_refused(wrong: dict[str, Any], options: dict[str, Any]) -> None:
    if wrong.get("groups") and wrong["groups"][0].release == "2026":
        assert b"ORDERS:2:026:UN" in write(replace(EDIFACT, **wrong))
        return
    with pytest.raises(WriteError):
        write(replace(EDIFACT, **wrong), WriteOptions(**options))


@pytest.mark.parametrize(
    ("release", "written"), [("D96A", b"D:96A"), ("D3", b"D:3"), ("S93A", b"S:93A"), ("911", b"91:1"), ("1911", b"1:911")]
)
def test_the_directory_stands_in_two_components(release: str, written: bytes) -> None:
    data = write(replace(EDIFACT, groups=(replace(EDIFACT.groups[0], release=release),)))
    assert b"ORDERS:" + written + b":UN:EAN008'" in data


@pytest.mark.parametrize("width", [40, 80, 106, 107])
@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_lines_of_one_length_are_read_as_if_they_were_not_there(width: int, newline: Any) -> None:
    for out in (X12, replace(X12, groups=(replace(X12_GROUP, sets=(X12_SET, replace(X12_SET, control_number="2"))),)), EDIFACT):
        data = write(out, WriteOptions(width=width, newline=newline))
        lines = data.split((newline or "\n").encode())
        assert {len(line) for line in lines[:-2]} == {width}
        assert len(lines[-2]) <= width
        assert lines[-1] == b""
        assert b"".join(lines) == write(out)
        [interchange] = read(data)
        assert not interchange.findings
        [plain] = read(write(out))
        for one, other in zip(interchange.transaction_sets, plain.transaction_sets, strict=True):
            assert [(s.tag, s.elements) for s in one.segments] == [(s.tag, s.elements) for s in other.segments]


@pytest.mark.parametrize("options", [{"width": 39}, {"width": 80, "delimiters": Delimiters("*", ">", "\n")}])
def test_lines_that_would_not_be_read_so_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(WriteError, match="Lines of one length"):
        write(X12, WriteOptions(**options))


def test_what_is_dropped_leaves_nothing_behind() -> None:
    assert segment(edifact_with("A", "東京", charset="UNOA", for_characters=""), b"FTX", b"'") == b"FTX+A"
    assert segment(edifact_with(("a東b", "東"), for_characters=""), b"FTX", b"'") == b"FTX+ab"
    assert segment(x12_with("D\tP", "A*B", for_characters="", for_separators=""), b"REF") == b"REF*DP*AB"


@pytest.mark.parametrize(
    "options", [{"for_separators": "*"}, {"for_separators": "\n"}, {"for_characters": "é", "charset": "ascii"}, {"for_characters": "~"}]
)
def test_what_cannot_be_written_replaces_nothing(options: dict[str, Any]) -> None:
    with pytest.raises(WriteError, match="in place of"):
        write(X12, WriteOptions(**options))


def test_the_optional_fields_of_unb() -> None:
    out = replace(
        EDIFACT,
        password=Identity("AA", "OPEN"),
        application="ORDERS",
        priority="A",
        agreement="EANCOM",
        sender_route="BRANCH 1",
        receiver_route="DEPOT?",
    )
    assert write(out).startswith(b"UNB+UNOC:3+0614141000012:14:BRANCH 1+HARBORLINE::DEPOT??+261118:0915+4711+OPEN:AA+ORDERS+A+1+EANCOM+1'")
    [interchange] = read(write(out))
    assert not interchange.findings
    assert (interchange.receiver, interchange.usage, interchange.ack_requested) == (EDIFACT.receiver, "test", True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": Identity("AA", "")},
        {"password": Identity("AAA", "OPEN")},
        {"password": Identity("", "X" * 15)},
        {"application": "X" * 15},
        {"priority": "AB"},
        {"agreement": "X" * 36},
        {"sender_route": "X" * 15},
        {"receiver_route": " X"},
    ],
)
def test_what_does_not_fit_into_unb_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WriteError):
        write(replace(EDIFACT, **wrong))


@pytest.mark.parametrize(("form", "written"), [("HHMM", b"0915"), ("HHMMSS", b"091542"), ("HHMMSSDD", b"09154207")])
def test_the_time_of_a_group_is_as_the_partner_wants_it(form: Any, written: bytes) -> None:
    out = replace(X12, prepared=NOW.replace(second=42, microsecond=79_999))
    assert segment(write(out, WriteOptions(group_time=form)), b"GS").split(b"*")[5] == written


def test_the_authorization_and_security_of_isa() -> None:
    out = replace(X12, authorization=Identity("01", "PARTNER"), security=Identity("01", "SECRET"))
    assert write(out).startswith(b"ISA*01*PARTNER   *01*SECRET    *ZZ*")
    with pytest.raises(WriteError, match="ISA04"):
        write(replace(X12, security=Identity("01", "LONGER THAN TEN")))


def test_a_large_output_comes_in_pieces_of_sets_that_are_made_meanwhile() -> None:
    def orders() -> Iterator[OutgoingSet]:
        for number in range(1, 3001):
            yield OutgoingSet("850", str(number), X12_SET.segments)

    made = write(replace(X12, groups=(replace(X12_GROUP, sets=tuple(orders())),)))
    out = replace(X12, groups=(replace(X12_GROUP, sets=orders()),))
    some = list(pieces(out))
    assert b"".join(some) == made
    assert max(map(len, some)) < 70_000
    assert len(some) > 2
    assert made.endswith(b"GE*3000*4711~IEA*1*000004711~")


def test_a_long_set_comes_in_pieces_too() -> None:
    body = (Segment("REF", ("DP", "1")),) * 2500
    data = write(replace(X12, groups=(replace(X12_GROUP, sets=(OutgoingSet("850", "1", body),)),)))
    assert data.count(b"REF*DP*1~") == 2500
    assert b"SE*2502*0001~" in data


@pytest.mark.parametrize(
    "numbers", [["1", "2", "1"], ["1", "2", "0002"], ["5", "9", "9"], ["9", "5", "6", "5"], ["3", "4", "9", "5", "9"], ["9", "8", "9"]]
)
def test_no_control_number_comes_twice_in_a_group(numbers: list[str]) -> None:
    def group(some: list[str]) -> OutgoingGroup:
        return replace(X12_GROUP, sets=tuple(replace(X12_SET, control_number=number) for number in some))

    with pytest.raises(WriteError, match="twice"):
        write(replace(X12, groups=(group(numbers),)))
    once = list(dict.fromkeys(number.zfill(4) for number in numbers))
    assert write(replace(X12, groups=(group(once),))).count(b"ST*850*") == len(once)


def test_before_004010_the_group_date_has_six_digits() -> None:
    data = write(replace(X12, groups=(replace(X12_GROUP, release="003060"),)))
    assert segment(data, b"GS") == b"GS*PO*NORTHMART*HARBORLINE*261118*0915*4711*X*003060"


def test_what_is_refused_is_named_by_its_place_never_by_its_text() -> None:
    with pytest.raises(WriteError) as caught:
        x12_with("DP", "SECRET*TEXT")
    assert "SECRET" not in str(caught.value)


def test_replacements_are_for_data_never_for_addresses() -> None:
    options = WriteOptions(for_separators=" ", for_characters="?")
    for wrong in ({"sender": Identity("ZZ", "A*B")}, {"groups": (replace(X12_GROUP, sender="A>B"),)}, {"receiver": Identity("ZZ", "\x01")}):
        with pytest.raises(WriteError):
            write(replace(X12, **wrong), options)
    with pytest.raises(WriteError):
        write(replace(EDIFACT, sender=Identity("14", "lower")), replace(options, charset="UNOA"))
