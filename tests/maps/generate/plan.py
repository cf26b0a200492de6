"""A map prepared for making documents: per rule what it can write, and what must be there so that it can."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from canonical.registry import DOCUMENTS
from edi.grammar.load import load
from edi.grammar.model import LoopUse, MessageDef, SegmentDef
from edi.values import Standard
from maps import notation
from maps.formats.edi import Use, use_of
from maps.model import Binding, CodecUse, Direction, IntoKind, MapSpec, Pairs, Path, Rule, RuleKind, Slot
from maps.tables import Row
from tests.maps.generate.layouts import Slots
from tests.maps.generate.pools import Option, Pools, element_at, fits, without
from tests.maps.generate.shapes import Field, Scope, fields
from tests.maps.generate.views import shape
from tests.maps.generate.writes import Container, PairField, PairPlan, Part, RulePlan

__all__ = ["Plan"]


class Plan:
    """A whole map."""

    def __init__(self, spec: MapSpec) -> None:
        self.spec, self.standard = spec, Standard(spec.syntax)
        message = load(self.standard, spec.release, spec.set_id)
        assert message is not None
        self.message: MessageDef = message
        self.pools = Pools(spec, self.standard)
        self.problems: list[str] = []
        self.model = DOCUMENTS[spec.document]
        self.scope = Scope(shape(spec))
        self.root = self._container(spec.rules, message.root, self.scope)

    def _container(self, rules: Sequence[Rule], loop: LoopUse, scope: Scope) -> Container:
        made: list[RulePlan] = []
        levels, within = None, {}
        for number, rule in enumerate(rules):
            use = use_of(loop, rule.tag, rule.area)
            assert use is not None
            if rule.kind is RuleKind.LEVELS:
                assert isinstance(use, LoopUse)
                levels, within = rule, self._levels(rule, use, scope)
            elif rule.direction is not Direction.IN:
                made.append(
                    self._rule(rule, use, scope, [one for one in rules[:number] if one.tag == rule.tag and one.area in {0, rule.area}])
                )
        return Container(loop, scope, made, levels, within)

    def _levels(self, rule: Rule, use: LoopUse, scope: Scope) -> dict[str, Container]:
        found: dict[str, Container] = {}
        waiting = [(level, scope) for level in rule.levels if not level.under]
        while waiting:
            level, around = waiting.pop(0)
            if level.code in found:
                continue
            own = around.inner(level.into.path)
            found[level.code] = self._container(level.rules, use, own)
            waiting += [(below, own) for below in rule.levels if level.code in below.under]
        return found

    # --- one rule -----------------------------------------------------------------------------------------------------------------------

    def _rule(self, rule: Rule, use: Use, around: Scope, before: list[Rule]) -> RulePlan:
        definition = (use.trigger if isinstance(use, LoopUse) else use).definition
        if rule.of_document:
            around = self.scope
        path, kind = rule.into.path, rule.into.kind
        scope = around.inner(path)
        if kind is IntoKind.KEYED:
            scope = next((around.inner((*path, name)) for name in _objects(around.inner(path).model)), scope)
        made = RulePlan(rule, use, definition, scope)
        constants = {place: text for place, text in rule.selector.constants if isinstance(place, Slot)}
        for binding in rule.bindings:
            place = binding.places[0]
            if binding.constant is not None and isinstance(place, Slot):
                if binding.beside is not None:
                    made.conditional.append(binding)
                else:
                    constants[place] = binding.constant
        fixed = {*constants, *(calc.place for calc in rule.calc), *([rule.key.places[0]] if rule.key else [])}
        made.constants = frozenset((p.element, p.component) for p in fixed if isinstance(p, Slot))
        banned, made.before = self._taken(rule, constants, before)
        own = {place: values for place, values in rule.selector.tests if "*" not in values}
        for binding in rule.bindings:
            if binding.constant is None:
                one = self._part(rule, binding, definition, scope, banned, own)
                if one is not None:
                    one.otherwise = binding.places[0] in constants
                    made.parts.append(one)
        for pairs in rule.pairs:
            made.pairs.append(self._pairs(rule, pairs, definition, scope))
        if rule.groups is not None:
            self._groups(made, scope)
        if rule.join is not None:
            self._join(made, scope)
        if rule.key is not None:
            self._keys(made, around, banned)
        if isinstance(use, LoopUse) and rule.kind is RuleKind.LOOP:
            made.inner = self._container(rule.rules, use, scope)
        if not made.layouts:
            self.problems.append(f"{rule.address}: no {definition.tag} that the grammar allows can be made of what the rule writes")
        return made

    def _taken(self, rule: Rule, constants: Mapping[Slot, str], before: list[Rule]) -> tuple[dict[Slot, set[str]], list[str]]:
        """What rules before this one would read as their own: texts that a place must not have, or all of its segments."""
        banned: dict[Slot, set[str]] = {}
        first: list[str] = []
        bound = {place for binding in rule.bindings if binding.constant is None for place in binding.places}
        bound |= {rule.key.places[0]} if rule.key else set()
        for one in before:
            if one.direction is Direction.OUT or one.selector.rest:
                continue
            tests = [(p, v) for p, v in one.selector.tests if "*" not in v and isinstance(p, Slot)]
            if any(p not in bound and constants.get(p, "") not in v for p, v in tests):
                continue
            free = next(((p, v) for p, v in tests if p in bound), None)
            if free is not None:
                banned.setdefault(free[0], set()).update(free[1])
            elif not one.when_key or not rule.when_key or set(one.when_key) == set(rule.when_key):
                first.append(one.address)
        return banned, first

    def _part(
        self,
        rule: Rule,
        binding: Binding,
        definition: SegmentDef,
        scope: Scope,
        banned: Mapping[Slot, set[str]],
        own: Mapping[Any, tuple[str, ...]],
        start: int = 0,
    ) -> Part | None:
        path = binding.path
        found = scope.field(path)
        if found is None:
            self.problems.append(f"{rule.address}: {binding.name} binds {'.'.join(path)}, which the generator does not find in the model")
            return None
        slots = [Slot(s.element + start, s.component) for s in _slots(binding)]
        options = self.pools.options(binding.codec, tuple(element_at(definition, slot) for slot in slots), found)
        options = without(options, banned.get(slots[0], ()), own.get(slots[0]))
        self._codes(rule, binding, definition, slots[0], found)
        if not options and path not in {default.path for default in self.spec.defaults}:
            self.problems.append(
                f"{rule.address}: {binding.name} can carry no value of {'.'.join(path)} ({binding.codec.name} {binding.codec.arg})"
            )
        variants: dict[Slots, list[Option]] = {}
        for option in options:
            there = frozenset((s.element, s.component) for s, t in zip(slots, option.texts, strict=False) if t)
            variants.setdefault(there, []).append(option)
        return Part(binding, path, found, list(variants.items()))

    def _codes(self, rule: Rule, binding: Binding, definition: SegmentDef, slot: Slot, found: Field) -> None:
        """Words that would be written as codes that the grammar does not have."""
        table = self.spec.tables.get(binding.codec.arg or "uom") if binding.codec.name in {"code", "uom"} else None
        element = element_at(definition, slot)
        if table is None or element is None:
            return
        for word, code in table.codes.items():
            if found.takes(word) and not fits(self.standard, element, code):
                where = f"{definition.tag}{slot} ({element.id})"
                self.problems.append(f"{rule.address}: table {table.name} writes {code} for {word}, which {where} does not take")

    def _pairs(self, rule: Rule, pairs: Pairs, definition: SegmentDef, scope: Scope) -> PairPlan:
        qualifier = Slot(pairs.first, 2) if pairs.composite else Slot(pairs.first)
        value = Slot(pairs.first, 1) if pairs.composite else Slot(pairs.first + 1)
        of_qualifier, of_value = element_at(definition, qualifier), element_at(definition, value)
        table = self.spec.tables[pairs.table]
        prefix = pairs.into.path
        fields: dict[Path, list[Option]] = {}
        ordered = {path for _, path in pairs.order}
        for row in table.rows:
            binding = _target(row)
            if binding is None or not row.outbound or (pairs.order and binding.path not in ordered):
                continue
            found = scope.field((*prefix, *binding.path))
            if found is None or of_qualifier is None or not fits(self.standard, of_qualifier, row.wire):
                if found is not None:
                    where = f"{definition.tag}{qualifier}" + (f" ({of_qualifier.id})" if of_qualifier else "")
                    self.problems.append(f"{rule.address}: table {pairs.table} writes {row.wire} for {row.to}, which {where} does not take")
                continue
            fields.setdefault(binding.path, []).extend(self.pools.options(binding.codec, (of_value,), found))
        strangers: list[str] = []
        values: tuple[Option, ...] = ()
        if pairs.rest is not None and pairs.rest.writes and of_qualifier is not None:
            known = {row.wire for row in table.rows}
            listed = sorted(of_qualifier.codes or ("QA", "QB", "Q7"))
            strangers = [code for code in listed if code not in known and fits(self.standard, of_qualifier, code)]
            strangers = strangers[:: max(1, len(strangers) // 12)]
            found = scope.field((*prefix, *pairs.rest.into, pairs.rest.value))
            values = self.pools.options(CodecUse(), (of_value,), found) if found else ()
        there = frozenset({(qualifier.element, qualifier.component), (value.element, value.component)})
        made = [PairField((*prefix, *path), tuple(options)) for path, options in fields.items() if options]
        return PairPlan(pairs, prefix, made, strangers, values, [there] if made or (strangers and values) else [])

    def _groups(self, made: RulePlan, scope: Scope) -> None:
        groups = made.rule.groups
        assert groups is not None
        inner = scope.inner(groups.into)
        for binding in groups.items:
            part = self._part(made.rule, binding, made.definition, inner, {}, {}, groups.first - 1)
            if part:
                made.items.append(part)
        for binding in groups.common:
            part = self._part(made.rule, binding, made.definition, inner, {}, {})
            if part:
                made.common.append(part)

    def _join(self, made: RulePlan, scope: Scope) -> None:
        join = made.rule.join
        assert join is not None
        found = scope.field(join.into)
        element = element_at(made.definition, Slot(join.element, 1 if join.components else 0))
        if found is not None and element is not None:
            options = self.pools.options(CodecUse(), (element,), Field(join.into[-1], str))
            made.lines = tuple(o.value for o in options if found.takes(o.value))
            made.width = element.max_length

    def _keys(self, made: RulePlan, around: Scope, banned: Mapping[Slot, set[str]]) -> None:
        rule = made.rule
        assert rule.key is not None
        place = rule.key.places[0]
        assert isinstance(place, Slot)
        element, owner = element_at(made.definition, place), around.inner(rule.into.path)
        table = self.spec.tables[rule.key.codec.arg]
        for word, code in table.codes.items():
            if element is None or not fits(self.standard, element, code):
                where = f"{made.definition.tag}{place}" + (f" ({element.id})" if element else "")
                self.problems.append(f"{rule.address}: table {table.name} writes {code} for {word}, which {where} does not take")
            elif owner.field((word,)) is not None and code not in banned.get(place, ()) and table.words.get(code) == word:
                made.keys.append((word, code))
        if rule.rest is not None and element is not None:
            listed = sorted(element.codes or ("QA", "QB", "Q7"))
            free = [
                code
                for code in listed
                if code not in table.words and code not in banned.get(place, ()) and fits(self.standard, element, code)
            ]
            made.others = free[:: max(1, len(free) // 8)]


def _objects(model: type[BaseModel] | None) -> Iterable[str]:
    """The names of the objects that stand under keys."""
    return (name for name, found in (fields(model) if model is not None else {}).items() if found.model is not None and not found.many)


def _target(row: Row) -> Binding | None:
    try:
        return notation.target(row.to)
    except notation.NotationError:
        return None


def _slots(binding: Binding) -> list[Slot]:
    return [place for place in binding.places if isinstance(place, Slot)]
