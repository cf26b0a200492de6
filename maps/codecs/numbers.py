"""Numbers: with a decimal mark (X12 R, EDIFACT n), with implied places (X12 N2), and whole.

A document has one spelling of a number: no plus, no leading zeros, no zeros at the end of a fraction, no exponent.
"""

import re
from typing import Final

from maps.codecs.base import Codec, CodecError, Setting, Texts, Value
from maps.finding import MapFindingCode

__all__ = ["ABS", "INT", "NUM", "implied", "padded", "parsed", "plain"]

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_MAX_DIGITS, _MAX_PLACES = 24, 8  # of `Dec`


def plain(text: str) -> str | None:
    """The one spelling of a number; None when the text is no number or has more digits than a document holds."""
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and (text[0] != "0" or len(text) == 1):
        return text
    if len(text) > 60 or not _NUMBER.fullmatch(text):
        return None
    whole, _, places = text.lstrip("+-").partition(".")
    whole, places = whole.lstrip("0") or "0", places.rstrip("0")
    if len(places) > _MAX_PLACES or len(whole) + len(places) > _MAX_DIGITS:
        return None
    number = f"{whole}.{places}" if places else whole
    return f"-{number}" if text[0] == "-" and number != "0" else number


def parsed(text: str, marks: str) -> str | None:
    """The one spelling of a number as the wire has it; `marks` are all that may stand for the decimal point."""
    if marks != ".":
        text = "".join("." if c in marks else "?" if c == "." else c for c in text[:61])
    return plain(text.strip())


def _decode(texts: Texts, setting: Setting) -> Value:
    number = parsed(texts[0], setting.decimal)
    if number is None:
        raise CodecError(MapFindingCode.NUMBER_INVALID)
    return number


def _encode(value: Value, setting: Setting) -> Texts:
    number = plain(str(value))
    if number is None:
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE)
    return (number.replace(".", setting.decimal[0]),)


NUM: Final = Codec("num", _decode, _encode)
ABS: Final = Codec("abs", _decode, lambda value, setting: _encode(str(value).removeprefix("-"), setting))  #: the sign stands elsewhere


def padded(places: int) -> Codec:
    """Numbers as texts with at least so many decimal places: `31.20`."""

    def encode(value: Value, setting: Setting) -> Texts:
        number = plain(str(value))
        if number is None:
            raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE)
        whole, _, fraction = number.partition(".")
        return (f"{whole}{setting.decimal[0]}{fraction.ljust(places, '0')}",)

    return Codec(f"dec {places}", _decode, encode)


def implied(places: int) -> Codec:
    """Numbers without a decimal mark whose last `places` digits are the fraction. A finer value is refused, never rounded."""

    def decode(texts: Texts, _: Setting) -> Value:
        text = texts[0].strip()
        if not _WHOLE.fullmatch(text):
            raise CodecError(MapFindingCode.NUMBER_INVALID)
        sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text)
        digits = digits.lstrip("0").rjust(places + 1, "0")
        if not digits.strip("0"):
            sign = ""
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"

    def encode(value: Value, _: Setting) -> Texts:
        number = plain(str(value))
        if number is None:
            raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE)
        whole, _point, fraction = number.partition(".")
        if len(fraction) > places:
            raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, f"at most {places} decimal places")
        sign, whole = ("-", whole[1:]) if whole[0] == "-" else ("", whole)
        return (sign + ((whole + fraction.ljust(places, "0")).lstrip("0") or "0"),)

    return Codec(f"n {places}", decode, encode)


def _decode_int(texts: Texts, _: Setting) -> Value:
    text = texts[0].strip()
    if not _WHOLE.fullmatch(text):
        raise CodecError(MapFindingCode.NUMBER_INVALID)
    return int(text)


def _encode_int(value: Value, _: Setting) -> Texts:
    text = str(value)
    if isinstance(value, bool) or not _WHOLE.fullmatch(text):
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE)
    return (str(int(text)),)


INT: Final = Codec("int", _decode_int, _encode_int)
