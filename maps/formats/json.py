"""JSON payloads: read with limits and without floats, and written.

A number is an int or a Decimal with the digits that were sent; nothing is rounded.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, NoReturn

from edi.location import Location
from maps.finding import MapFinding, MapFindingCode
from maps.formats.payload import LIMITS, Form, Limits, PayloadDocument, PayloadRead, PayloadWritten, Record, RefusedError, finding

__all__ = ["JsonForm", "JsonRead", "read", "write"]

_NESTING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JsonRead:
    """A payload read: its value, or the one finding that says why there is none."""

    value: Any
    findings: tuple[MapFinding, ...] = ()


def read(data: bytes, limits: Limits = LIMITS) -> JsonRead:
    """The value of a payload: objects, lists, texts, int, Decimal, bool and None."""
    try:
        return JsonRead(_read(data, limits))
    except RefusedError as error:
        return JsonRead(None, (error.finding,))
    except json.JSONDecodeError as error:
        place = Location(len(error.doc[: error.pos].encode("utf-8", "replace")), error.lineno, error.colno)
        return JsonRead(None, (finding(MapFindingCode.JSON_INVALID, error.msg, location=place),))


def _read(data: bytes, limits: Limits) -> Any:
    if len(data) > limits.bytes:
        raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many bytes")
    depth = 0
    for token in _NESTING.finditer(data):
        mark = token[0][:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > limits.depth:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "nested too deep")
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(MapFindingCode.JSON_INVALID, "not UTF-8") from None
    count = 0

    def number(digits: str) -> Decimal | int:
        if len(digits) > limits.digits:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "a number with too many digits")
        if digits.lstrip("-").isdigit():
            return int(digits)
        value = Decimal(digits)
        if abs(value.adjusted()) > limits.digits:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "a number too large or too small")
        return value

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal count
        count += len(pairs) + 1
        if count > limits.values:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many values")
        made = dict(pairs)
        if len(made) != len(pairs):
            raise RefusedError(MapFindingCode.JSON_INVALID, "a key comes twice in one object")
        return made

    value = json.loads(text, parse_float=number, parse_int=number, parse_constant=_no_constant, object_pairs_hook=object_of)
    if "\\u" in text and not _is_text(value):
        raise RefusedError(MapFindingCode.JSON_INVALID, "half of a surrogate pair")
    return value


def _no_constant(_: str) -> NoReturn:
    raise RefusedError(MapFindingCode.JSON_INVALID, "NaN and Infinity are no JSON")


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


class _Item(Record):
    """One document of a list, which knows its place."""

    __slots__ = ("_frame",)

    def __init__(self, value: Mapping[str, Any], frame: str) -> None:
        super().__init__(value)
        self._frame = frame

    @property
    def frame(self) -> str:
        """`$.orders[1]`."""
        return self._frame

    def where(self, keys: tuple[str, ...]) -> str:
        """`$.orders[1].date`."""
        return ".".join((self._frame, *keys))


class JsonForm(Form):
    """A partner's own JSON: one document, or with `each` a list of them."""

    syntax: ClassVar[str] = "json"
    content_type: ClassVar[str] = "application/json"
    extension: ClassVar[str] = "json"
    is_text: ClassVar[bool] = False

    def __init__(self, each: tuple[str, ...] | None = None) -> None:
        """`each` are the keys of the list of documents; empty: the payload is the list."""
        self._each = each

    def read(self, data: bytes) -> PayloadRead:
        """One document, or each item of the list."""
        found = read(data, self.limits)
        if found.findings:
            return PayloadRead(findings=found.findings)
        if not isinstance(found.value, Mapping | list):
            return PayloadRead(findings=(finding(MapFindingCode.JSON_INVALID, "neither an object nor a list"),))
        if self._each is None:
            return PayloadRead((PayloadDocument(found.value),))
        items: Any = found.value
        for key in self._each:
            items = items.get(key) if isinstance(items, Mapping) else None
        if not isinstance(items, list):
            return PayloadRead(findings=(finding(MapFindingCode.JSON_INVALID, "no list of documents", ".".join(("$", *self._each))),))
        place = ".".join(("$", *self._each))
        return PayloadRead(
            tuple(
                PayloadDocument(_Item(item, f"{place}[{index}]") if isinstance(item, Mapping) else item) for index, item in enumerate(items)
            )
        )

    def write(self, values: Sequence[Any]) -> PayloadWritten:
        """One document alone, or the list of them in its place."""
        if self._each is None and len(values) != 1:
            return PayloadWritten(findings=(finding(MapFindingCode.VALUE_NOT_WRITABLE, "one document in each payload"),))
        whole: Any = values[0] if self._each is None else list(values)
        for key in reversed(self._each or ()):
            whole = {key: whole}
        return PayloadWritten(write(whole))

    def recognises(self, data: bytes) -> bool:
        """By its first character."""
        return data.removeprefix(_BOM).lstrip()[:1] in {b"{", b"["}
