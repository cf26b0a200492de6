"""GS1 keys and countries: verified when read, written in the width that the qualifier stands for."""

from typing import Final

from canonical.gs1 import is_valid
from maps.codecs.base import Codec, CodecError, Setting, Texts, Value
from maps.codecs.countries import ALPHA_2
from maps.finding import MapFindingCode

__all__ = ["COUNTRY", "GTIN", "GTIN12", "GTIN13", "GTIN14", "SSCC", "SSCC20"]

_AI = "00"  # GS1 application identifier of an SSCC, in front of it on most wires


def _gtin(name: str, read: tuple[int, ...], written: tuple[int, ...]) -> Codec:
    """GTINs of some widths; a document has 14 digits. The narrowest width that holds the key is written."""

    def decode(texts: Texts, _: Setting) -> Value:
        text = texts[0].strip()
        if len(text) not in read or not is_valid(text):
            raise CodecError(MapFindingCode.GTIN_INVALID, "item master")
        return text.rjust(14, "0")

    def encode(value: Value, _: Setting) -> Texts:
        text = str(value)
        for width in written:
            if len(text) == 14 and not text[: 14 - width].strip("0"):
                return (text[14 - width :],)
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, f"a GTIN of {written[-1]} digits")

    return Codec(name, decode, encode)


_ANY: Final = (8, 12, 13, 14)  #: partners write UP before 13 digits, and EN before 12; the check digit says whether it is a key
GTIN12: Final = _gtin("gtin12", _ANY, (12,))
GTIN13: Final = _gtin("gtin13", _ANY, (13,))
GTIN14: Final = _gtin("gtin14", _ANY, (14,))
GTIN: Final = _gtin("gtin", _ANY, (13, 14))


def _decode_sscc(texts: Texts, _: Setting) -> Value:
    text = texts[0].strip()
    if len(text) == 20 and text.startswith(_AI):
        text = text[2:]
    if len(text) != 18 or not is_valid(text):
        raise CodecError(MapFindingCode.SSCC_INVALID, "label of the carton")
    return text


def _digits(value: Value) -> str:
    text = str(value)
    if len(text) != 18 or not (text.isascii() and text.isdigit()):
        raise CodecError(MapFindingCode.VALUE_NOT_WRITABLE, "an SSCC has 18 digits")
    return text


SSCC: Final = Codec("sscc", _decode_sscc, lambda value, _: (_digits(value),))
SSCC20: Final = Codec("sscc20", _decode_sscc, lambda value, _: (_AI + _digits(value),))


def _decode_country(texts: Texts, _: Setting) -> Value:
    text = texts[0].strip().upper()
    country = text if text in ALPHA_2.values() else ALPHA_2.get(text)
    if country is None:
        raise CodecError(MapFindingCode.CODE_UNKNOWN, "ISO 3166-1")
    return country


COUNTRY: Final = Codec("country", _decode_country, lambda value, _: (str(value),))
