"""Which documents an outbound agreement is for, where several sets carry the same kind: by what fields of the document say."""

from collections.abc import Mapping
from typing import Any

__all__ = ["Wanted", "exclusive", "fulfils"]

#: of a field: it is there, it is not, or it is one of these
Wanted = bool | tuple[str, ...]


def fulfils(when: Mapping[str, Wanted], document: Mapping[str, Any]) -> bool:
    """Whether all of it holds; a field is a path of names in the document's JSON, such as `changeSequence` or `totals.amount`."""
    return all(_holds(wanted, _value(document, path)) for path, wanted in when.items())


def exclusive(one: Mapping[str, Wanted], other: Mapping[str, Wanted]) -> bool:
    """Whether it is plain which of two is meant: no document fulfils both, or only one asks for something, and the other has the rest."""
    if not one or not other:
        return bool(one or other)
    return any(not _both(one[path], other[path]) for path in one.keys() & other.keys())


def _value(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _holds(wanted: Wanted, value: Any) -> bool:
    return (value is not None) is wanted if isinstance(wanted, bool) else value in wanted


def _both(one: Wanted, other: Wanted) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one == other or (one is not False and other is not False)
    return bool(set(one) & set(other))
