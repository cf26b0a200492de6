"""What a JSON payload held beside what the map writes for its document, value by value, and its way back.

The order of keys and the white space of a payload mean nothing and are not kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maps.formats import json
from maps.run.residue import Residue

__all__ = ["difference", "restore"]

_NOTHING = object()


def difference(wire: Any, made: Any, at: str = "") -> Iterator[Residue]:
    """Each value that differs; its place is a JSON pointer (RFC 6901)."""
    if isinstance(wire, Mapping) and isinstance(made, Mapping):
        for key in dict.fromkeys((*wire, *made)):
            place = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
            yield from difference(wire.get(key, _NOTHING), made.get(key, _NOTHING), place)
    elif isinstance(wire, list) and isinstance(made, list):
        for index in range(max(len(wire), len(made))):
            yield from difference(_item(wire, index), _item(made, index), f"{at}/{index}")
    elif not _same(wire, made):
        yield Residue("", "", "", at, 0, "", position=0, moved=False, sequence=0, wire=_text(wire), normal=_text(made))


def restore(made: Any, residue: Iterable[Residue]) -> bool:
    """Put all values back that still fit, in place; says whether any did not."""
    kept = list(residue)
    added = [_put_back(made, one) for one in kept if one.wire is not None]
    for one in reversed(kept):
        if one.wire is None:
            _put_back(made, one)
    return not all(added)


def _put_back(made: Any, one: Residue) -> bool:
    """Only where the map writes what it would have written then."""
    *above, last = (part.replace("~1", "/").replace("~0", "~") for part in one.at.split("/")[1:])
    for part in above:
        made = made.get(part, _NOTHING) if isinstance(made, Mapping) else _item(made, _index(part))
    now = made.get(last, _NOTHING) if isinstance(made, Mapping) else _item(made, _index(last))
    if _text(now) != one.normal:
        return False
    value = _NOTHING if one.wire is None else json.read(one.wire.encode()).value
    if isinstance(made, dict):
        if value is _NOTHING:
            made.pop(last, None)
        else:
            made[last] = value
    elif isinstance(made, list) and _index(last) <= len(made):
        made[_index(last) : _index(last) + 1] = [] if value is _NOTHING else [value]
    else:
        return False
    return True


def _index(part: str) -> int:
    return int(part) if part.isascii() and part.isdigit() and len(part) < 10 else 1 << 60


def _item(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list) and index < len(items) else _NOTHING


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and str(a) == str(b)


def _text(value: Any) -> str | None:
    return None if value is _NOTHING else json.write(value).decode()
