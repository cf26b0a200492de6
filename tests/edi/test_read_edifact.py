"""Reading EDIFACT: UNA and its defaults, syntax versions, groups, character sets, and every fault of an envelope."""

import pytest

from edi.delimiters import EDIFACT_DEFAULT
from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.finding import Finding, Severity
from edi.read import read
from edi.tolerance import Tolerance
from edi.values import Identity, Repeats, Standard
from tests.support.edi import said_of
from tests.support.interchanges import EDIFACT_ORDERS

UNB = "UNB+UNOC:3+0614141000012:14+0852345000012:14+261118:0915+4711'"
MESSAGE = "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500123987+9'UNT+3+1'"
GROUPED = f"UNG+ORDERS+A:14+B:14+261118:0915+7+UN+D:96A'{MESSAGE}UNE+1+7'"


def found(one: Interchange) -> list[Finding]:
    groups = [(*group.findings, *(f for ts in group.transaction_sets for f in ts.findings)) for group in one.groups]
    return [*one.findings, *(f for findings in groups for f in findings)]


def faults(text: str, **options) -> list[tuple[str, str]]:
    return [said_of(f) for one in read(text.encode("latin-1"), **options) for f in found(one)]


def test_the_fields_of_the_envelope_are_read() -> None:
    [one] = read(EDIFACT_ORDERS)
    assert found(one) == []
    assert (one.standard, one.syntax_id, one.version, one.control_number) == (Standard.EDIFACT, "UNOC", "3", "4711")
    assert (one.sender, one.receiver) == (Identity("14", "0614141000012"), Identity("14", "0852345000012"))
    assert (one.date, one.time, one.usage, one.ack_requested) == ("261118", "0915", "live", False)
    assert (one.start, one.end, one.header.offset) == (0, len(EDIFACT_ORDERS), 9)
    [group] = one.groups
    assert (group.header, group.trailer, group.functional_id, group.release) == (None, None, "", "")
    [message] = group.transaction_sets
    assert (message.set_id, message.control_number, message.release, message.industry) == ("ORDERS", "1", "D96A", "EAN008")
    assert message.segments[3].get(4) == "NO'S AND +ES"
    assert message.segments[3].get(4, 2) == "100 : 1"
    assert EDIFACT_ORDERS[message.start : message.end].startswith(b"UNH+1+")
    assert EDIFACT_ORDERS[message.start : message.end].endswith(b"UNT+10+1'")


def test_test_traffic_and_the_wish_for_an_acknowledgment_are_in_the_unb() -> None:
    [one] = read((UNB.replace("+4711'", "+4711++++1++1'") + MESSAGE + "UNZ+1+4711'").encode())
    assert (one.is_test, one.ack_requested) == (True, True)


@pytest.mark.parametrize("una", ["", "UNA:+.? '", "UNA:+.? '\r\n", "UNA:+,? '\n"])
def test_without_a_una_the_separators_are_those_of_the_standard(una: str) -> None:
    [one] = read(f"{una}{UNB}{MESSAGE}UNZ+1+4711'".encode())
    assert found(one) == []
    assert one.delimiters.decimal == ("," if "," in una else ".")
    assert (one.delimiters == EDIFACT_DEFAULT) is ("," not in una)


def test_a_una_may_name_other_separators_and_no_release_character() -> None:
    body = (UNB + MESSAGE + "UNZ+1+4711'").translate(str.maketrans("+:'", "|/~"))
    [one] = read(f"UNA/|.  ~{body}".encode())
    assert found(one) == []
    assert one.delimiters.release is None
    assert one.transaction_sets[0].release == "D96A"


def test_the_control_characters_of_level_b_are_known() -> None:
    body = (UNB.replace("UNOC", "UNOB") + MESSAGE + "UNZ+1+4711'").translate(str.maketrans("+:'", "\x1d\x1f\x1c"))
    [one] = read(body.encode())
    assert found(one) == []
    assert len(one.transaction_sets) == 1


@pytest.mark.parametrize(
    ("una", "version", "repeats"),
    [("", "4", True), ("UNA:+.?*'", "4", True), ("UNA:+.? '", "4", False), ("", "3", False), ("UNA:+.?*'", "3", False)],
)
def test_only_version_4_has_a_repetition_separator(una: str, version: str, repeats: bool) -> None:
    text = f"{una}{UNB.replace(':3', ':' + version)}{MESSAGE.replace('BGM+220', 'BGM+220*221')}UNZ+1+4711'"
    [one] = read(text.encode())
    assert found(one) == []
    value = one.transaction_sets[0].segments[1].elements[0]
    assert value == (Repeats(("220", "221")) if repeats else "220*221")


@pytest.mark.parametrize("una", ["UNA++.? '", "UNA:+.?:'", "UNA:+.? +", "UNA:+.A '"])
def test_separators_with_two_meanings_leave_nothing_to_read(una: str) -> None:
    [one] = read(f"{una}{UNB}{MESSAGE}UNZ+1+4711'".encode())
    if "?:" in una:  # the repetition separator does not count before version 4
        assert found(one) == []
    else:
        assert "delimiters-invalid" in [f.code for f in one.findings]
        assert one.groups == ()


def test_groups_are_read_and_counted() -> None:
    text = f"{UNB}{GROUPED}{GROUPED.replace('+7', '+8')}UNZ+2+4711'"
    [one] = read(text.encode())
    assert found(one) == []
    assert [(g.functional_id, g.sender, g.receiver, g.control_number) for g in one.groups] == [
        ("ORDERS", "A", "B", "7"),
        ("ORDERS", "A", "B", "8"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("UNOC:3", "UNOX:3", ("character-set-unsupported", "UNB01-1 at byte 0")),
        ("UNOC:3", "UNOC:9", ("interchange-version-unsupported", "UNB01-2 at byte 0")),
        ("+0614141000012:14", "+", ("interchange-header-invalid", "UNB02-1 at byte 0")),
        ("+0852345000012:14", "+", ("interchange-header-invalid", "UNB03-1 at byte 0")),
        ("261118:0915+4711", "261318:0915+4711", ("interchange-header-invalid", "UNB04-1 at byte 0")),
        ("261118:0915+4711", "261118:2515+4711", ("interchange-header-invalid", "UNB04-2 at byte 0")),
        ("0915+4711'", "0915'", ("interchange-control-number-invalid", "UNB05 at byte 0")),
        ("UNZ+1+", "UNZ+2+", ("interchange-count-mismatch", "UNZ01 at byte @UNZ")),
        ("UNZ+1+4711", "UNZ+1+4712", ("interchange-control-number-mismatch", "UNZ02 at byte @UNZ")),
        ("UNZ+1+4711'", "", ("interchange-trailer-missing", "UNE at byte @UNE")),
        ("UNE+1+7", "UNE+2+7", ("group-count-mismatch", "UNE01 at byte @UNE")),
        ("UNE+1+7", "UNE+1+8", ("group-control-number-mismatch", "UNE02 at byte @UNE")),
        ("UNE+1+7'", "", ("group-trailer-missing", "UNG at byte @UNG")),
        ("+7+UN+", "++UN+", ("group-control-number-invalid", "UNG05 at byte @UNG")),
        ("UNT+3+", "UNT+4+", ("set-count-mismatch", "UNT01 at segment 3")),
        ("UNT+3+1", "UNT+3+2", ("set-control-number-mismatch", "UNT02 at segment 3")),
        ("UNT+3+1'", "", ("set-trailer-missing", "BGM at segment 2")),
        ("UNH+1+", "UNH++", ("set-control-number-invalid", "UNH01 at segment 1")),
        ("ORDERS:D:96A:UN:EAN008", "ORDERS", ("set-header-invalid", "UNH02-2 at segment 1")),
        ("'UNE+", "'XXX+1'UNE+", ("data-outside-envelope", "XXX at byte @XXX")),
        ("UNE+1+7'", f"UNE+1+7'{MESSAGE}", ("group-header-missing", "UNH at segment 1")),
    ],
)
def test_a_fault_in_the_envelope_is_located(old: str, new: str, expected: tuple[str, str]) -> None:
    text = f"{UNB}{GROUPED}UNZ+1+4711'"
    assert faults(text) == []
    assert old in text
    text = text.replace(old, new, 1)
    code, place = expected
    before, _, tag = place.partition("@")
    assert (code, before + str(text.index(f"'{tag}+") + 1) if tag else before) in faults(text)


def test_a_reference_used_twice_is_a_duplicate_within_a_group_only() -> None:
    assert faults(f"{UNB}{MESSAGE}{MESSAGE}UNZ+2+4711'") == [("set-control-number-duplicate", "UNH01 at segment 1")]
    assert faults(f"{UNB}{GROUPED}{GROUPED.replace('+7', '+8')}UNZ+2+4711'") == []


@pytest.mark.parametrize(
    ("syntax", "text", "encoding"),
    [("UNOC", "Café Müller", "iso8859-1"), ("UNOD", "Łódź", "iso8859-2"), ("UNOE", "Москва", "iso8859-5"), ("UNOW", "Łódź 東京", "utf-8")],
)
def test_text_is_of_the_character_set_that_the_interchange_names(syntax: str, text: str, encoding: str) -> None:
    data = f"{UNB.replace('UNOC', syntax)}{MESSAGE.replace('4500123987', text)}UNZ+1+4711'".encode(encoding)
    [one] = read(data)
    assert found(one) == []
    assert one.transaction_sets[0].segments[1].get(2) == text


def test_bytes_that_are_not_of_the_character_set_are_told_and_read_as_they_can() -> None:
    data = f"{UNB.replace('UNOC', 'UNOA')}{MESSAGE.replace('4500123987', 'CAFÉ')}UNZ+1+4711'".encode("iso8859-1")
    [one] = read(data)
    assert [said_of(f) for f in found(one)] == [("character-invalid", "BGM at segment 2")]
    assert one.transaction_sets[0].segments[1].get(2) == "CAFÉ"
    [forgiven] = read(data, tolerance=Tolerance(character_set=None))
    assert found(forgiven) == []


def test_signs_that_level_a_does_not_have_are_a_warning_said_once() -> None:
    text = f"{UNB.replace('UNOC', 'UNOA')}UNH+1+ORDERS:D:96A:UN'COM+A@B.EXAMPLE:EM'COM+C@D.EXAMPLE:EM'UNT+4+1'UNZ+1+4711'"
    [one] = read(text.encode())
    [finding] = found(one)
    assert (*said_of(finding), finding.severity) == ("character-invalid", "COM01-1 at segment 2", Severity.WARNING)
    assert faults(text, tolerance=Tolerance(lower_case=None)) == []
    assert faults(text.replace("UNOA", "UNOC")) == []


def test_the_next_interchange_begins_with_its_own_una() -> None:
    cut = f"{UNB}UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+1+9'"
    first, second = read((cut + EDIFACT_ORDERS.decode()).encode())
    assert (first.end, second.start) == (len(cut), len(cut))
    assert [said_of(f)[0] for f in found(first)] == ["interchange-trailer-missing", "set-trailer-missing"]
    assert [s.tag for s in first.transaction_sets[0].segments] == ["UNH", "BGM"]
    assert [said_of(f)[0] for f in found(second)] == ["interchange-duplicate"]  # as the cut one had the number


@pytest.mark.parametrize("text", ["UNA:+.? '", "UNA:+.? 'UIB+UNOA:0+1'", "UNB:UNOC:3", "UNBELIEVABLE", "UNA:+.? 'UNB|UNOC:3|"])
def test_a_una_without_its_unb_is_no_interchange(text: str) -> None:
    with pytest.raises(NoInterchangeError):
        read(text.encode())
