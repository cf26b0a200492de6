"""The value of a JSON text that comes from outside: strict, of limited depth, and never a crash."""

import json
import re
from typing import Any, Final

from gateway.errors import Cause, Refusal

__all__ = ["parse_json"]

#: nesting; the parser of the standard library recurses
_DEEPEST: Final = 64
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259): UTF-8, no doubled names, no NaN, whole characters, limited depth. Raises `Refusal`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Refusal(Cause.MALFORMED_JSON, f"byte {fault.start} is no UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        raise Refusal(Cause.MALFORMED_JSON, f"line {fault.lineno}, column {fault.colno}") from None
    except RecursionError:
        raise Refusal(Cause.MALFORMED_JSON, f"nested deeper than {_DEEPEST} levels") from None
    except ValueError as fault:  # our hooks' words, or a number with more digits than Python takes
        raise Refusal(Cause.MALFORMED_JSON, str(fault) if isinstance(fault, _UnwantedError) else "a number is too long") from None
    if _deeper(value, _DEEPEST):
        raise Refusal(Cause.MALFORMED_JSON, f"nested deeper than {_DEEPEST} levels")
    if _SURROGATE.search(text) and not _can_be_written(value):
        raise Refusal(Cause.MALFORMED_JSON, "half of a surrogate pair is no character")
    return value


def _can_be_written(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class _UnwantedError(ValueError):
    """What JSON texts may hold by the letter, but no two readers agree on."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise _UnwantedError("an object has the same name twice")
    return names


def _no_constant(_name: str) -> Any:
    raise _UnwantedError("NaN and Infinity are no JSON numbers")


def _deeper(value: Any, levels: int) -> bool:
    """Whether a value is nested deeper than so many levels; walks level by level, so that it cannot itself run too deep."""
    level = [value]
    for _ in range(levels):
        level = [child for item in level if isinstance(item, dict | list) for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return True
