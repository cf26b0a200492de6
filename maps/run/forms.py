"""The engine of partners' own forms: rules with `at` compiled, and the two walks over the value of a payload."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from maps.codecs import make
from maps.codecs.numbers import plain
from maps.finding import MapFindingCode, Severity
from maps.formats.payload import Form, Record
from maps.formats.places import Odd, Places
from maps.model import Binding, Join, KeyPath, MapSpec, Path, Place, Rule, Step
from maps.paths import dotted, get, put
from maps.run.fields import Read, Write, reading, repeated, writing
from maps.run.forms_residue import difference, restore
from maps.run.residue import Residue
from maps.run.state import Check, DecodeState, EncodeState, Frame, Object
from maps.run.target import Found, Opened, Target
from maps.run.values import Lineage

__all__ = ["FormEngine"]

_NUMERIC = frozenset({"num", "int", "n", "n2"})


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rules of a map share while they are compiled."""

    spec: MapSpec
    form: Form
    places: Places


class _Rule:
    """One compiled rule."""

    def __init__(self, around: _Around, rule: Rule, above: tuple[str, ...]) -> None:
        self.rule, self._spec, self._form = rule, around.spec, around.form
        self._places = places = around.places
        self.keys = tuple(step.key for step in rule.at)
        last = rule.at[-1] if rule.at else Step("")
        self.each, self._above = last.each, (*above, *self.keys)
        self.takes = places.matcher(last.selector) or (lambda _: True)
        self.target = Target(around.spec, rule, places.reader(rule.key.places[0]) if rule.key else None)
        self._reads = [(binding, self._reading(binding)) for binding in rule.bindings if binding.constant is None]
        self._selected = [(places.writer(place), text) for place, text in (last.selector.constants if last.selector else ())]
        self._writes = [self._constant(b, b.constant) if b.constant is not None else self._writing(b) for b in rule.bindings]
        self._calc = [(calc, places.reader(calc.place), places.writer(calc.place, number=True)) for calc in rule.calc]
        joint = rule.join.place if rule.join else None
        self._join = (places.reader(joint), places.writer(joint)) if joint else None
        self._write_key = places.writer(rule.key.places[0]) if rule.key else None
        self._within = _Rules(around, rule.rules, self._above)

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, state: DecodeState, record: Any, scope: Object, at: str, frame: Frame) -> bool:
        """Read one record; says whether there was room for it."""
        opened = self.target.open(state, record, scope, at, frame)
        if opened is None:
            return False
        for binding, read in self._reads:
            if self._typed(state, binding, record, opened.at, frame):
                read(state, record, opened.scope, opened.at, frame)
        if self.rule.join is not None and self._join is not None:
            _add_line(state, self.rule, self.rule.join, self._join[0](record), opened)
        for calc, read_text, _ in self._calc:
            if text := read_text(record):
                state.checks.append(Check(self.rule, calc, opened.scope, opened.at, text, record, frame))
        self._within.read(state, record, opened.scope, opened.at, frame, opened.key)
        for path, value in self.rule.means:
            if _is_said(opened.scope, path) and put(opened.scope, path, value):
                _trace(state, opened.at, path, value, self.rule)
        self.target.close(state, opened, scope)
        return True

    def _typed(self, state: DecodeState, binding: Binding, record: Any, at: str, frame: Frame) -> bool:
        """Whether plain values stand where the binding reads; an object or list there is a fault."""
        for place in binding.places:
            assert isinstance(place, KeyPath)
            odd = self._places.odd(record, place.keys)
            path = at + dotted(binding.path)
            if odd is Odd.TYPE:
                state.fault(MapFindingCode.TYPE_UNEXPECTED, path, self.rule.address, record=record, frame=frame, place=place)
                return False
            if odd is Odd.REPEATED:
                repeated(state, path, self.rule.address, record, frame, place, None)
        return True

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, into: Object) -> None:
        """Put what the rule finds into the object that stands above its place."""
        room = True
        for found in self.target.find(state, scope, at):
            if not room:
                break  # one record holds one of them; `encode` tells which values have no place
            meant = [(path, word) for path, word in self.rule.means if _is_said(found.scope, path)]
            if any(get(found.scope, path) != word for path, word in meant):
                continue  # another rule writes it
            for path, word in meant:
                _trace(state, found.at, path, word, self.rule)
            for line in self._lines(state, found):
                room = not self._record(state, found, into, line) or self.each

    def _lines(self, state: EncodeState, found: Found) -> Iterable[str | None]:
        """The lines of a text, each for a record of its own; of a rule without `join`, one record without a line."""
        join = self.rule.join
        if join is None or self._join is None:
            return (None,)
        text = get(found.scope, join.into)
        if not isinstance(text, str):
            return ()
        _trace(state, found.at, join.into, text, self.rule, "direct")
        return text.split(join.separator)

    def _record(self, state: EncodeState, found: Found, into: Object, line: str | None) -> bool:
        """One record of what was found, attached when it says anything; whether it did."""
        record: Object = {}
        for write_text, text in self._selected:
            write_text(record, text)
        if self._write_key is not None:
            self._write_key(record, found.code)
        filled = line is not None
        if line is not None and self._join is not None and (line or not self._form.is_text):
            self._join[1](record, line)  # an empty text is no text, but in JSON
        for write in self._writes:
            filled = write(state, found.scope, found.at, record) or filled
        for calc, _, write_text in self._calc:
            value = calc.expression.evaluate(found.scope) if calc.expression else None
            total = plain(format(value, "f")) if isinstance(value, Decimal) else None
            if total is not None:
                write_text(record, total)
                filled = True
        before = len(record)
        self._within.write(state, found.scope, found.at, record, found.key)
        if not (filled or found.code or len(record) > before or self.rule.required or not self.keys):
            return False
        self._places.attach(into, self.keys, record, each=self.each)
        return True

    # --- compiling --------------------------------------------------------------------------------------------------------------------

    def _reading(self, binding: Binding) -> Read:
        codec = make(binding.codec.name, binding.codec.arg, len(binding.places), self._spec.tables, self._spec.syntax)
        return reading(binding, codec, tuple(map(self._places.reader, binding.places)), self.rule.address)

    def _writing(self, binding: Binding) -> Write:
        codec = make(binding.codec.name, binding.codec.arg, len(binding.places), self._spec.tables, self._spec.syntax)
        numeric = binding.codec.name in _NUMERIC
        writers = tuple(self._places.writer(place, number=numeric) for place in binding.places)
        return writing(binding, codec, writers, tuple(map(self._width, binding.places)), self.rule.address)

    def _constant(self, binding: Binding, text: str) -> Write:
        """A constant: always, or as something stands beside it. It is nothing for whose sake a record is written."""
        put = self._places.writer(binding.places[0])
        beside: Callable[[Any], str] = self._places.reader(binding.beside) if binding.beside else lambda _: ""
        always, wanted = binding.beside is None, not binding.unless

        def write(state: EncodeState, scope: Mapping[str, Any], at: str, out: Any) -> bool:  # noqa: ARG001 - as every Write
            if always or bool(beside(out)) == wanted:
                put(out, text)
            return False

        return write

    def _width(self, place: Place) -> int:
        assert isinstance(place, KeyPath)
        return self._form.width(self._above, place.keys)


def _is_said(scope: Mapping[str, Any], path: Path) -> bool:
    """Whether there is an object of which the place could mean something."""
    return bool(scope if len(path) == 1 else get(scope, path[:-1]))


def _trace(state: DecodeState | EncodeState, at: str, path: Path, value: str, rule: Rule, kind: str = "constant") -> None:
    if state.lineage is not None:
        state.lineage.append(Lineage(at + dotted(path), kind, "", 0, "", value, "", rule.address))


def _add_line(state: DecodeState, rule: Rule, join: Join, line: str, opened: Opened) -> None:
    """One more line of a text. A text does not begin with an empty one."""
    before = get(opened.scope, join.into)
    if not line and before is None:
        return
    target = opened.scope
    for key in join.into[:-1]:
        target = target.setdefault(key, {})
    target[join.into[-1]] = line if before is None else f"{before}{join.separator}{line}"
    _trace(state, opened.at, join.into, line, rule, "direct")


class _Rules:
    """The rules of one list; those for the items of one JSON list share them, first come, first served."""

    def __init__(self, around: _Around, rules: Iterable[Rule], above: tuple[str, ...] = ()) -> None:
        self._form, self._places = around.form, around.places
        self._all = [_Rule(around, rule, above) for rule in rules]
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
            value = self._places.one(record, rule.keys)
            inner = (self._form.within(frame[0], rule.keys),)
            if isinstance(value, Mapping):
                if self._places.odd(record, (*rule.keys, "")) is Odd.REPEATED:
                    repeated(state, at, rule.rule.address, value, inner, None, None)
                rule.read(state, value, scope, at, inner)
            elif value is not None:
                _unexpected(state, rule, record, at, inner)
            elif rule.target.needed:
                rule.target.missing(state, at, record={}, frame=inner)
        for keys, rules in self._lists.items():
            value = self._places.many(record, keys)
            inner = (self._form.within(frame[0], keys),)
            if isinstance(value, list):
                self._items(state, value, [rule for rule in rules if rule.target.applies(scope, state.document, key)], scope, at, inner)
            elif value is not None:
                _unexpected(state, rules[0], record, at, inner)

    def _items(self, state: DecodeState, items: list[Any], rules: list[_Rule], scope: Object, at: str, frame: Frame) -> None:
        used: set[int] = set()
        for number, item in enumerate(items):
            record = item if isinstance(item, Mapping) else {"": item}
            inner = (self._form.item(frame[0], number),)
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


class FormEngine:
    """A compiled map of a partner's own form, without faults, for `maps.lint` has seen it."""

    def __init__(self, spec: MapSpec, form: Form) -> None:
        places = Places(has_lists=form.has_lists, is_text=form.is_text)
        self._root, self._ordered = form.root, form.has_lists
        self._rules = _Rules(_Around(spec, form, places), spec.rules)

    def read(self, state: DecodeState, value: Any) -> Any:
        """Fill the state's document from a payload's value."""
        if isinstance(value, Mapping):
            frame = value.frame if isinstance(value, Record) else self._root
            self._rules.read(state, value, state.document, "$", (frame,))
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
        return tuple(difference(value, made, ordered=self._ordered))

    def restore(self, state: EncodeState, made: Object, residue: Iterable[Residue]) -> Object:
        """The payload again."""
        if restore(made, residue):
            state.fault(MapFindingCode.RESIDUE_NOT_PLACED, "$", "", severity=Severity.INFO)
        return made

    def pour(self, made: Object) -> Object:
        """A value is its own tree."""
        return made
