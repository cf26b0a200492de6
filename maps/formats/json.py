"""JSON payloads: read with limits and without floats, the text at a key, values in the making.

A number is an int or a Decimal with the digits that were sent; nothing is rounded.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NoReturn

from edi.location import Location
from maps.finding import MESSAGES, MapFinding, MapFindingCode, Severity
from maps.model import KeyPath, Place, Selector

__all__ = ["JsonLimits", "JsonRead", "matcher", "read", "reader", "value_at", "write", "writer"]

_NESTING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """How much JSON is taken."""

    bytes: int = 10_000_000
    depth: int = 32
    values: int = 500_000
    digits: int = 40  #: characters of one number


@dataclass(frozen=True, slots=True)
class JsonRead:
    """A payload read: its value, or the one finding that says why there is none."""

    value: Any
    findings: tuple[MapFinding, ...] = ()


class _RefusedError(Exception):
    """The payload is not taken."""

    def __init__(self, code: MapFindingCode, hint: str) -> None:
        super().__init__(hint)
        self.code, self.hint = code, hint


def read(data: bytes, limits: JsonLimits = JsonLimits()) -> JsonRead:
    """The value of a payload: objects, lists, texts, int, Decimal, bool and None."""
    try:
        return JsonRead(_read(data, limits))
    except _RefusedError as error:
        return JsonRead(None, (_finding(error.code, error.hint, None),))
    except json.JSONDecodeError as error:
        place = Location(len(error.doc[: error.pos].encode("utf-8", "replace")), error.lineno, error.colno)
        return JsonRead(None, (_finding(MapFindingCode.JSON_INVALID, error.msg, place),))


def _finding(code: MapFindingCode, hint: str, location: Location | None) -> MapFinding:
    return MapFinding(code, Severity.ERROR, "$", "", location, MESSAGES[code], hint=hint, wire=str(location) if location else "$")


def _read(data: bytes, limits: JsonLimits) -> Any:
    if len(data) > limits.bytes:
        raise _RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many bytes")
    depth = 0
    for token in _NESTING.finditer(data):
        mark = token[0][:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > limits.depth:
            raise _RefusedError(MapFindingCode.LIMIT_EXCEEDED, "nested too deep")
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise _RefusedError(MapFindingCode.JSON_INVALID, "not UTF-8") from None
    count = 0

    def number(digits: str) -> Decimal | int:
        if len(digits) > limits.digits:
            raise _RefusedError(MapFindingCode.LIMIT_EXCEEDED, "a number with too many digits")
        if digits.lstrip("-").isdigit():
            return int(digits)
        value = Decimal(digits)
        if abs(value.adjusted()) > limits.digits:
            raise _RefusedError(MapFindingCode.LIMIT_EXCEEDED, "a number too large or too small")
        return value

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal count
        count += len(pairs) + 1
        if count > limits.values:
            raise _RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many values")
        made = dict(pairs)
        if len(made) != len(pairs):
            raise _RefusedError(MapFindingCode.JSON_INVALID, "a key comes twice in one object")
        return made

    value = json.loads(text, parse_float=number, parse_int=number, parse_constant=_no_constant, object_pairs_hook=object_of)
    if "\\u" in text and not _is_text(value):
        raise _RefusedError(MapFindingCode.JSON_INVALID, "half of a surrogate pair")
    return value


def _no_constant(_: str) -> NoReturn:
    raise _RefusedError(MapFindingCode.JSON_INVALID, "NaN and Infinity are no JSON")


def _is_text(value: Any) -> bool:
    """Whether every text can be written again; an escape may hide half of a surrogate pair."""
    if isinstance(value, str):
        return not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, Mapping):
        return all(_is_text(key) and _is_text(inner) for key, inner in value.items())
    return all(map(_is_text, value)) if isinstance(value, list) else True


def write(value: Any) -> bytes:
    """A value as UTF-8 JSON, decimals as numbers with all their digits."""
    return "".join(_parts(value)).encode()


def _parts(value: Any) -> list[str]:
    if isinstance(value, Decimal):
        return [format(value, "f")]
    if isinstance(value, Mapping):
        inner = [[json.dumps(str(key), ensure_ascii=False), ":", *_parts(one)] for key, one in value.items()]
    elif isinstance(value, list | tuple):
        inner = [_parts(one) for one in value]
    else:
        return [json.dumps(value, ensure_ascii=False, allow_nan=False)]
    marks = "{}" if isinstance(value, Mapping) else "[]"
    joined = [part for number, parts in enumerate(inner) for part in ([",", *parts] if number else parts)]
    return [marks[0], *joined, marks[1]]


# --- places -------------------------------------------------------------------------------------------------------------------------------


def value_at(record: Any, keys: tuple[str, ...]) -> Any:
    """What stands at keys of an object; None when nothing does."""
    for key in keys:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return ""


def reader(place: Place) -> Callable[[Any], str]:
    """The text of the value at a key; objects and lists have none."""
    assert isinstance(place, KeyPath)
    keys = place.keys
    return lambda record: _text(value_at(record, keys))


def writer(place: Place, *, number: bool = False) -> Callable[[dict[str, Any], str], None]:
    """Puts a text, or the number that it says, to a key."""
    assert isinstance(place, KeyPath)
    keys = place.keys

    def put(record: dict[str, Any], text: str) -> None:
        for key in keys[:-1]:
            record = record.setdefault(key, {})
        record[keys[-1]] = (Decimal(text) if "." in text else int(text)) if number else text

    return put


def matcher(selector: Selector | None) -> Callable[[Any], bool] | None:
    """Whether an item of a list is selected; None when every one is."""
    tests = [(reader(place), frozenset(values)) for place, values in (selector.tests if selector else ()) if "*" not in values]
    return (lambda record: all(read_text(record) in values for read_text, values in tests)) if tests else None
