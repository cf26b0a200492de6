"""Dates and times as regular expressions. What they match is a date; 29 February and what is rarer they leave to `edi.datatypes`."""

from typing import Final

__all__ = ["DATE_6", "DATE_8", "FORMS", "TIME", "form_pattern"]

_MMDD: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31"
_HHMM: Final = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
_SECONDS: Final = "[0-5][0-9]"
_CCYY: Final = "[1-9][0-9]{3}"

DATE_6: Final = f"[0-9]{{2}}(?:{_MMDD})"
DATE_8: Final = f"{_CCYY}(?:{_MMDD})"
TIME: Final = f"{_HHMM}(?:{_SECONDS}[0-9]{{0,2}}|)"

#: forms that nearly all dates have (2379), in the order in which they are tried
FORMS: Final = ("102", "203", "718", "101", "204", "610", "616", "201", "719", "602")

_WEEK: Final = "(?:0[1-9]|[1-4][0-9]|5[0-3])"
_PATTERNS: Final = {
    "101": DATE_6,
    "102": DATE_8,
    "201": f"{DATE_6}{_HHMM}",
    "203": f"{DATE_8}{_HHMM}",
    "204": f"{DATE_8}{_HHMM}{_SECONDS}",
    "602": _CCYY,
    "610": f"{_CCYY}(?:0[1-9]|1[0-2])",
    "616": f"{_CCYY}{_WEEK}",
    "718": f"{DATE_8}-?{DATE_8}",
    "719": f"{DATE_8}{_HHMM}-?{DATE_8}{_HHMM}",
}


def form_pattern(form: str) -> str:
    """What a date, time or period of one of `FORMS` looks like."""
    return _PATTERNS[form]
