"""Where a rule's values go: the object it opens when reading, and the objects it finds when writing. The same for every syntax."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from maps.codecs import CodecError, make
from maps.finding import MapFindingCode
from maps.model import Direction, IntoKind, MapSpec, Rule
from maps.paths import dotted, get, put
from maps.run.fields import Reader, repeated
from maps.run.state import DecodeState, EncodeState, Frame, Object
from maps.run.values import Lineage

__all__ = ["Found", "Opened", "Target"]


class Opened(NamedTuple):
    """An object that is being filled."""

    scope: Object
    at: str
    key: str = ""  #: of `keyed{}`


class Found(NamedTuple):
    """An object that is to be written."""

    scope: Mapping[str, Any]
    at: str
    key: str = ""
    code: str = ""  #: the key as it stands on the wire


class Target:
    """The `into`, `key`, `rest`, `when` and `scope` of one rule, compiled. Raises ValueError when its key has no such codec."""

    def __init__(self, spec: MapSpec, rule: Rule, key_reader: Reader | None) -> None:
        self.rule, self._key_reader = rule, key_reader
        self.kind, self._path, self._suffix = rule.into.kind, rule.into.path, dotted(rule.into.path)
        self._key_codec = make(rule.key.codec.name, rule.key.codec.arg, 1, spec.tables, spec.syntax) if rule.key else None
        #: one object takes one record; lists, keys, and parts that may stand in several records take any number
        self.single = self.kind in {IntoKind.HERE, IntoKind.OBJECT} and not (rule.groups or rule.join or rule.pairs)
        self.needed = self.kind is IntoKind.HERE and self.single and any(b.required for b in rule.bindings) and self.reads

    @property
    def reads(self) -> bool:
        """Whether the rule works in the direction of reading."""
        return self.rule.direction is not Direction.OUT

    @property
    def writes(self) -> bool:
        """Whether the rule works in the direction of writing."""
        return self.rule.direction is not Direction.IN

    def applies(self, scope: Mapping[str, Any], document: Mapping[str, Any], key: str) -> bool:
        """Whether `when` and `whenKey` hold for the enclosing object."""
        keys, when = self.rule.when_key, self.rule.when
        if keys and (f"!{key}" in keys or not (key in keys or keys[0].startswith("!"))):
            return False
        return when is None or bool(when.evaluate(scope if scope is document else {**document, **scope}))

    def missing(self, state: DecodeState, at: str, *, record: Any = None, frame: Frame = (), hint: str = "") -> None:
        """Report the required values of a record that did not come."""
        for binding in self.rule.bindings:
            if binding.required:
                path = at + dotted(binding.path)
                state.fault(MapFindingCode.REQUIRED_VALUE_MISSING, path, self.rule.address, record=record, frame=frame, hint=hint)

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def open(self, state: DecodeState, record: Any, scope: Object, at: str, frame: Frame) -> Opened | None:
        """The object that a record fills; None when there is no room for it. `close` puts it into its place."""
        if self.rule.of_document:
            scope, at = state.document, "$"
        if self.kind is IntoKind.HERE:
            return Opened(scope, at)
        if self.kind is IntoKind.OBJECT:
            return Opened(get(scope, self._path) or {}, at + self._suffix)
        if self.kind is IntoKind.LIST:
            return Opened({}, f"{at}{self._suffix}[{len(get(scope, self._path) or ())}]")
        return self._open_keyed(state, record, scope, at, frame)

    def close(self, state: DecodeState, opened: Opened, scope: Object) -> None:
        """Put a filled object into its place; an empty one is nothing that was said."""
        if not opened.scope or self.kind in {IntoKind.HERE, IntoKind.KEYED}:
            return
        if self.rule.of_document:
            scope = state.document
        if self.kind is IntoKind.OBJECT:
            put(scope, self._path, opened.scope)
        else:
            items: list[Any] = get(scope, self._path) or []
            put(scope, self._path, items)
            items.append(opened.scope.get("", opened.scope))

    def _open_keyed(self, state: DecodeState, record: Any, scope: Object, at: str, frame: Frame) -> Opened | None:
        """The object of a key: its word in the table, or one more of the rest. Said is said, so it is in its place at once."""
        assert self._key_codec is not None
        assert self._key_reader is not None
        assert self.rule.key is not None
        rest, place = self.rule.rest, self.rule.key.places[0]
        code = self._key_reader(record)
        try:
            word = self._key_codec.decode((code,), state.context)
        except CodecError as error:
            word = None
            if rest is None:
                state.fault(error.code, at + self._suffix, self.rule.address, record=record, frame=frame, place=place, value=code)
        kept: Object = get(scope, self._path) or {}
        if isinstance(word, str) and word not in kept:
            put(scope, self._path, kept)
            kept[word] = {}
            return Opened(kept[word], f"{at}{self._suffix}.{word}", word)
        if rest is None or not code:
            if isinstance(word, str):
                repeated(state, f"{at}{self._suffix}.{word}", self.rule.address, record, frame, place, code)
            return None
        others: list[Any] = get(scope, rest.into) or []
        put(scope, rest.into, others)
        others.append({rest.qualifier: code})
        return Opened(others[-1], f"{at}{dotted(rest.into)}[{len(others) - 1}]")

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def find(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> Iterator[Found]:
        """The objects that the rule writes, in their order."""
        if self.rule.of_document:
            scope, at = state.document, "$"
        found = scope if self.kind is IntoKind.HERE else get(scope, self._path)
        at += self._suffix
        if self.kind in {IntoKind.HERE, IntoKind.OBJECT}:
            if isinstance(found, dict):
                yield Found(found, at)
            elif self.rule.required:
                yield Found({}, at)
        elif self.kind is IntoKind.LIST:
            for number, item in enumerate(found if isinstance(found, list) else ()):
                yield Found(item if isinstance(item, dict) else {"": item}, f"{at}[{number}]")
        else:
            yield from self._find_keyed(state, found if isinstance(found, dict) else {}, at)
            yield from self._find_rest(state, scope, at.removesuffix(self._suffix))

    def _find_keyed(self, state: EncodeState, found: Mapping[str, Any], at: str) -> Iterator[Found]:
        assert self._key_codec is not None
        rest = self.rule.rest
        aside = rest.into[-1] if rest and rest.into[:-1] == self._path else None
        for key in dict.fromkeys((*self.rule.order, *found)):
            target = found.get(key)
            if key == aside or not isinstance(target, dict):
                continue
            try:
                code = self._key_codec.encode(key, state.context)[0]
            except CodecError:
                continue  # a role that the map does not know: what stands there is told as not carried
            yield Found(target, f"{at}.{key}", key, code)

    def _find_rest(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> Iterator[Found]:
        rest = self.rule.rest
        others = get(scope, rest.into) if rest else None
        for number, target in enumerate(others if isinstance(others, list) else ()):
            assert rest is not None
            code = target.get(rest.qualifier)
            if isinstance(code, str):
                path = f"{at}{dotted(rest.into)}[{number}]"
                if state.lineage is not None:
                    state.lineage.append(Lineage(f"{path}.{rest.qualifier}", "direct", "", 0, "", code, "", self.rule.address))
                yield Found(target, path, "", code)
