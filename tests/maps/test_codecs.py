"""Each codec: what it reads, what it writes, what it refuses."""

from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from edi.grammar.load import load
from edi.values import Standard
from maps.codecs import NAMES, CodecError, Inexact, make
from maps.codecs.countries import ALPHA_2
from maps.finding import MapFindingCode as Code
from maps.tables import parse_table

from .conftest import CHICAGO, out

KOLKATA, CENTRAL_STANDARD = ZoneInfo("Asia/Kolkata"), timezone(timedelta(hours=-6))


def codec(name, places=1, arg="", tables=None, syntax="x12"):
    return make(name, arg, places, tables or {}, syntax)


def table(raw, name="t"):
    faults = []
    made = {name: parse_table(name, raw, lambda *told: faults.append(told))}
    assert not faults
    return made


@pytest.mark.parametrize(
    ("name", "wire", "value"),
    [
        ("str", ("MARIA",), "MARIA"),
        ("num", ("48",), "48"),
        ("num", ("-31.25",), "-31.25"),
        ("num", ("0",), "0"),
        ("n2", ("2500",), "25.00"),
        ("n2", ("-5",), "-0.05"),
        ("int", ("30",), 30),
        ("date", ("20261118",), "2026-11-18"),
        ("gtin12", ("085234500106",), "00085234500106"),
        ("gtin13", ("0085234500106",), "00085234500106"),
        ("gtin14", ("00085234500106",), "00085234500106"),
        ("gtin", ("0085234500106",), "00085234500106"),
        ("gtin", ("10085234500103",), "10085234500103"),
        ("sscc", ("008523450000012015",), "008523450000012015"),
        ("sscc20", ("00008523450000012015",), "008523450000012015"),
        ("country", ("US",), "US"),
        ("dtz", ("20261202", "1430", "CT"), "2026-12-02T14:30:00-06:00"),
        ("dtz", ("20260702", "143005", "CT"), "2026-07-02T14:30:05-05:00"),
        ("dtz", ("20261202", "14300525", "CT"), "2026-12-02T14:30:05.250000-06:00"),
        ("dtz", ("20261208", "", ""), "2026-12-08"),
        ("dtz", ("20261202", "1505"), "2026-12-02T15:05:00-06:00"),
        ("edtm", ("20261118", "102"), "2026-11-18"),
        ("edtm", ("202611180915", "203"), "2026-11-18T09:15:00-06:00"),
        ("edtm", ("20261118091501", "204"), "2026-11-18T09:15:01-06:00"),
        ("edate", ("20261118", "102"), "2026-11-18"),
        ("iso", ("2026-11-18",), "2026-11-18"),
        ("iso", ("2026-11-18T09:15:00-06:00",), "2026-11-18T09:15:00-06:00"),
    ],
)
def test_both_directions(name, wire, value):
    made = codec(name, len(wire))
    assert made.decode(wire, out()) == value
    assert made.encode(value, out()) == wire


@pytest.mark.parametrize(
    ("name", "wire", "value", "normal"),
    [
        ("num", ("031.200",), "31.2", ("31.2",)),
        ("num", ("+5.",), "5", ("5",)),
        ("num", (".5",), "0.5", ("0.5",)),
        ("num", ("-0.00",), "0", ("0",)),
        ("num", (" 7 ",), "7", ("7",)),
        ("n2", ("007",), "0.07", ("7",)),
        ("n2", ("-0",), "0.00", ("0",)),
        ("int", ("007",), 7, ("7",)),
        ("date", ("261118",), "2026-11-18", ("20261118",)),
        ("date", ("991118",), "1999-11-18", ("19991118",)),
        ("sscc20", ("008523450000012015",), "008523450000012015", ("00008523450000012015",)),
        ("sscc", ("00008523450000012015",), "008523450000012015", ("008523450000012015",)),
        ("gtin", ("85234567",), "00000085234567", ("0000085234567",)),
        ("country", ("USA",), "US", ("US",)),
        ("country", ("de",), "DE", ("DE",)),
        ("dtz", ("20261202", "1430", "UT"), "2026-12-02T14:30:00Z", ("20261202", "0830", "CT")),
        ("dtz", ("20261202", "1430", "05"), "2026-12-02T14:30:00+05:00", ("20261202", "0330", "CT")),
        ("dtz", ("20261202", "1430", "20"), "2026-12-02T14:30:00-05:00", ("20261202", "1330", "CT")),
        ("dtz", ("20261202", "1430", "NS"), "2026-12-02T14:30:00-03:30", ("20261202", "1200", "CT")),
        ("dtz", ("20261202", "1430", "NT"), "2026-12-02T14:30:00-03:30", ("20261202", "1200", "CT")),
        ("dtz", ("20260702", "1430", "PD"), "2026-07-02T14:30:00-07:00", ("20260702", "1630", "CT")),
        ("dtz", ("20261202", "1430", ""), "2026-12-02T14:30:00-06:00", ("20261202", "1430", "CT")),
        ("edtm", ("261118", "101"), "2026-11-18", ("20261118", "102")),
        ("edtm", ("2611180915", "201"), "2026-11-18T09:15:00-06:00", ("202611180915", "203")),
        ("edtm", ("20261118", ""), "2026-11-18", ("20261118", "102")),
        ("edtm", ("202611180915+0100", "205"), "2026-11-18T09:15:00+01:00", ("202611180215", "203")),
        ("edtm", ("202611180915-06", "205"), "2026-11-18T09:15:00-06:00", ("202611180915", "203")),
        ("edate", ("202611180915", "203"), "2026-11-18", ("20261118", "102")),
        ("iso", ("2026-11-18T09:15",), "2026-11-18T09:15:00-06:00", ("2026-11-18T09:15:00-06:00",)),
    ],
)
def test_other_spellings_are_read_and_one_is_written(name, wire, value, normal):
    made = codec(name, len(wire))
    assert made.decode(wire, out()) == value
    assert made.encode(value, out()) == normal


@pytest.mark.parametrize(
    ("name", "wire", "code"),
    [
        ("num", ("12x",), Code.NUMBER_INVALID),
        ("num", ("1,5",), Code.NUMBER_INVALID),
        ("num", ("1e5",), Code.NUMBER_INVALID),
        ("num", ("NaN",), Code.NUMBER_INVALID),
        ("num", ("٣",), Code.NUMBER_INVALID),
        ("num", ("1" * 25,), Code.NUMBER_INVALID),
        ("num", ("0.123456789",), Code.NUMBER_INVALID),
        ("num", ("9" * 100_000,), Code.NUMBER_INVALID),
        ("n2", ("25.00",), Code.NUMBER_INVALID),
        ("int", ("3.0",), Code.NUMBER_INVALID),
        ("date", ("20260231",), Code.DATE_INVALID),
        ("date", ("2026118",), Code.DATE_INVALID),
        ("date", ("２０２６１１１８",), Code.DATE_INVALID),
        ("dtz", ("20261118", "2460", ""), Code.TIME_INVALID),
        ("dtz", ("20261118", "930", ""), Code.TIME_INVALID),
        ("dtz", ("20261118", "0930", "QQ"), Code.CODE_UNKNOWN),
        ("dtz", ("20261118", "0930", "25"), Code.CODE_UNKNOWN),
        ("edtm", ("20261118", "203"), Code.TIME_INVALID),
        ("edtm", ("202611", "102"), Code.DATE_INVALID),
        ("edtm", ("202647", "616"), Code.CODE_UNKNOWN),
        ("edtm", ("202611180915+99", "205"), Code.TIME_INVALID),
        ("edtm", ("20261118", "205"), Code.TIME_INVALID),
        ("gtin12", ("085234500107",), Code.GTIN_INVALID),
        ("gtin12", ("85234500106",), Code.GTIN_INVALID),
        ("gtin14", ("ABCDEFGHIJKLMN",), Code.GTIN_INVALID),
        ("sscc", ("008523450000012016",), Code.SSCC_INVALID),
        ("sscc20", ("01008523450000012015",), Code.SSCC_INVALID),
        ("country", ("XX",), Code.CODE_UNKNOWN),
        ("iso", ("18.11.2026",), Code.DATE_INVALID),
        ("iso", ("2026-11-18T25:00",), Code.DATE_INVALID),
    ],
)
def test_what_is_refused_when_read(name, wire, code):
    with pytest.raises(CodecError) as caught:
        codec(name, len(wire)).decode(wire, out())
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("name", "places", "value"),
    [
        ("n2", 1, "25.001"),
        ("num", 1, "many"),
        ("int", 1, "1.5"),
        ("gtin12", 1, "10085234500103"),
        ("gtin13", 1, "10085234500103"),
        ("sscc", 1, "12"),
        ("date", 1, "tomorrow"),
        ("dtz", 3, "2026-12-02T14:30:00"),
        ("dtz", 3, "0001-01-01T00:00:00+23:00"),
    ],
)
def test_what_is_refused_when_written(name, places, value):
    with pytest.raises(CodecError) as caught:
        codec(name, places).encode(value, out())
    assert caught.value.code is Code.VALUE_NOT_WRITABLE


@pytest.mark.parametrize(
    ("name", "places", "value", "texts"),
    [
        ("date", 1, "2026-12-02T23:30:00-06:00", ("20261202",)),
        ("edate", 2, "2026-12-02T23:30:00-06:00", ("20261202", "102")),
        ("dtz", 3, "2026-12-02T14:30:00.000001-06:00", ("20261202", "143000", "CT")),
        ("edtm", 2, "2026-12-02T14:30:01.5-06:00", ("20261202143001", "204")),
        ("dtz", 2, "2026-11-01T01:30:00-06:00", ("20261101", "0130")),
    ],
)
def test_what_is_lost_when_written_is_marked(name, places, value, texts):
    written = codec(name, places).encode(value, out())
    assert type(written) is Inexact
    assert tuple(written) == texts


def test_the_repeated_hour_keeps_its_offset_where_the_wire_has_a_code():
    dtz = codec("dtz", 3)
    for value, code in (("2026-11-01T01:30:00-05:00", "CT"), ("2026-11-01T01:30:00-06:00", "CS")):
        texts = dtz.encode(value, out())
        assert texts == ("20261101", "0130", code)
        assert dtz.decode(texts, out()) == value


@pytest.mark.parametrize(
    ("zone", "texts"),
    [
        (UTC, ("20261202", "2030", "UT")),
        (KOLKATA, ("20261202", "2030", "UT")),  # no code has half an hour
        (timezone(timedelta(hours=8)), ("20261203", "0430", "08")),
        (CENTRAL_STANDARD, ("20261202", "1430", "19")),
        (ZoneInfo("America/New_York"), ("20261202", "1530", "ET")),
    ],
)
def test_times_are_written_in_the_zone_of_the_partner(zone, texts):
    dtz = codec("dtz", 3)
    assert dtz.encode("2026-12-02T14:30:00-06:00", out(zone)) == texts
    assert dtz.decode(texts, out(zone)) is not None


def test_without_a_place_for_the_zone_the_time_is_local_even_where_no_code_exists():
    local = codec("dtz", 2)
    assert local.encode("2026-12-02T14:30:00-06:00", out(KOLKATA)) == ("20261203", "0200")
    assert local.decode(("20261203", "0200"), out(KOLKATA)) == "2026-12-03T02:00:00+05:30"


def test_the_decimal_mark_of_the_interchange_counts():
    class Comma:
        zone, decimal = CHICAGO, ","

    num = codec("num")
    assert num.decode(("31,2",), Comma()) == "31.2"
    assert num.encode("31.2", Comma()) == ("31,2",)
    with pytest.raises(CodecError):
        num.decode(("31.2",), Comma())
    Comma.decimal = ".,"
    assert [num.decode((text,), Comma()) for text in ("31,2", "31.2")] == ["31.2", "31.2"]
    assert num.encode("31.2", Comma()) == ("31.2",)
    with pytest.raises(CodecError):
        num.decode(("1.031,2",), Comma())


class TestTables:
    def test_words_and_codes(self):
        made = codec("code", arg="t", tables=table({"CA": "XCS", "CS": {"to": "XCS", "dir": "in"}, "EA": "EA"}))
        assert [made.decode((code,), out()) for code in ("CA", "CS", "EA")] == ["XCS", "XCS", "EA"]
        assert made.encode("XCS", out()) == ("CA",)

    def test_a_row_for_writing_goes_before_the_others(self):
        made = codec("code", arg="t", tables=table({"A": "x", "B": {"to": "x", "dir": "out"}}))
        assert made.encode("x", out()) == ("B",)
        with pytest.raises(CodecError):
            made.decode(("B",), out())

    def test_one_code_may_stand_for_several_words_when_written(self):
        made = codec("code", arg="t", tables=table({"0001": [{"to": "SOPI", "dir": "out"}, {"to": "SOTPI", "dir": "out"}]}))
        assert made.encode("SOPI", out()) == made.encode("SOTPI", out()) == ("0001",)

    @pytest.mark.parametrize(("policy", "value"), [("passthrough", "x12:QK"), ("residue", None)])
    def test_what_no_row_has(self, policy, value):
        made = codec("code", arg="t", tables=table({"onMissing": policy, "DP": "department"}))
        assert made.decode(("QK",), out()) == value

    def test_what_no_row_has_is_an_error_by_default(self):
        made = codec("code", arg="t", tables=table({"DP": "department"}))
        with pytest.raises(CodecError) as caught:
            made.decode(("QK",), out())
        assert (caught.value.code, caught.value.hint) == (Code.CODE_UNKNOWN, "table t")

    def test_a_code_that_passed_through_comes_back_in_its_own_syntax_only(self):
        made = codec("code", arg="t", tables=table({"DP": "department"}))
        assert made.encode("x12:QK", out()) == ("QK",)
        with pytest.raises(CodecError):
            made.encode("edifact:QK", out())

    @pytest.mark.parametrize(
        "raw",
        [
            {1: "x"},
            {"A": 5},
            {"A": ""},
            {"A": {"to": "x", "dir": "sideways"}},
            {"A": {"dir": "in"}},
            {"A": {"to": "x", "note": "y"}},
            {"A": ["x", "y"]},
            {"onMissing": "guess"},
        ],
    )
    def test_faults_of_a_table_are_told(self, raw):
        faults = []
        parse_table("t", raw, lambda *told: faults.append(told))
        assert len(faults) == 1


class TestPieces:
    def test_a_text_in_two_places(self):
        made = codec("text", 2, "5")
        for text in ("abcdefgh", "abcde", "abc", "ab  de fg", "abcd fghi"):
            assert made.decode(made.encode(text, out()), out()) == text

    def test_a_piece_that_is_not_full_ends_with_a_word(self):
        assert codec("text", 3, "10").decode(("SALTINE", "CRACKERS", ""), out()) == "SALTINE CRACKERS"

    def test_nothing_is_nothing_and_too_much_is_too_much(self):
        made = codec("text", 2, "5")
        assert made.decode(("", " "), out()) is None
        with pytest.raises(CodecError) as caught:
            made.encode("x" * 11, out())
        assert caught.value.code is Code.VALUE_TOO_LONG


@pytest.mark.parametrize(
    ("name", "arg", "places", "words"),
    [
        ("guess", "", 1, "there is no codec guess"),
        ("code", "missing", 1, "there is no table missing"),
        ("uom", "", 1, "there is no table uom"),
        ("date", "x", 1, "takes no argument"),
        ("date", "", 2, "has 1 places, not 2"),
        ("dtz", "", 1, "has 2 or 3 places"),
        ("n", "x", 1, "implied decimal places"),
        ("text", "", 2, "width"),
    ],
)
def test_a_codec_that_does_not_fit_is_refused_in_words(name, arg, places, words):
    with pytest.raises(ValueError, match=words):
        make(name, arg, places, {}, "x12")


def test_every_name_makes_a_codec():
    tables = table({"EA": "EA"}, "uom")
    args = {"n": "2", "dec": "2", "code": "uom", "text": "5", "day": "DD.MM.YYYY"}
    places = {"dtz": 3, "edtm": 2, "edate": 2}
    for name in NAMES:
        assert make(name, args.get(name, ""), places.get(name, 1), tables, "x12")


def test_every_country_has_two_and_three_letters():
    assert len(ALPHA_2) == len(set(ALPHA_2.values())) == 249
    assert all(len(three) == 3 and len(two) == 2 and (three + two).isupper() for three, two in ALPHA_2.items())


def test_time_codes_are_those_of_the_standard():
    """Every 623 code of X12 is read but LT's kind; no other is."""
    message = load(Standard.X12, "004010", "856")
    codes = message.segments["DTM"].elements[3].definition.codes
    assert codes
    dtz = codec("dtz", 3)
    for code in codes:
        assert dtz.decode(("20261202", "1430", code), out())
