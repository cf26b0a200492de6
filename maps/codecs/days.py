"""Dates and times as a pattern says: `day DD.MM.YYYY`, `day MM/DD/YY`, `day YYYY-MM-DD hh:mm`. For partners' own forms."""

import re
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from maps.codecs.base import Codec, CodecError, Inexact, Setting, Texts, Value
from maps.codecs.times import iso_text, local
from maps.finding import MapFindingCode

__all__ = ["day"]

_PART: Final = re.compile("YYYY|YY|MM|DD|hh|mm|ss")
_LENGTHS: Final = {"YYYY": "4", "YY": "2", "MM": "1,2", "DD": "1,2", "hh": "1,2", "mm": "2", "ss": "2"}
_WRITTEN: Final = {"YYYY": "{0.year:04}", "YY": "{1:02}", "MM": "{0.month:02}", "DD": "{0.day:02}"}
_WRITTEN_TIME: Final = {"hh": "{0.hour:02}", "mm": "{0.minute:02}", "ss": "{0.second:02}"}
_CENTURY: Final = 80  #: two digits of a year mean 1980 to 2079


def _loses(moment: datetime, names: list[str]) -> bool:
    """Whether a part of a moment has no place in the pattern. The hour that the end of daylight saving repeats cannot be told apart."""
    return "hh" not in names or bool(moment.microsecond or moment.fold) or bool(moment.second and "ss" not in names)


def day(pattern: str) -> Codec:
    """A day, or with `hh` and `mm` a time in the partner's zone. Raises ValueError for a pattern that says no day."""
    names = _PART.findall(pattern)
    if len(set(names)) < len(names) or not {"MM", "DD"} < set(names) or ("YYYY" in names) == ("YY" in names):
        raise ValueError("day takes a pattern such as DD.MM.YYYY or YYYY-MM-DD hh:mm")
    has_time = bool({"hh", "mm", "ss"} & set(names))
    if has_time and not {"hh", "mm"} <= set(names):
        raise ValueError("a time has hh and mm")
    packed = all(one.end() == other.start() for one, other in pairwise(_PART.finditer(pattern)))
    parts, end = [], 0
    for match in _PART.finditer(pattern):
        length = match.end() - match.start() if packed else _LENGTHS[match[0]]
        parts.append(f"{re.escape(pattern[end : match.start()])}(?P<{match[0]}>[0-9]{{{length}}})")
        end = match.end()
    form = re.compile("".join(parts) + re.escape(pattern[end:]))
    written = _PART.sub(lambda match: (_WRITTEN | _WRITTEN_TIME)[match[0]], pattern.replace("{", "{{").replace("}", "}}"))

    def decode(texts: Texts, setting: Setting) -> Value:
        match = form.fullmatch(texts[0].strip())
        if match is None:
            raise CodecError(MapFindingCode.DATE_INVALID, pattern)
        said = {name: int(text) for name, text in match.groupdict().items()}
        year = said["YYYY"] if "YYYY" in said else said["YY"] + (1900 if said["YY"] >= _CENTURY else 2000)
        try:
            if not has_time:
                return date(year, said["MM"], said["DD"]).isoformat()
            moment = datetime(year, said["MM"], said["DD"], said["hh"], said["mm"], said.get("ss", 0), tzinfo=setting.zone)
        except ValueError:
            raise CodecError(MapFindingCode.DATE_INVALID, pattern) from None
        return iso_text(moment)

    def encode(value: Value, setting: Setting) -> Texts:
        moment = local(value, setting.zone)
        if has_time and not isinstance(moment, datetime):
            raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, "a day without a time")
        if "YY" in names and not 1900 + _CENTURY <= moment.year < 2000 + _CENTURY:
            raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, "a year of two digits")
        texts = (written.format(moment, moment.year % 100),)
        return Inexact(texts) if isinstance(moment, datetime) and _loses(moment, names) else texts

    return Codec(f"day {pattern}", decode, encode)
