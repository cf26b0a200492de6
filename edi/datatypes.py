"""What the data types of the standards allow: X12.6 (AN ID DT TM R Nn B) and ISO 9735 (a n an), dates and times included.

A check takes the text of one value that is not empty and gives the fault, or None.
"""

import re
from collections.abc import Callable
from typing import Final

from edi.finding import FindingCode

__all__ = ["Check", "edifact_check", "is_date", "is_period", "is_time", "x12_check"]

Check = Callable[[str], FindingCode | None]

#: X12.6 extended set: the printable characters and the Latin letters of national languages; no control characters
_X12_OUTSIDE: Final = re.compile(r"[^ -~\u00a1-\u017f]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INTEGER: Final = re.compile(r"-?([0-9]+)")
_DECIMAL: Final = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")
_DIGIT: Final = re.compile(r"[0-9]")
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


# --- X12 -----------------------------------------------------------------------------------------------------------------------------


def x12_check(kind: str, least: int, most: int) -> Check:
    """The check of an X12 data element. Lengths of numbers are those of their digits (X12.6: sign and decimal point do not count)."""
    if kind == "DT":
        return _sized(least, most, FindingCode.DATE_INVALID, is_date)
    if kind == "TM":
        return _sized(least, most, FindingCode.TIME_INVALID, is_time)
    if kind == "R":
        return _number(least, most, _DECIMAL, ".")
    if kind.startswith("N"):
        return _number(least, most, _INTEGER, "")
    if kind == "B":
        return _length(least, most)
    return _x12_text(least, most)


def _x12_text(least: int, most: int) -> Check:
    outside = _X12_OUTSIDE.search

    def check(text: str) -> FindingCode | None:
        if not least <= len(text) <= most:
            return FindingCode.ELEMENT_TOO_SHORT if len(text) < least else FindingCode.ELEMENT_TOO_LONG
        # X12.6 3.5: a string has at least one character that is not a space
        return FindingCode.CHARACTER_INVALID if outside(text) or text.isspace() else None

    return check


# --- EDIFACT -------------------------------------------------------------------------------------------------------------------------


def edifact_check(kind: str, least: int, most: int, decimal: str) -> Check:
    """The check of an EDIFACT data element. `decimal`: the marks that may stand for the decimal point (ISO 9735-1 10.1)."""
    if kind == "n":
        mark = f"[{re.escape(decimal)}]"
        return _number(least, most, re.compile(rf"-?([0-9]+(?:{mark}[0-9]+)?|{mark}[0-9]+)"), decimal)
    outside = _CONTROL.search
    digit = _DIGIT.search if kind == "a" else None

    def check(text: str) -> FindingCode | None:
        if not least <= len(text) <= most:
            return FindingCode.ELEMENT_TOO_SHORT if len(text) < least else FindingCode.ELEMENT_TOO_LONG
        return FindingCode.CHARACTER_INVALID if outside(text) or (digit and digit(text)) else None

    return check


# --- both ----------------------------------------------------------------------------------------------------------------------------


def _length(least: int, most: int) -> Check:
    def check(text: str) -> FindingCode | None:
        if least <= len(text) <= most:
            return None
        return FindingCode.ELEMENT_TOO_SHORT if len(text) < least else FindingCode.ELEMENT_TOO_LONG

    return check


def _sized(least: int, most: int, code: FindingCode, is_valid: Callable[[str], bool]) -> Check:
    length = _length(least, most)

    def check(text: str) -> FindingCode | None:
        return length(text) or (None if is_valid(text) else code)

    return check


def _number(least: int, most: int, form: re.Pattern[str], marks: str) -> Check:
    match = form.fullmatch

    def check(text: str) -> FindingCode | None:
        found = match(text)
        if found is None:
            return FindingCode.NUMBER_INVALID
        digits = len(found[1]) - any(mark in text for mark in marks)
        if least <= digits <= most:
            return None
        return FindingCode.ELEMENT_TOO_SHORT if digits < least else FindingCode.ELEMENT_TOO_LONG

    return check


# --- dates and times -----------------------------------------------------------------------------------------------------------------


def is_date(text: str) -> bool:
    """Whether this is a day of the calendar, CCYYMMDD or YYMMDD. Without a century 29 February passes: some century has it."""
    if len(text) not in (6, 8) or not _is_digits(text):
        return False
    month, day = int(text[-4:-2]), int(text[-2:])
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        return False
    year = int(text[:-4])
    if len(text) == 8 and year == 0:
        return False
    leap = year % 4 == 0 and (len(text) == 6 or year % 100 != 0 or year % 400 == 0)
    return (month, day) != (2, 29) or leap


def is_time(text: str) -> bool:
    """Whether this is a time of day, HHMM, HHMMSS, and with tenths or hundredths of a second."""
    if len(text) not in (4, 6, 7, 8) or not _is_digits(text):
        return False
    return int(text[:2]) < 24 and int(text[2:4]) < 60 and (len(text) == 4 or int(text[4:6]) < 60)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


#: parts of a form, longest first: how many digits each has, and whether they are in range
_PARTS: Final[dict[str, tuple[int, Callable[[str], bool]]]] = {
    "CCYYMMDD": (8, is_date),
    "MMDDCCYY": (8, lambda text: is_date(text[4:] + text[:4])),
    "YYMMDD": (6, is_date),
    "DDMMYY": (6, lambda text: is_date(text[4:] + text[2:4] + text[:2])),
    "CCYY": (4, lambda text: text != "0000"),
    "YY": (2, lambda _: True),
    "MMDD": (4, lambda text: is_date("04" + text)),
    "MM": (2, lambda text: 1 <= int(text) <= 12),
    "DDD": (3, lambda text: 1 <= int(text) <= 366),
    "DD": (2, lambda text: 1 <= int(text) <= 31),
    "WW": (2, lambda text: 1 <= int(text) <= 53),
    "D": (1, lambda text: 1 <= int(text) <= 7),
    "Q": (1, lambda text: 1 <= int(text) <= 4),
    "S": (1, lambda text: 1 <= int(text) <= 2),
    "hhmmss": (6, is_time),
    "hhmm": (4, is_time),
}

#: EDIFACT data element 2379, X12 data element 1250 -> form. "-" stands for itself, "/" for a hyphen that may be there: the directories
#: show periods with one and say that it is not transmitted. What is missing here (zones, durations, month names) is not checked.
_FORMS: Final = {
    "2": "DDMMYY", "101": "YYMMDD", "102": "CCYYMMDD", "103": "YYWWD", "105": "YYDDD", "106": "MMDD", "107": "DDD", "108": "WW",
    "109": "MM", "110": "DD", "201": "YYMMDDhhmm", "202": "YYMMDDhhmmss", "203": "CCYYMMDDhhmm", "204": "CCYYMMDDhhmmss",
    "401": "hhmm", "402": "hhmmss", "501": "hhmm/hhmm", "502": "hhmmss/hhmmss", "602": "CCYY", "603": "YYS", "604": "CCYYS",
    "608": "CCYYQ", "609": "YYMM", "610": "CCYYMM", "615": "YYWW", "616": "CCYYWW", "701": "YYWW/YYWW", "702": "CCYYWW/CCYYWW",
    "710": "CCYYMM/CCYYMM", "711": "CCYYMMDD/CCYYMMDD", "713": "YYMMDDhhmm/YYMMDDhhmm", "715": "YYWW/YYWW", "716": "CCYYWW/CCYYWW",
    "717": "YYMMDD/YYMMDD", "718": "CCYYMMDD/CCYYMMDD", "719": "CCYYMMDDhhmm/CCYYMMDDhhmm",
    "CM": "CCYYMM", "CQ": "CCYYQ", "CY": "CCYY", "D6": "YYMMDD", "D8": "CCYYMMDD", "DB": "MMDDCCYY", "DT": "CCYYMMDDhhmm",
    "DTS": "CCYYMMDDhhmmss-CCYYMMDDhhmmss", "RD": "MMDDCCYY-MMDDCCYY", "RD4": "CCYY-CCYY", "RD5": "CCYYMM-CCYYMM",
    "RD6": "YYMMDD-YYMMDD", "RD8": "CCYYMMDD-CCYYMMDD", "RDT": "CCYYMMDDhhmm-CCYYMMDDhhmm", "RTM": "hhmm-hhmm",
    "RTS": "CCYYMMDDhhmmss", "TM": "hhmm", "TS": "hhmmss",
}  # fmt: skip


def is_period(text: str, form: str) -> bool:
    """Whether a date, time or period has the form that its qualifier names (2379, 1250); True for forms that are not checked here."""
    rest = _FORMS.get(form, "")
    if not rest:
        return True
    while rest:
        if rest[0] in "-/":
            if text[:1] == "-":
                text = text[1:]
            elif rest[0] == "-":
                return False
            rest = rest[1:]
            continue
        part = next(part for part in _PARTS if rest.startswith(part))
        length, is_valid = _PARTS[part]
        if len(text) < length or not _is_digits(text[:length]) or not is_valid(text[:length]):
            return False
        text, rest = text[length:], rest[len(part) :]
    return not text
