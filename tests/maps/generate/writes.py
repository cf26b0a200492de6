"""What each rule of a map can write: the parts of its segment with their values, and the rules of each loop together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from edi.grammar.model import LoopUse, Requirement, SegmentDef
from maps.formats.edi import Use
from maps.model import Binding, IntoKind, Level, Pairs, Path, Rule
from tests.maps.generate.layouts import Layout, Slots, layouts
from tests.maps.generate.pools import Option
from tests.maps.generate.shapes import Field, Scope

__all__ = ["Container", "PairField", "PairPlan", "Part", "RulePlan", "level_of"]

_ENVELOPE = frozenset({"ST", "SE", "UNH", "UNT"})


@dataclass
class Part:
    """A binding with the values that it may carry, by the places that they fill."""

    binding: Binding
    path: Path
    field: Field
    variants: list[tuple[Slots, list[Option]]]
    otherwise: bool = False  #: whether something stands at its place when it is absent, which is read back

    @property
    def options(self) -> list[Option]:
        return [option for _, options in self.variants for option in options]

    @property
    def slots(self) -> Slots:
        return frozenset(slot for slots, _ in self.variants for slot in slots)


@dataclass
class PairField:
    """A field that a pair carries."""

    path: Path
    options: tuple[Option, ...]


@dataclass
class PairPlan:
    """The pairs of a segment: the fields, and qualifiers that have no field."""

    pairs: Pairs
    prefix: Path
    fields: list[PairField]
    strangers: list[str]
    values: tuple[Option, ...]  #: of strangers
    slots: list[Slots]  #: of the first pair; empty when it can carry nothing


@dataclass
class RulePlan:
    """One rule that writes."""

    rule: Rule
    use: Use
    definition: SegmentDef
    scope: Scope  #: the objects that it fills
    parts: list[Part] = field(default_factory=list)
    conditional: list[Binding] = field(default_factory=list)
    constants: Slots = frozenset()
    pairs: list[PairPlan] = field(default_factory=list)
    items: list[Part] = field(default_factory=list)  #: of groups
    common: list[Part] = field(default_factory=list)
    lines: tuple[str, ...] = ()  #: of joined text
    width: int = 0  #: of one of them
    keys: list[tuple[str, str]] = field(default_factory=list)  #: word and code
    others: list[str] = field(default_factory=list)  #: codes without a word
    inner: "Container | None" = None
    before: list[str] = field(default_factory=list)  #: rules for one object that would take its segment if they had none yet

    @property
    def address(self) -> str:
        return self.rule.address

    @property
    def loops(self) -> bool:
        return isinstance(self.use, LoopUse)

    @cached_property
    def layouts(self) -> list[Layout]:
        """Over the parts, then the pairs, then groups or joined text as one."""
        variants = [[slots for slots, _ in part.variants] for part in self.parts]
        variants += [one.slots for one in self.pairs]
        variants += [[frozenset(slot for one in (*self.items, *self.common) for slot in one.slots)]] if self.items else []
        if self.lines:
            join = self.rule.join
            assert join is not None
            variants.append([frozenset({(join.element, 1 if join.components else 0)})])
        elif self.rule.join:
            variants.append([])
        return layouts(self.definition, variants, self.constants, self.conditional)

    def fills(self, path: Path) -> bool:
        """Whether a binding or pair of its segment, or its place for items, can supply what stands at or under a path."""
        into = self.rule.into.path
        if self.rule.of_document:
            return False
        if self.rule.into.kind in {IntoKind.LIST, IntoKind.KEYED}:
            return into[: len(path)] == path
        own = [part.path for part in self.parts if part.variants] + [f.path for one in self.pairs for f in one.fields]
        own += [self.rule.groups.into] if self.rule.groups and self.items else []
        own += [self.rule.join.into] if self.rule.join and self.lines else []
        return any((*into, *one)[: len(path)] == path for one in own)


@dataclass
class Container:
    """The rules of a loop, for objects of one model."""

    loop: LoopUse
    scope: Scope
    rules: list[RulePlan]
    levels: Rule | None = None
    within: Mapping[str, "Container"] = field(default_factory=dict)  #: of levels, by code

    @cached_property
    def mandatory(self) -> list[Use]:
        """What the grammar wants in each repetition, the segment that begins it left out."""
        first = self.loop.children[0]
        children = [child for child in self.loop.children if child is not first or _tag(child) not in _ENVELOPE]
        children = [child for child in children if child.requirement is Requirement.MANDATORY and _tag(child) not in _ENVELOPE]
        return [child for child in children if child is not first or self.loop.loop_id == ""]

    def suppliers(self, path: Path) -> list[RulePlan]:
        """The rules that can fill a path, directly or by a rule within, those without a condition first."""
        found = [one for one in self.rules if one.fills(path) or _within(one, path)]
        return sorted(found, key=lambda one: (one.rule.when is not None or bool(one.rule.when_key), not one.fills(path), bool(one.before)))


def _within(one: RulePlan, path: Path) -> bool:
    """Whether a rule within fills a path of the object around."""
    into = one.rule.into
    if one.inner is None or into.kind in {IntoKind.LIST, IntoKind.KEYED} or one.rule.of_document:
        return False
    if into.path and path[: len(into.path)] != into.path:
        return into.path[: len(path)] == path and bool(one.inner.rules)
    inner = path[len(into.path) :]
    return bool(one.inner.suppliers(inner))


def _tag(use: Use) -> str:
    return use.trigger.tag if isinstance(use, LoopUse) else use.tag


def level_of(rule: Rule, code: str) -> Level:
    """A level of an HL rule by its code."""
    return next(level for level in rule.levels if level.code == code)
