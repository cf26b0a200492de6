"""The codecs by name. A binding names one, with an argument where the codec takes one: `orderDate! | date`, `code uom`."""

from collections.abc import Mapping
from typing import Final

from maps.codecs import days, keys, numbers, texts, times
from maps.codecs.base import Codec, CodecError, Inexact, Setting, Texts, Value
from maps.finding import MapFindingCode
from maps.tables import CodeTable, OnMissing

__all__ = ["NAMES", "Codec", "CodecError", "Inexact", "Setting", "Texts", "Value", "make"]

_PLAIN: Final[Mapping[str, Codec]] = {
    codec.name: codec
    for codec in (
        texts.STR,
        numbers.NUM,
        numbers.ABS,
        numbers.INT,
        times.DATE,
        times.DTZ,
        times.EDTM,
        times.EDATE,
        times.ISO,
        keys.GTIN,
        keys.GTIN12,
        keys.GTIN13,
        keys.GTIN14,
        keys.SSCC,
        keys.SSCC20,
        keys.COUNTRY,
    )
}
NAMES: Final = frozenset({*_PLAIN, "n2", "n", "dec", "text", "day", "code", "uom"})  #: every codec


def make(name: str, arg: str, places: int, tables: Mapping[str, CodeTable], syntax: str) -> Codec:
    """The codec of a binding. Raises ValueError, in words for the map's author, when there is none or it does not fit."""
    codec = _named(name, arg, places, tables, syntax)
    if codec is times.DTZ and places == times.LOCAL.places:
        codec = times.LOCAL
    if codec.places != places:
        raise ValueError(f"the codec {name} has {'2 or 3' if name == 'dtz' else codec.places} places, not {places}")
    return codec


def _named(name: str, arg: str, places: int, tables: Mapping[str, CodeTable], syntax: str) -> Codec:
    if name in {"code", "uom"}:
        table = tables.get(arg or ("uom" if name == "uom" else ""))
        if table is None:
            raise ValueError(f"there is no table {arg or name}")
        return _coded(table, syntax)
    if name == "n2" and not arg:
        return numbers.implied(2)
    if name == "dec":
        if arg not in set("12345678"):
            raise ValueError("dec takes the least number of decimal places, 1 to 8")
        return numbers.padded(int(arg))
    if name == "n":
        if arg not in set("0123456789"):
            raise ValueError("n takes the number of implied decimal places, 0 to 9")
        return numbers.implied(int(arg))
    if name == "day":
        return days.day(arg)
    if name == "text":
        if not arg.isdigit() or int(arg) < 1:
            raise ValueError("text takes the width of one place")
        return texts.pieces(int(arg), places)
    if name not in _PLAIN:
        raise ValueError(f"there is no codec {name}")
    if arg:
        raise ValueError(f"the codec {name} takes no argument")
    return _PLAIN[name]


def _coded(table: CodeTable, syntax: str) -> Codec:
    """A code table as a codec. A code that passes through has its rule family in front, so that it is never taken for a word."""
    words, codes, prefix = table.words, table.codes, f"{syntax}:"

    def decode(given: Texts, _: Setting) -> Value | None:
        code = given[0].strip()
        word = words.get(code)
        if word is not None:
            return word
        if table.on_missing is OnMissing.PASSTHROUGH and code:
            return prefix + code
        if table.on_missing is OnMissing.RESIDUE:
            return None
        raise CodecError(MapFindingCode.CODE_UNKNOWN, f"table {table.name}")

    def encode(value: Value, _: Setting) -> Texts:
        code = codes.get(str(value))
        if code is not None:
            return (code,)
        if str(value).startswith(prefix):
            return (str(value)[len(prefix) :],)
        raise CodecError(MapFindingCode.CODE_UNKNOWN, f"table {table.name}")

    return Codec(f"code {table.name}", decode, encode)
