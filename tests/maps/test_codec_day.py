"""Dates and times as the pattern of a partner says them."""

from zoneinfo import ZoneInfo

import pytest

from maps.codecs import CodecError, Inexact, make
from maps.finding import MapFindingCode as Code
from maps.run import EncodeContext

CHICAGO = EncodeContext(ZoneInfo("America/Chicago"))


def day(pattern):
    return make("day", pattern, 1, {}, "csv")


@pytest.mark.parametrize(
    ("pattern", "text", "value", "written"),
    [
        ("DD.MM.YYYY", "18.11.2026", "2026-11-18", "18.11.2026"),
        ("DD.MM.YYYY", " 8.1.2026 ", "2026-01-08", "08.01.2026"),
        ("MM/DD/YY", "11/18/26", "2026-11-18", "11/18/26"),
        ("MM/DD/YY", "11/18/85", "1985-11-18", "11/18/85"),
        ("YYMMDD", "261118", "2026-11-18", "261118"),
        ("YYYY-MM-DD hh:mm", "2026-11-18 09:15", "2026-11-18T09:15:00-06:00", "2026-11-18 09:15"),
        ("YYYYMMDDhhmmss", "20260718091559", "2026-07-18T09:15:59-05:00", "20260718091559"),
        ("{DD}.MM.YYYY", "{18}.11.2026", "2026-11-18", "{18}.11.2026"),
    ],
)
def test_both_ways(pattern, text, value, written):
    codec = day(pattern)
    assert codec.decode((text,), CHICAGO) == value
    assert codec.encode(value, CHICAGO) == (written,)
    assert codec.decode((written,), CHICAGO) == value


@pytest.mark.parametrize("text", ["31.02.2026", "2026-11-18", "18.11.26", "18.11.2026 9", "x", "٠١.٠١.٢٠٢٦"])
def test_what_is_no_such_day(text):
    with pytest.raises(CodecError) as caught:
        day("DD.MM.YYYY").decode((text,), CHICAGO)
    assert (caught.value.code, caught.value.hint) == (Code.DATE_INVALID, "DD.MM.YYYY")


@pytest.mark.parametrize("pattern", ["", "DD.MM", "YYYY", "DD.DD.YYYY", "YYYY.YY.MM.DD", "DD.MM.YYYY hh", "DD.MM.YYYY ss"])
def test_patterns_that_say_no_day(pattern):
    with pytest.raises(ValueError, match=r"day takes|a time has"):
        day(pattern)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("DD.MM.YYYY hh:mm", "2026-11-18"), ("YYMMDD", "1979-01-01"), ("YYMMDD", "2080-01-01"), ("DD.MM.YYYY", "soon"), ("DD.MM.YYYY", "2026-11-18T09:15:00")],
)  # fmt: skip
def test_what_has_no_such_form(pattern, value):
    with pytest.raises(CodecError) as caught:
        day(pattern).encode(value, CHICAGO)
    assert caught.value.code is Code.VALUE_NOT_WRITABLE


@pytest.mark.parametrize(
    ("pattern", "value", "text"),
    [
        ("DD.MM.YYYY", "2026-11-18T09:15:00-06:00", "18.11.2026"),
        ("YYYY-MM-DD hh:mm", "2026-11-18T09:15:30-06:00", "2026-11-18 09:15"),
        ("YYYY-MM-DD hh:mm", "2026-11-01T01:30:00-06:00", "2026-11-01 01:30"),
    ],
)
def test_what_loses_a_part_says_so(pattern, value, text):
    texts = day(pattern).encode(value, CHICAGO)
    assert type(texts) is Inexact
    assert texts == (text,)
