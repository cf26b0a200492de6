"""Reading X12: separators, fields, and every fault of an envelope with its place."""

import pytest

from edi.errors import NoInterchangeError
from edi.finding import Finding, FindingCode, Severity
from edi.read import Limits, read, sniff
from edi.tolerance import Tolerance
from edi.values import Identity, Repeats, Standard
from tests.support.edi import ISA, interchange, reads, said_of
from tests.support.interchanges import EDIFACT_ORDERS, X12_850

SET = "ST*850*0001~BEG*00*NE*1**20260102~PO1*1*1*EA*1~SE*4*0001~"


def faults(data: bytes, **options) -> list[tuple[str, str]]:
    """Code and place of what the reader alone finds, of the interchange, then its groups and their sets."""
    return [said_of(f) for one in read(data, **options) for f in every(one)]


def at(place: str, data: bytes) -> str:
    """A place with the offset of the first such segment for "@TAG"."""
    text, _, tag = place.partition("@")
    return text + str(data.index(f"~{tag}*".encode()) + 1) if tag else text


def every(one) -> list[Finding]:
    groups = [(*group.findings, *(f for ts in group.transaction_sets for f in ts.findings)) for group in one.groups]
    return [*one.findings, *(f for found in groups for f in found)]


def test_the_fields_of_the_envelope_are_read() -> None:
    [one] = read(X12_850)
    assert (one.standard, one.version, one.control_number, one.usage, one.ack_requested) == (
        Standard.X12,
        "00401",
        "000004711",
        "live",
        False,
    )
    assert (one.sender, one.receiver) == (Identity("ZZ", "NORTHMART"), Identity("ZZ", "HARBORLINE"))
    assert (one.date, one.time, one.start, one.end, one.is_test) == ("261118", "0915", 0, len(X12_850), False)
    [group] = one.groups
    assert (group.functional_id, group.sender, group.receiver, group.control_number) == ("PO", "NORTHMART", "HARBORLINE", "4711")
    assert group.release == "004010"
    first, second = group.transaction_sets
    assert (first.set_id, first.control_number, first.release, first.industry) == ("850", "0001", "004010", "")
    assert X12_850[first.start : first.end].startswith(b"ST*850*0001~")
    assert X12_850[first.start : first.end].endswith(b"SE*6*0001~")
    assert second.start == first.end
    assert [s.position for s in first.segments] == [1, 2, 3, 4, 5, 6]


def test_release_and_industry_are_told_apart() -> None:
    [one] = read(interchange(SET, release="004010VICS"))
    assert [(s.release, s.industry) for s in one.transaction_sets] == [("004010", "VICS")]
    [one] = read(interchange(SET.replace("ST*850*0001~", "ST*850*0001*005010X999~"), release="005010"))
    assert [(s.release, s.industry) for s in one.transaction_sets] == [("005010", "X999")]


@pytest.mark.parametrize(("sign", "usage"), [("P", "live"), ("T", "test"), ("I", "information")])
def test_the_usage_indicator_says_what_it_is_for(sign: str, usage: str) -> None:
    [one] = read(X12_850.replace(b"*0*P*>", b"*1*%b*>" % sign.encode()))
    assert (one.usage, one.ack_requested) == (usage, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [("~", "\n"), ("~", "\r\n"), ("~", "\n\n"), ("~", "\r\r\n"), ("~", "~\r\n"), ("*", "|"), ("*", "\x1d"), ("~", "\x1c"), ("~", "'\n\n")],
)
def test_any_sign_may_be_a_separator(old: str, new: str) -> None:
    data = X12_850.decode().replace(old, new).encode()
    [one] = read(data)
    assert every(one) == []
    assert [len(s.segments) for s in one.transaction_sets] == [6, 5]


def test_isa11_separates_repetitions_from_00402_on() -> None:
    data = interchange(SET.replace("*NE*1", "*NE^SA*1"))
    [old] = read(data)
    assert old.delimiters.repetition is None
    assert old.transaction_sets[0].segments[1].elements[1] == "NE^SA"
    [new] = read(data.replace(b"*U*00401*", b"*^*00501*"))
    assert new.delimiters.repetition == "^"
    assert new.transaction_sets[0].segments[1].elements[1] == Repeats(("NE", "SA"))
    [none] = read(data.replace(b"*U*00401*", b"*U*00501*"))
    assert none.delimiters.repetition is None
    [odd] = read(data.replace(b"*U*00401*", b"*^*00401*"))
    assert [(*said_of(f), f.severity) for f in every(odd)] == [("interchange-header-invalid", "ISA11 at byte 0", Severity.WARNING)]
    assert odd.delimiters.repetition is None


def test_an_isa_that_is_not_padded_is_read_and_faulted_element_by_element() -> None:
    isa = "ISA*00**00**ZZ*NORTHMART*ZZ*HARBORLINE*260102*0304*U*00401*1*0*P*>~"
    found = faults(interchange(SET, isa=isa))
    assert [place for code, place in found if code == "interchange-header-invalid"] == [f"ISA{i:02} at byte 0" for i in (2, 4, 6, 8, 13)]
    assert found[-1] == ("interchange-control-number-mismatch", at("IEA02 at byte @IEA", interchange(SET, isa=isa)))
    assert read(interchange(SET, isa=isa))[0].receiver == Identity("ZZ", "HARBORLINE")


def test_an_isa_without_its_last_element_ends_with_its_line() -> None:
    data = interchange(SET, isa=ISA.replace("*>~", "*~")).replace(b"~", b"~\n")
    [one] = read(data)
    assert one.delimiters.segment == "~"
    assert [said_of(f) for f in every(one)] == [("interchange-header-invalid", "ISA16 at byte 0")]


def test_separators_that_became_several_bytes_are_still_separators() -> None:
    data = X12_850.decode().replace("~", "…").encode()
    [one] = read(data)
    assert every(one) == []
    assert len(one.transaction_sets) == 2


@pytest.mark.parametrize("signs", ["**~", ">>~", "*A~", "* ~", ">*~"])
def test_separators_with_two_meanings_leave_nothing_to_read(signs: str) -> None:
    isa = ISA[:-3] + signs
    [one] = read(interchange(SET, isa=isa))
    assert FindingCode.DELIMITERS_INVALID in [f.code for f in one.findings] or isa == ISA
    assert one.groups == ()


@pytest.mark.parametrize(
    ("element", "value", "code"),
    [
        (6, " " * 15, "interchange-header-invalid"),
        (8, " " * 15, "interchange-header-invalid"),
        (9, "261318", "interchange-header-invalid"),
        (10, "2460", "interchange-header-invalid"),
        (12, "99999", "interchange-version-unsupported"),
        (13, "00000000A", "interchange-control-number-invalid"),
        (14, "2", "interchange-header-invalid"),
        (15, "X", "interchange-header-invalid"),
    ],
)
def test_a_fault_in_a_field_of_the_isa_is_located(element: int, value: str, code: str) -> None:
    fields = ISA[:-1].split("*")
    fields[element] = value
    data = interchange(SET, isa="*".join(fields) + "~")
    data = data.replace(b"IEA*1*000000001", b"IEA*1*%b" % fields[13].encode())
    assert (code, f"ISA{element:02} at byte 0") in faults(data)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("SE*4*", "SE*5*", ("set-count-mismatch", "SE01 at segment 4")),
        ("SE*4*", "SE*X*", ("set-count-mismatch", "SE01 at segment 4")),
        ("SE*4*0001", "SE*4*0002", ("set-control-number-mismatch", "SE02 at segment 4")),
        ("SE*4*0001", "SE*4*1", ("set-control-number-mismatch", "SE02 at segment 4")),
        ("SE*4*0001~", "", ("set-trailer-missing", "PO1 at segment 3")),
        ("ST*850*0001", "ST**0001", ("set-header-invalid", "ST01 at segment 1")),
        ("0001", "1", ("set-control-number-invalid", "ST02 at segment 1")),
        ("GE*1*1", "GE*2*1", ("group-count-mismatch", "GE01 at byte @GE")),
        ("GE*1*1", "GE*1*2", ("group-control-number-mismatch", "GE02 at byte @GE")),
        ("GE*1*1~", "", ("group-trailer-missing", "GS at byte 106")),
        ("*0304*1*X*", "*0304*ABC*X*", ("group-control-number-invalid", "GS06 at byte 106")),
        ("GS*PO*", "GS**", ("group-header-invalid", "GS01 at byte 106")),
        ("GS*PO*NORTHMART", "GS*PO*", ("group-header-invalid", "GS02 at byte 106")),
        ("*HARBORLINE*2026", "*HARBORLINE-FOODS*2026", ("group-header-invalid", "GS03 at byte 106")),
        ("*X*004010", "*X*", ("group-release-unsupported", "GS08 at byte 106")),
        ("GS*PO*", "GS*IN*", ("set-not-in-group", "ST01 at segment 1")),
        ("IEA*1*", "IEA*2*", ("interchange-count-mismatch", "IEA01 at byte @IEA")),
        ("IEA*1*000000001", "IEA*1*000000002", ("interchange-control-number-mismatch", "IEA02 at byte @IEA")),
        ("IEA*1*000000001~", "", ("interchange-trailer-missing", "GE at byte @GE")),
        ("~GE*", "~XX*1~GE*", ("data-outside-envelope", "XX at byte @XX")),
        ("~IEA", "~XX*1~YY*2~IEA", ("data-outside-envelope", "XX at byte @XX")),
        ("PO1*1", "~~PO1*1", ("segment-empty", "segment 2")),
    ],
)
def test_a_fault_in_the_envelope_is_located(old: str, new: str, expected: tuple[str, str]) -> None:
    data = interchange(SET).decode()
    assert old in data
    wrong = data.replace(old, new).encode()
    code, place = expected
    assert (code, at(place, wrong)) in faults(wrong)


def test_one_fault_is_one_finding() -> None:
    data = interchange(SET)
    assert faults(data) == []
    assert faults(data.replace(b"SE*4*", b"SE*5*")) == [("set-count-mismatch", "SE01 at segment 4")]
    assert faults(data.replace(b"IEA*1*000000001~", b"")) == [("interchange-trailer-missing", at("GE at byte @GE", data))]


def test_a_set_without_a_group_is_the_interchanges_fault() -> None:
    [one] = read(f"{ISA}{SET}IEA*0*000000001~".encode())
    assert [said_of(f) for f in every(one)] == [("group-header-missing", "ST at segment 1")]
    [group] = one.groups
    assert group.header is None
    assert [s.set_id for s in group.transaction_sets] == ["850"]


@reads(SET + SET)
def test_a_control_number_used_twice_in_a_group_is_a_duplicate(findings: list[Finding]) -> None:
    assert [said_of(f) for f in findings] == [("set-control-number-duplicate", "ST02 at segment 1")]
    assert findings[0].location.offset == interchange(SET).index(b"GE*")


def test_group_numbers_may_repeat_between_kinds_but_not_within_one() -> None:
    group = "GS*PO*A*B*20260102*0304*7*X*004010~" + SET + "GE*1*7~"
    assert faults(f"{ISA}{group}{group}IEA*2*000000001~".encode()) == [("group-control-number-duplicate", "GS06 at byte 205")]
    other = group.replace("GS*PO", "GS*IN").replace("ST*850", "ST*810")
    assert faults(f"{ISA}{group}{other}IEA*2*000000001~".encode()) == []


@reads("ST*850*0001~BEG*00*NE***20240102~PO1*1*1*EA*1~SE*4*0001~")
def test_an_850_without_a_po_number_is_refused_at_BEG03(findings: list[Finding]) -> None:
    [finding] = findings
    assert (finding.code, str(finding.location)) == (FindingCode.REQUIRED_ELEMENT_MISSING, "BEG03 at segment 2")


def test_what_an_agreement_forgives_is_not_found() -> None:
    forgiving = Tolerance(padding=None, group_kind=None)
    data = interchange(SET.replace("SE*4*0001", "SE*4*1"), functional_id="IN")
    assert [code for code, _ in faults(data)] == ["set-not-in-group", "set-control-number-mismatch"]
    assert faults(data, tolerance=forgiving) == []


def test_an_interchange_with_only_a_ta1_is_not_empty() -> None:
    ta1 = "TA1*000000007*260102*0304*A*000~"
    [one] = read(f"{ISA}{ta1}IEA*0*000000001~".encode())
    assert every(one) == []
    assert [s.tag for s in one.service_segments] == ["TA1"]
    assert faults(f"{ISA}IEA*0*000000001~".encode()) == [("interchange-empty", "IEA at byte 106")]


def test_the_next_interchange_begins_even_where_the_first_does_not_end() -> None:
    cut = X12_850[: X12_850.index(b"GE*")].replace(b"000004711", b"000004710")
    first, second = read(cut + X12_850 + EDIFACT_ORDERS.replace(b"UNB+UNOC:3", b"UNB+UNOC:3"))[:2]
    assert [f.code for f in first.findings] == [FindingCode.INTERCHANGE_TRAILER_MISSING]
    assert (first.end, second.start) == (len(cut), len(cut))
    assert every(second) == []


def test_interchanges_of_both_families_may_follow_each_other() -> None:
    found = read(X12_850 + b"\r\n" + EDIFACT_ORDERS + b"\n\n" + X12_850.replace(b"*", b"|").replace(b"000004711", b"000004712"))
    assert [one.standard for one in found] == [Standard.X12, Standard.EDIFACT, Standard.X12]
    assert [f for one in found for f in every(one)] == []


def test_what_follows_the_last_interchange_is_told_once() -> None:
    assert faults(X12_850 + b"-- \r\nsent by me") == [("data-outside-envelope", f"byte {len(X12_850)}")]
    assert faults(X12_850 + b"\r\n \x1a\x00") == []


def test_data_that_ends_within_a_segment_is_told() -> None:
    cut = X12_850[: X12_850.index(b"CTT*1") + 4]
    assert [code for code, _ in faults(cut)] == [
        "segment-terminator-missing",
        "interchange-trailer-missing",
        "group-trailer-missing",
        "set-trailer-missing",
    ]
    [one] = read(X12_850[:-1])
    assert [(*said_of(f), f.severity) for f in every(one)] == [
        ("segment-terminator-missing", f"IEA at byte {X12_850.index(b'IEA')}", Severity.WARNING)
    ]


def test_text_is_utf_8_and_else_iso_8859_1() -> None:
    text = SET.replace("PO1*1*1*EA*1~", "N1*ST*CAFÉ MÜLLER~")
    for encoding in ("utf-8", "iso8859-1"):
        [one] = read(interchange(text).decode().encode(encoding))
        assert one.transaction_sets[0].segments[2].get(2) == "CAFÉ MÜLLER"
        assert every(one) == []


@pytest.mark.parametrize(
    ("limits", "place"),
    [
        (Limits(bytes=180), "byte 180"),
        (Limits(segments=4), "BEG at segment 2"),
        (Limits(elements=20), "ST at segment 1"),
        (Limits(interchanges=1), None),
    ],
)
def test_a_limit_gives_a_finding_and_ends_the_reading(limits: Limits, place: str | None) -> None:
    data = interchange(SET.replace("BEG*00", "BEG*00" if limits.elements > 20 else "BEG" + "*" * 1100 + "00"))
    data = data * 2 if limits.interchanges == 1 else data
    found = [(code, at) for code, at in faults(data, limits=limits) if code == "limit-exceeded"]
    assert len(found) == 1
    if place and "byte" in place:
        assert found[0][1] == place


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no data"),
        (b"  \r\n", "no data"),
        (b"hello", "no ISA"),
        (b"ISABELLA", "incomplete"),
        (X12_850[:90], "incomplete"),
        (b"<?xml version='1.0'?>", "XML"),
        (b'{"a": 1}', "JSON"),
        (b"ST*850*0001~", "without an interchange header"),
        (b"UNH+1+ORDERS:D:96A:UN'", "without an interchange header"),
        (b"UIB+UNOA:0++1'", "interactive"),
        (b"STX=ANAA:1+5000000000000'", "TRADACOMS"),
        ("ISA*00*".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_interchange_is_refused_with_a_word_on_what_it_is(data: bytes, word: str) -> None:
    with pytest.raises(NoInterchangeError, match=word):
        read(data)
    assert sniff(data) is None


def test_sniffing_looks_at_the_first_bytes_only() -> None:
    assert sniff(X12_850[:200]) is Standard.X12
    assert sniff(b"\xef\xbb\xbf\r\n" + EDIFACT_ORDERS) is Standard.EDIFACT


def test_the_same_number_twice_in_one_file_is_told() -> None:
    first, second, other = read(X12_850 + X12_850 + X12_850.replace(b"000004711", b"000004712"))
    assert [f.code for f in (*first.findings, *other.findings)] == []
    [finding] = second.findings
    assert (finding.code, finding.severity) == (FindingCode.INTERCHANGE_DUPLICATE, Severity.WARNING)
    assert finding.location.element == 13
