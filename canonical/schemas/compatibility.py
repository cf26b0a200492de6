"""Whether a schema still takes and means what the released one did: what a minor version may not do, difference by difference.

A new optional field, a new document, a new word of an open list and a wider text pass. All else is for a new major version.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Break", "breaks", "broken_files"]

Schema = Mapping[str, Any]

#: keyword -> whether its number must not grow (True) or must not shrink (False)
_LIMITS: Final = {
    "minLength": True,
    "minItems": True,
    "minimum": True,
    "exclusiveMinimum": True,
    "maxLength": False,
    "maxItems": False,
    "maximum": False,
    "exclusiveMaximum": False,
}
_SAME: Final = ("type", "format", "pattern", "const")
_SET_BY_REFERENCE: Final = "$ref"


@dataclass(frozen=True, slots=True)
class Break:
    """One difference that a minor version may not have."""

    file: str
    path: str  #: the field, as `lines[].quantity.unit`; empty: the document itself
    kind: str  #: one word of a closed list: field-removed, field-renamed, made-required …
    message: str

    def __str__(self) -> str:
        """`order.json: lines[].quantity: made-required: …`."""
        return f"{self.file}: {self.path or '(whole)'}: {self.kind}: {self.message}"


def broken_files(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> tuple[Break, ...]:
    """Every break between two sets of schemas by file name."""
    found: list[Break] = []
    for file, schema in released.items():
        if file in current:
            found += breaks(file, schema, current[file])
        else:
            found.append(Break(file, "", "document-removed", "There is no such document any more."))
    return tuple(found)


def breaks(file: str, released: Schema, current: Schema) -> tuple[Break, ...]:
    """Every break between two versions of one schema, each place once."""
    return tuple(dict.fromkeys(_Comparison(file, released, current).run()))


class _Comparison:
    """Two schemas walked side by side. A pair of definitions is compared once, so that what is within itself ends."""

    def __init__(self, file: str, released: Schema, current: Schema) -> None:
        self._file, self._released, self._current = file, released, current
        self._seen: set[tuple[str, str]] = set()

    def run(self) -> Iterator[Break]:
        return self._compare(self._released, self._current, "")

    def _tell(self, path: str, kind: str, message: str) -> Break:
        return Break(self._file, path, kind, message)

    def _compare(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        pair = (str(old.get(_SET_BY_REFERENCE, "")), str(new.get(_SET_BY_REFERENCE, "")))
        if all(pair):
            if pair in self._seen:
                return
            self._seen.add(pair)
        old, new = _resolved(old, self._released), _resolved(new, self._current)
        yield from self._scalar(old, new, path)
        yield from self._words(old, new, path)
        yield from self._branches(old, new, path)
        yield from self._fields(old, new, path)
        for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*")):
            inner_old, inner_new = old.get(keyword), new.get(keyword)
            if isinstance(inner_old, Mapping) and isinstance(inner_new, Mapping):
                yield from self._compare(inner_old, inner_new, path + suffix)
            elif inner_old != inner_new and inner_new is False:
                yield self._tell(path, "narrowed", "Fields that are not named are not taken any more.")

    def _scalar(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        for keyword in _SAME:
            if keyword in new and old.get(keyword) != new[keyword]:
                kind = "type-changed" if keyword == "type" else "narrowed"
                yield self._tell(path, kind, f"The {keyword} is another one.")
            elif keyword in {"type", "const"} and keyword in old and keyword not in new:
                yield self._tell(path, "type-changed", f"The {keyword} is not said any more.")
        for keyword, upwards in _LIMITS.items():
            before, after = old.get(keyword), new.get(keyword)
            if after is not None and (before is None or (after > before if upwards else after < before)):
                yield self._tell(path, "narrowed", f"The {keyword} leaves less room.")

    def _words(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        """An enum. Its words may become more only where the list is open, that is where another branch takes unknown ones."""
        before, after = old.get("enum"), new.get("enum")
        if after is not None and before is None:
            yield self._tell(path, "narrowed", "Only some words are taken now.")
        if before is None or after is None:
            return
        for word in before:
            if word not in after:
                yield self._tell(path, "word-removed", f"The word {word} is not taken any more.")
        for word in after:
            if word not in before:
                yield self._tell(path, "word-added", f"The list is closed, so readers do not know the word {word}.")

    def _branches(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        """`anyOf`: each way of saying it must still be taken. In an open list the words may become more."""
        before, after = old.get("anyOf"), new.get("anyOf")
        if before is None and after is None:
            return
        if before is None or after is None:
            yield self._tell(path, "type-changed", "There is another number of ways to say it.")
            return
        is_open = any("pattern" in branch for branch in before) and any("enum" in branch for branch in before)
        for branch in before:
            found = [self._inner(branch, other, path) for other in after if _kind(branch) == _kind(other)]
            if not found:
                yield self._tell(path, "narrowed", "One way of saying it is not taken any more.")
                continue
            least = min(found, key=len)
            yield from (one for one in least if not (is_open and one.kind == "word-added"))

    def _inner(self, old: Schema, new: Schema, path: str) -> list[Break]:
        return list(self._compare(old, new, path))

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_needed, is_needed = set(old.get("required", ())), set(new.get("required", ()))
        added = [name for name in after if name not in before]
        for name, schema in before.items():
            where = f"{path}.{name}" if path else name
            if name not in after:
                renamed = next((other for other in added if after[other] == schema), None)
                if renamed is None:
                    yield self._tell(where, "field-removed", "The field is not there any more.")
                else:
                    yield self._tell(where, "field-renamed", f"The field is called {renamed} now.")
                continue
            if name in is_needed - was_needed:
                yield self._tell(where, "made-required", "It must be given now.")
            if name in was_needed - is_needed:
                yield self._tell(where, "made-optional", "Readers counted on it.")
            yield from self._compare(schema, after[name], where)
        for name in added:
            if name in is_needed:
                yield self._tell(f"{path}.{name}" if path else name, "made-required", "A new field must be optional.")


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """What a reference stands for, with what is said beside it."""
    reference = schema.get(_SET_BY_REFERENCE)
    if not isinstance(reference, str):
        return schema
    target: Any = whole
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{key: value for key, value in schema.items() if key != _SET_BY_REFERENCE}}


def _kind(branch: Schema) -> str:
    """What sort of branch it is, so that like is compared with like."""
    for keyword in ("enum", "pattern", _SET_BY_REFERENCE):
        if keyword in branch:
            return keyword
    return f"{branch.get('type')}/{branch.get('format')}"
