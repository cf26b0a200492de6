"""Data types, dates and times."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.datatypes import edifact_check, is_date, is_period, is_time, x12_check
from edi.finding import FindingCode

SHORT, LONG = FindingCode.ELEMENT_TOO_SHORT, FindingCode.ELEMENT_TOO_LONG
NUMBER, CHARACTER = FindingCode.NUMBER_INVALID, FindingCode.CHARACTER_INVALID


@pytest.mark.parametrize(
    ("kind", "least", "most", "text", "expected"),
    [
        ("AN", 2, 4, "AB", None),
        ("AN", 2, 4, "A", SHORT),
        ("AN", 2, 4, "ABCDE", LONG),
        ("AN", 1, 9, "CAFÉ", None),
        ("AN", 1, 9, "A\tB", CHARACTER),
        ("AN", 1, 9, "A\x85B", CHARACTER),
        ("AN", 1, 9, "漢字", CHARACTER),
        ("AN", 1, 9, "  ", CHARACTER),
        ("ID", 2, 2, "ZZ", None),
        ("N0", 1, 3, "123", None),
        ("N0", 1, 3, "-123", None),
        ("N0", 1, 3, "1234", LONG),
        ("N0", 3, 3, "12", SHORT),
        ("N2", 1, 5, "1.5", NUMBER),
        ("N0", 1, 5, "+1", NUMBER),
        ("N0", 1, 5, "1-", NUMBER),
        ("N0", 1, 5, "１", NUMBER),
        ("R", 1, 5, "12345", None),
        ("R", 1, 5, "-123.45", None),
        ("R", 1, 5, "123.456", LONG),
        ("R", 1, 5, ".5", None),
        ("R", 1, 5, "5.", None),
        ("R", 1, 5, ".", NUMBER),
        ("R", 1, 5, "1,5", NUMBER),
        ("R", 1, 5, "1.2.3", NUMBER),
        ("R", 1, 5, "1E5", NUMBER),
        ("R", 1, 5, " 1", NUMBER),
        ("DT", 8, 8, "20260229", FindingCode.DATE_INVALID),
        ("DT", 8, 8, "20240229", None),
        ("DT", 8, 8, "260102", SHORT),
        ("TM", 4, 8, "2359", None),
        ("TM", 4, 8, "2400", FindingCode.TIME_INVALID),
        ("TM", 4, 8, "12345", FindingCode.TIME_INVALID),
        ("B", 1, 5, "\x00\x01", None),
        ("B", 1, 5, "\x00" * 6, LONG),
    ],
)
def test_x12(kind: str, least: int, most: int, text: str, expected: FindingCode | None) -> None:
    assert x12_check(kind, least, most)(text) is expected


@pytest.mark.parametrize(
    ("kind", "least", "most", "decimal", "text", "expected"),
    [
        ("an", 1, 3, ".", "ABC", None),
        ("an", 1, 3, ".", "ABCD", LONG),
        ("an", 3, 3, ".", "AB", SHORT),
        ("an", 1, 3, ".", "A\n", CHARACTER),
        ("a", 1, 3, ".", "ABC", None),
        ("a", 1, 3, ".", "AB1", CHARACTER),
        ("n", 1, 3, ".", "12.3", None),
        ("n", 1, 3, ".", "-12.3", None),
        ("n", 1, 3, ".", "12.34", LONG),
        ("n", 1, 3, ".", "12,3", NUMBER),
        ("n", 1, 3, ",", "12,3", None),
        ("n", 1, 3, ",", "12.3", NUMBER),
        ("n", 1, 3, ".,", "12,3", None),
        ("n", 1, 3, ".,", "12.3", None),
        ("n", 1, 3, ".", "2.", NUMBER),
        ("n", 1, 3, ".", ".5", None),
        ("n", 1, 3, ".", "ABC", NUMBER),
        ("n", 6, 6, ".", "12345", SHORT),
    ],
)
def test_edifact(kind: str, least: int, most: int, decimal: str, text: str, expected: FindingCode | None) -> None:
    assert edifact_check(kind, least, most, decimal)(text) is expected


@given(st.dates())
@settings(max_examples=100)
def test_every_day_of_the_calendar_is_a_date_and_the_day_after_a_month_is_not(day: date) -> None:
    assert is_date(f"{day:%Y%m%d}".rjust(8, "0"))
    assert is_date(f"{day:%y%m%d}")
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if day < date(9999, 12, 1) else day.replace(day=31)
    assert not is_date(f"{last.year:04}{last.month:02}{last.day + 1:02}")


@pytest.mark.parametrize("text", ["", "2026", "20261301", "20260100", "00000101", "2026-1-1", "２０２６０１０１", "19000229"])
def test_these_are_no_dates(text: str) -> None:
    assert not is_date(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0000", True),
        ("235959", True),
        ("2359599", True),
        ("23595999", True),
        ("126000", False),
        ("1260", False),
        ("12:3", False),
        ("1", False),
    ],
)
def test_times(text: str, expected: bool) -> None:
    assert is_time(text) is expected


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("102", "20260102", True),
        ("102", "20260132", False),
        ("102", "260102", False),
        ("101", "260102", True),
        ("2", "310126", True),
        ("2", "320126", False),
        ("203", "202601022359", True),
        ("203", "202601022460", False),
        ("203", "20260102", False),
        ("616", "202653", True),
        ("616", "202654", False),
        ("718", "2026010220260103", True),
        ("718", "20260102-20260103", True),
        ("718", "20260102", False),
        ("610", "202613", False),
        ("RD8", "20260102-20260103", True),
        ("RD8", "2026010220260103", False),
        ("D8", "20260102", True),
        ("TM", "2500", False),
        ("804", "14", True),
        ("303", "anything", True),
        ("", "anything", True),
    ],
)
def test_periods_have_the_form_that_their_qualifier_names(form: str, text: str, expected: bool) -> None:
    assert is_period(text, form) is expected
