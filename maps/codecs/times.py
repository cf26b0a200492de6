"""Dates and times: X12 373, 337 and 623; EDIFACT 2380 by its 2379 format.

A date stays a date where the wire has no time. A local time gets the partner's zone; what has a zone is written in it.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from maps.codecs.base import Codec, CodecError, Inexact, Setting, Texts, Value
from maps.finding import MapFindingCode

__all__ = ["DATE", "DTZ", "EDATE", "EDTM", "ISO", "LOCAL", "iso_text", "local"]

_DIGITS: Final = re.compile(r"[0-9]+")
_TIME_LENGTHS = frozenset({4, 6, 7, 8})  # HHMM, HHMMSS, and one or two decimals of a second
_ISO_8601: Final = "ISO 8601"

#: X12 623: local time of a region, and its standard and daylight offsets in hours
_REGIONS: Final = {
    "A": ("America/Anchorage", -9),
    "C": ("America/Chicago", -6),
    "E": ("America/New_York", -5),
    "H": ("Pacific/Honolulu", -10),
    "M": ("America/Denver", -7),
    "P": ("America/Los_Angeles", -8),
    "T": ("America/Halifax", -4),
}
_NEWFOUNDLAND: Final = ("America/St_Johns", timedelta(hours=-3, minutes=-30))


def _day(text: str) -> date:
    """CCYYMMDD or YYMMDD; two digits of a year mean 1980 to 2079."""
    if len(text) == 6:
        text = ("19" if text >= "80" else "20") + text
    if len(text) != 8 or not _DIGITS.fullmatch(text):
        raise CodecError(MapFindingCode.DATE_INVALID)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise CodecError(MapFindingCode.DATE_INVALID) from None


def _at(day: date, clock: str, zone: tzinfo, part: int = 0) -> datetime:
    """A day and HHMM[SS[d[d]]] in a zone; `part` says in which place the time stood."""
    if len(clock) not in _TIME_LENGTHS or not _DIGITS.fullmatch(clock):
        raise CodecError(MapFindingCode.TIME_INVALID, part=part)
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            int(clock[:2]),
            int(clock[2:4]),
            int(clock[4:6] or 0),
            int(clock[6:].ljust(2, "0")) * 10_000,
            tzinfo=zone,
        )
    except ValueError:
        raise CodecError(MapFindingCode.TIME_INVALID, part=part) from None


def iso_text(moment: datetime) -> str:
    """The document's spelling: the offset, not the name of the zone."""
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def _parsed(value: Value) -> date | datetime:
    text = str(value)
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, _ISO_8601) from None


def local(value: Value, zone: tzinfo) -> date | datetime:
    """A document's day, or its moment in a zone."""
    moment = _parsed(value)
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, "a time needs its zone")
    try:
        return moment.astimezone(zone)
    except OverflowError:
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE) from None


def _compact(day: date) -> str:
    """CCYYMMDD."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _clock(moment: datetime) -> tuple[str, bool]:
    """HHMM[SS[dd]] as short as the moment allows, and whether anything was lost."""
    text = moment.strftime("%H%M")
    if moment.second or moment.microsecond:
        text += moment.strftime("%S")
    hundredths, rest = divmod(moment.microsecond, 10_000)
    return (f"{text}{hundredths:02}" if hundredths else text), bool(rest)


def _decode_date(texts: Texts, _: Setting) -> Value:
    return _day(texts[0].strip()).isoformat()


def _encode_date(value: Value, setting: Setting) -> Texts:
    moment = local(value, setting.zone)
    return Inexact((_compact(moment),)) if isinstance(moment, datetime) else (_compact(moment),)


DATE: Final = Codec("date", _decode_date, _encode_date)


def _zone_of(code: str, own: tzinfo) -> tzinfo:
    """The zone of an X12 623 code."""
    if not code or code == "LT":
        return own
    if code in {"UT", "GM", "Z"}:
        return UTC
    if len(code) == 2 and code.isascii() and code.isdigit() and 1 <= int(code) <= 24:
        return timezone(timedelta(hours=int(code) if int(code) <= 12 else int(code) - 25))
    region, kind = code[:1], code[1:]
    if region == "N" and kind in {"T", "S", "D"}:
        name, offset = _NEWFOUNDLAND
    elif region in _REGIONS and kind in {"T", "S", "D"}:
        name, hours = _REGIONS[region]
        offset = timedelta(hours=hours)
    else:
        raise CodecError(MapFindingCode.CODE_UNKNOWN, "X12 time codes", part=2)
    return ZoneInfo(name) if kind == "T" else timezone(offset + timedelta(hours=kind == "D"))


def _code_of(moment: datetime) -> str:
    """The X12 623 code for a moment in its own zone; empty when none has its offset."""
    key = getattr(moment.tzinfo, "key", "")
    offset = moment.utcoffset()
    assert offset is not None
    for letter, (name, base) in ((r, (n, timedelta(hours=h))) for r, (n, h) in _REGIONS.items()):
        if key == name:
            named = moment.replace(tzinfo=ZoneInfo(name), fold=0)
            return f"{letter}{'T' if named.utcoffset() == offset else 'S' if offset == base else 'D'}"
    if not offset:
        return "UT"
    hours, rest = divmod(offset, timedelta(hours=1))
    return "" if rest or not -12 <= hours <= 12 else f"{hours if hours > 0 else hours + 25:02}"


def _decode_dtz(texts: Texts, setting: Setting) -> Value:
    day = _day(texts[0].strip())
    if len(texts) == 1 or not texts[1].strip():
        return day.isoformat()
    return iso_text(_at(day, texts[1].strip(), _zone_of(texts[2].strip() if len(texts) > 2 else "", setting.zone), part=1))


def _encode_dtz(value: Value, setting: Setting) -> Texts:
    """Date, time and 623 code. A zone without a code of its own goes as UTC."""
    moment = local(value, setting.zone)
    if not isinstance(moment, datetime):
        return (_compact(moment), "", "")
    code = _code_of(moment)
    if not code:
        moment, code = moment.astimezone(UTC), "UT"
    clock, lost = _clock(moment)
    texts = (_compact(moment), clock, code)
    return Inexact(texts) if lost else texts


def _encode_local(value: Value, setting: Setting) -> Texts:
    """Date and time in the partner's zone. The hour that the end of daylight saving repeats cannot be told apart."""
    moment = local(value, setting.zone)
    if not isinstance(moment, datetime):
        return (_compact(moment), "")
    clock, lost = _clock(moment)
    texts = (_compact(moment), clock)
    return Inexact(texts) if lost or moment.fold else texts


DTZ: Final = Codec("dtz", _decode_dtz, _encode_dtz, 3)
LOCAL: Final = Codec("dtz", _decode_dtz, _encode_local, 2)  #: the same where the wire has no place for the zone

#: EDIFACT 2379 -> length of the date and of the time in 2380, and whether a zone follows
_FORMATS: Final = {"101": (6, 0), "102": (8, 0), "201": (6, 4), "202": (6, 6), "203": (8, 4), "204": (8, 6)}
_OFFSET: Final = re.compile(r"([0-9]{12})([+-]?)([0-9]{2})([0-9]{2})?")


def _decode_edtm(texts: Texts, setting: Setting) -> Value:
    text, form = texts[0].strip(), texts[1].strip() or "102"
    if form == "205":  # CCYYMMDDHHMM and the offset from UTC
        return iso_text(_with_offset(text))
    if form not in _FORMATS:
        raise CodecError(MapFindingCode.CODE_UNKNOWN, "formats of dates", part=1)
    days, clock = _FORMATS[form]
    if len(text) != days + clock:
        raise CodecError(MapFindingCode.TIME_INVALID if clock else MapFindingCode.DATE_INVALID)
    day = _day(text[:days])
    return iso_text(_at(day, text[days:], setting.zone)) if clock else day.isoformat()


def _with_offset(text: str) -> datetime:
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise CodecError(MapFindingCode.TIME_INVALID)
    stamp, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset >= timedelta(hours=24):
        raise CodecError(MapFindingCode.TIME_INVALID)
    return _at(_day(stamp[:8]), stamp[8:], timezone(-offset if sign == "-" else offset))


def _encode_edtm(value: Value, setting: Setting) -> Texts:
    moment = local(value, setting.zone)
    day = _compact(moment)
    if not isinstance(moment, datetime):
        return (day, "102")
    clock = moment.strftime("%H%M%S") if moment.second or moment.microsecond else moment.strftime("%H%M")
    texts = (day + clock, "204" if len(clock) == 6 else "203")
    return Inexact(texts) if moment.microsecond else texts


EDTM: Final = Codec("edtm", _decode_edtm, _encode_edtm, 2)


def _decode_edate(texts: Texts, setting: Setting) -> Value:
    return str(_decode_edtm(texts, setting))[:10]


def _encode_edate(value: Value, setting: Setting) -> Texts:
    texts = (*_encode_date(value, setting), "102")
    return Inexact(texts) if "T" in str(value) else texts


EDATE: Final = Codec("edate", _decode_edate, _encode_edate, 2)  #: the day alone, whatever the format


def _decode_iso(texts: Texts, setting: Setting) -> Value:
    """A day, or a moment; one without an offset is in the partner's zone."""
    text = texts[0].strip()
    try:
        moment = datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        raise CodecError(MapFindingCode.DATE_INVALID, _ISO_8601) from None
    if isinstance(moment, datetime):
        return iso_text(moment if moment.tzinfo else moment.replace(tzinfo=setting.zone))
    return moment.isoformat()


ISO: Final = Codec("iso", _decode_iso, lambda value, _: (str(value),))
