"""The JSON engine: rules with `at` compiled, and the two walks over a payload."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from maps.codecs import make
from maps.codecs.numbers import plain
from maps.finding import MapFindingCode, Severity
from maps.formats.json import matcher, reader, value_at, writer
from maps.model import Binding, KeyPath, MapSpec, Rule, Step
from maps.run.fields import Read, Write, dotted, reading, repeated, writing
from maps.run.json_residue import difference, restore
from maps.run.residue import Residue
from maps.run.state import Check, DecodeState, EncodeState, Frame, Object
from maps.run.target import Target

__all__ = ["JsonEngine"]

_NUMERIC = frozenset({"num", "int", "n", "n2"})


class _Rule:
    """One compiled rule."""

    def __init__(self, spec: MapSpec, rule: Rule) -> None:
        self.rule, self._spec = rule, spec
        self.keys = tuple(step.key for step in rule.at)
        last = rule.at[-1] if rule.at else Step("")
        self.each, self._selector = last.each, last.selector
        self.takes = matcher(last.selector) or (lambda _: True)
        self.target = Target(spec, rule, reader(rule.key.places[0]) if rule.key else None)
        bound = [binding for binding in rule.bindings if binding.constant is None]
        self._reads = [(binding, self._reading(binding)) for binding in bound]
        self._writes = [self._writing(binding) for binding in bound]
        constants = list(last.selector.constants if last.selector else ())
        constants += [(b.places[0], b.constant) for b in rule.bindings if b.constant is not None]
        self._constants = [(writer(place), text) for place, text in constants]
        self._calc = [(calc, reader(calc.place), writer(calc.place, number=True)) for calc in rule.calc]
        self._write_key = writer(rule.key.places[0]) if rule.key else None
        self._within = _Rules(spec, rule.rules)

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, state: DecodeState, record: Any, scope: Object, at: str, frame: Frame) -> bool:
        """Read one record; says whether there was room for it."""
        opened = self.target.open(state, record, scope, at, frame)
        if opened is None:
            return False
        for binding, read in self._reads:
            if self._typed(state, binding, record, opened.at, frame):
                read(state, record, opened.scope, opened.at, frame)
        for calc, read_text, _ in self._calc:
            if text := read_text(record):
                state.checks.append(Check(self.rule, calc, opened.scope, opened.at, text, record, frame))
        self._within.read(state, record, opened.scope, opened.at, frame, opened.key)
        self.target.close(state, opened, scope)
        return True

    def _typed(self, state: DecodeState, binding: Binding, record: Any, at: str, frame: Frame) -> bool:
        """Whether plain values stand where the binding reads; an object or list there is a fault."""
        for place in binding.places:
            assert isinstance(place, KeyPath)
            for depth in range(1, len(place.keys) + 1):
                value = value_at(record, place.keys[:depth])
                plain_value = not isinstance(value, Mapping | list)
                if value is not None and plain_value != (depth == len(place.keys)):
                    path = at + dotted(binding.path)
                    state.fault(MapFindingCode.TYPE_UNEXPECTED, path, self.rule.address, record=record, frame=frame, place=place)
                    return False
        return True

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, into: Object) -> None:
        """Put what the rule finds into the object that stands above its place."""
        for found in self.target.find(state, scope, at):
            record: Object = {}
            for write_text, text in self._constants:
                write_text(record, text)
            filled = False
            for write in self._writes:
                filled = write(state, found.scope, found.at, record) or filled
            for calc, _, write_text in self._calc:
                value = calc.expression.evaluate(found.scope) if calc.expression else None
                total = plain(format(value, "f")) if isinstance(value, Decimal) else None
                if total is not None:
                    write_text(record, total)
                    filled = True
            if self._write_key is not None:
                self._write_key(record, found.code)
            before = len(record)
            self._within.write(state, found.scope, found.at, record, found.key)
            if filled or found.code or len(record) > before or self.rule.required or not self.keys:
                self._attach(into, record)

    def _attach(self, into: Object, record: Object) -> None:
        keys = self.keys[:-1] if self.each else self.keys
        for key in keys:
            into = into.setdefault(key, {})
        if self.each:
            into.setdefault(self.keys[-1], []).append(record.get("", record))
        else:
            _merge(into, record)

    # --- compiling --------------------------------------------------------------------------------------------------------------------

    def _reading(self, binding: Binding) -> Read:
        codec = make(binding.codec.name, binding.codec.arg, len(binding.places), self._spec.tables, self._spec.syntax)
        return reading(binding, codec, tuple(reader(place) for place in binding.places), self.rule.address)

    def _writing(self, binding: Binding) -> Write:
        codec = make(binding.codec.name, binding.codec.arg, len(binding.places), self._spec.tables, self._spec.syntax)
        numeric = binding.codec.name in _NUMERIC
        return writing(binding, codec, tuple(writer(place, number=numeric) for place in binding.places), (), self.rule.address)


class _Rules:
    """The rules of one list; those for the items of one JSON list share them, first come, first served."""

    def __init__(self, spec: MapSpec, rules: Iterable[Rule]) -> None:
        self._all = [_Rule(spec, rule) for rule in rules]
        readers = [rule for rule in self._all if rule.target.reads]
        self._objects = [rule for rule in readers if not rule.each]
        self._lists: dict[tuple[str, ...], list[_Rule]] = {}
        for rule in readers:
            if rule.each:
                self._lists.setdefault(rule.keys, []).append(rule)

    def read(self, state: DecodeState, record: Any, scope: Object, at: str, frame: Frame, key: str = "") -> None:
        """Read everything below one record."""
        for rule in self._objects:
            if not rule.target.applies(scope, state.document, key):
                continue
            value = value_at(record, rule.keys)
            inner = (".".join((*frame, *rule.keys)),)
            if isinstance(value, Mapping):
                rule.read(state, value, scope, at, inner)
            elif value is not None:
                _unexpected(state, rule, record, at, inner)
            elif rule.target.needed:
                rule.target.missing(state, at, record={}, frame=inner)
        for keys, rules in self._lists.items():
            value = value_at(record, keys)
            inner = (".".join((*frame, *keys)),)
            if isinstance(value, list):
                self._items(state, value, [rule for rule in rules if rule.target.applies(scope, state.document, key)], scope, at, inner)
            elif value is not None:
                _unexpected(state, rules[0], record, at, inner)

    def _items(self, state: DecodeState, items: list[Any], rules: list[_Rule], scope: Object, at: str, frame: Frame) -> None:
        used: set[int] = set()
        for number, item in enumerate(items):
            record = item if isinstance(item, Mapping) else {"": item}
            inner = (f"{frame[0]}[{number}]",)
            beaten = None
            for index, rule in enumerate(rules):
                if not rule.takes(record):
                    continue
                if index in used and rule.target.single:
                    beaten = rule
                elif rule.read(state, record, scope, at, inner):
                    used.add(index)
                    break
            else:
                if beaten is not None:
                    repeated(state, at, beaten.rule.address, record, inner, None, None)
        for index, rule in enumerate(rules):
            if rule.target.needed and index not in used:
                rule.target.missing(state, at, record={}, frame=frame)

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, into: Object, key: str = "") -> None:
        """Write what all rules find."""
        for rule in self._all:
            if rule.target.writes and rule.target.applies(scope, state.document, key):
                rule.write(state, scope, at, into)


def _unexpected(state: DecodeState, rule: _Rule, record: Any, at: str, frame: Frame) -> None:
    state.fault(MapFindingCode.TYPE_UNEXPECTED, at, rule.rule.address, record=record, frame=frame)


def _merge(into: Object, record: Object) -> None:
    for key, value in record.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


class JsonEngine:
    """A compiled JSON map, without faults, for `maps.lint` has seen it."""

    def __init__(self, spec: MapSpec) -> None:
        self._rules = _Rules(spec, spec.rules)

    def read(self, state: DecodeState, value: Any) -> Any:
        """Fill the state's document from a payload's value."""
        if isinstance(value, Mapping):
            self._rules.read(state, value, state.document, "$", ("$",))
        else:
            state.fault(MapFindingCode.TYPE_UNEXPECTED, "$", "", hint="an object")
        return value

    def write(self, state: EncodeState) -> Object:
        """What the document becomes."""
        made: Object = {}
        self._rules.write(state, state.document, "$", made)
        return made

    def difference(self, value: Any, made: Object) -> tuple[Residue, ...]:
        """What must be kept of the payload."""
        return tuple(difference(value, made))

    def restore(self, state: EncodeState, made: Object, residue: Iterable[Residue]) -> Object:
        """The payload again."""
        if restore(made, residue):
            state.fault(MapFindingCode.RESIDUE_NOT_PLACED, "$", "", severity=Severity.INFO)
        return made

    def pour(self, made: Object) -> Object:
        """A value is its own tree."""
        return made
