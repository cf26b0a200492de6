"""One rule's segment, compiled: what it reads from a segment into an object, and the segments it writes for one."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from edi.values import Segment
from maps.codecs import Codec, make
from maps.codecs.numbers import plain
from maps.formats.edi import Cells, Elements, Use, elements_of, reader, standing, width, writer
from maps.model import Binding, MapSpec, Rule, RuleKind, Slot
from maps.paths import get
from maps.run.fields import Read, Write, reading, writing
from maps.run.pairs import PairsPart
from maps.run.parts import GroupsPart, JoinPart, SignPart
from maps.run.state import Check, DecodeState, EncodeState, Frame, Object

__all__ = ["SegmentPart"]


class SegmentPart:
    """Bindings, pairs, groups, joined text, constants and totals of one rule."""

    def __init__(self, spec: MapSpec, rule: Rule, use: Use) -> None:
        self._spec, self._rule, self._use = spec, rule, use
        bound = [binding for binding in rule.bindings if binding.constant is None]
        self._reads = [self._reading(binding, 0) for binding in bound if not binding.companion]
        self._beside = [(binding.path[:-1], self._reading(binding, 0)) for binding in bound if binding.companion]
        self._writes = [self._writing(binding, 0) for binding in bound if not binding.companion]
        self._companions = [self._writing(binding, 0) for binding in bound if binding.companion]
        constants = [(place, text) for place, text in rule.selector.constants]
        constants += [(b.places[0], b.constant) for b in rule.bindings if b.constant is not None and b.beside is None]
        self._constants = [(writer(place), text) for place, text in constants]
        self._conditional = [
            (standing(b.beside), b.unless, writer(b.places[0]), b.constant)
            for b in rule.bindings
            if b.constant is not None and b.beside is not None
        ]
        self._pairs = [PairsPart(pairs, spec.tables[pairs.table], self._codec, use, rule.address) for pairs in rule.pairs]
        self._groups = GroupsPart(rule.groups, self._reading, self._writing) if rule.groups else None
        self._join = JoinPart(rule.join, use, rule.address) if rule.join else None
        self._sign = SignPart(rule.sign, rule.address) if rule.sign else None
        self._calc = [(calc, reader(calc.place), writer(calc.place)) for calc in rule.calc]

    def read(self, state: DecodeState, segment: Segment, scope: Object, at: str, frame: Frame) -> None:
        """Everything that the rule takes from a segment."""
        for read in self._reads:
            read(state, segment, scope, at, frame)
        for path, read in self._beside:
            if not path or get(scope, path) is not None:
                read(state, segment, scope, at, frame)
        for pairs in self._pairs:
            pairs.read(state, segment, scope, at, frame)
        if self._groups:
            self._groups.read(state, segment, scope, at, frame)
        if self._join:
            self._join.read(state, segment, scope, at, frame)
        if self._sign and self._rule.kind is RuleKind.SEGMENT:
            self.end(state, segment, scope, at, frame)
        for calc, read_text, _ in self._calc:
            text = read_text(segment)
            if text and not calc.is_running and self._rule.check != "none":
                state.checks.append(Check(self._rule, calc, scope, at, text, segment, frame))

    def end(self, state: DecodeState, segment: Segment, scope: Object, at: str, frame: Frame) -> None:
        """What can be read only when the number that it is about is there: of a loop, when all within is read."""
        if self._sign:
            self._sign.read(state, segment, scope, at, frame)

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> tuple[list[Elements], bool]:
        """The segments for an object, mostly one, and whether they hold more than constants."""
        segments: list[Cells] = []
        if self._groups:
            segments = self._groups.write(state, scope, at, self._new)
        elif self._join:
            segments = self._join.write(state, scope, at, self._new)
        filled = bool(segments)
        segments = segments or [self._new()]
        for cells in segments:
            filled = self._fill(state, scope, at, cells) or filled
        return [elements_of(cells) for cells in segments], filled

    def _fill(self, state: EncodeState, scope: Mapping[str, Any], at: str, cells: Cells) -> bool:
        filled = False
        for write in self._writes:
            filled = write(state, scope, at, cells) or filled
        for pairs in self._pairs:
            filled = pairs.write(state, scope, at, cells) or filled
        if self._sign:
            filled = self._sign.write(scope, cells) or filled
        for calc, _, write_text in self._calc:
            if calc.is_running:
                write_text(cells, str(state.next_number(self._rule.address)))
                continue
            value = Decimal(state.levels) if calc.expression is None else calc.expression.evaluate(scope)
            text = plain(format(value, "f")) if isinstance(value, Decimal) else None
            if text is not None:
                write_text(cells, text.replace(".", state.context.decimal[0]))
                filled = filled or text != "0"
        for write in self._companions if filled else ():
            write(state, scope, at, cells)
        for stands, unless, write_text, text in self._conditional:
            if stands(cells) != unless:
                write_text(cells, text)
        return filled

    def _new(self) -> Cells:
        cells: Cells = []
        for write, text in self._constants:
            write(cells, text)
        return cells

    # --- compiling --------------------------------------------------------------------------------------------------------------------

    def _codec(self, name: str, arg: str, places: int = 1) -> Codec:
        return make(name, arg, places, self._spec.tables, self._spec.syntax)

    def _reading(self, binding: Binding, start: int) -> Read:
        binding = _moved(binding, start)
        readers = tuple(reader(place) for place in binding.places)
        return reading(binding, self._codec(binding.codec.name, binding.codec.arg, len(readers)), readers, self._rule.address)

    def _writing(self, binding: Binding, start: int) -> Write:
        binding = _moved(binding, start)
        writers = tuple(writer(place) for place in binding.places)
        widths = tuple(width(self._use, place) for place in binding.places)
        return writing(binding, self._codec(binding.codec.name, binding.codec.arg, len(writers)), writers, widths, self._rule.address)


def _moved(binding: Binding, start: int) -> Binding:
    """A binding of `groups` at one of its strides."""
    if not start:
        return binding
    return replace(
        binding, places=tuple(Slot(place.element + start, place.component) for place in binding.places if isinstance(place, Slot))
    )
