"""What a payload of a partner's own form held beside what the map writes for its document, value by value, and its way back.

The order of keys means nothing and is not kept, but in XML, where it is that of the elements.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from maps.formats import json
from maps.formats.payload import ORDER, Limits
from maps.run.residue import Residue

__all__ = ["difference", "restore"]

_NOTHING = object()
_KEPT: Final = Limits(bytes=1 << 30, depth=100, values=1 << 30)  #: more than any payload becomes, whose limits were looked at before


def difference(wire: Any, made: Any, at: str = "", *, ordered: bool = False) -> Iterator[Residue]:
    """Each value that differs; its place is a JSON pointer (RFC 6901). `ordered`: and each object whose lists stand in another order."""
    if isinstance(wire, Mapping) and isinstance(made, Mapping):
        for key in dict.fromkeys((*wire, *made)):
            place = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
            yield from difference(wire.get(key, _NOTHING), made.get(key, _NOTHING), place, ordered=ordered)
        if ordered and _lists(wire) != _lists({**made, **wire}, within=wire):
            yield _residue(at, list(_lists(wire)), _NOTHING, moved=True)
    elif isinstance(wire, list) and isinstance(made, list):
        for index in range(max(len(wire), len(made))):
            yield from difference(_item(wire, index), _item(made, index), f"{at}/{index}", ordered=ordered)
    elif not _same(wire, made):
        yield _residue(at, wire, made)


def _residue(at: str, wire: Any, made: Any, *, moved: bool = False) -> Residue:
    return Residue("", "", "", at, 0, "", position=0, moved=moved, sequence=0, wire=_text(wire), normal=_text(made))


def _lists(value: Mapping[str, Any], within: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The keys of lists, in their order, without what only says an order."""
    return tuple(key for key, inner in value.items() if isinstance(inner, list) and key != ORDER and (within is None or key in within))


def restore(made: Any, residue: Iterable[Residue]) -> bool:
    """Put all values back that still fit, in place; says whether any did not."""
    given = list(residue)
    kept = [one for one in given if not one.moved]
    added = [_put_back(made, one) for one in kept if one.wire is not None]
    for one in reversed(kept):
        if one.wire is None:
            _put_back(made, one)
    ordered = [_put_in_order(made, one) for one in given if one.moved]
    return not all((*added, *ordered))


def _put_in_order(made: Any, one: Residue) -> bool:
    """The lists of an object as they stood; what was not there then stands behind."""
    keys = _value(one.wire or "null")
    found = _at(made, one.at)
    if not isinstance(found, dict) or not isinstance(keys, list):
        return False
    ordered = {key: found.pop(key) for key in keys if isinstance(key, str) and key in found}
    rest = dict(found)
    found.clear()
    found.update({key: value for key, value in rest.items() if not isinstance(value, list)} | ordered)
    found.update(rest)
    return True


def _at(made: Any, pointer: str) -> Any:
    for part in _parts(pointer):
        made = made.get(part, _NOTHING) if isinstance(made, Mapping) else _item(made, _index(part))
    return made


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _put_back(made: Any, one: Residue) -> bool:
    """Only where the map writes what it would have written then."""
    parts = _parts(one.at)
    if not parts:
        return False
    last, made = parts[-1], _at(made, one.at.rpartition("/")[0])
    now = made.get(last, _NOTHING) if isinstance(made, Mapping) else _item(made, _index(last))
    if _text(now) != one.normal:
        return False
    value = _NOTHING if one.wire is None else _value(one.wire)
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


def _value(text: str) -> Any:
    return json.read(text.encode(), _KEPT).value


def _text(value: Any) -> str | None:
    return None if value is _NOTHING else json.write(value).decode()
