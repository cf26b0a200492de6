"""Definitions of segments and elements, compiled once into what checks them. `edi.elements` walks these, not the grammar."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from edi.datatypes import Check, edifact_check, x12_check
from edi.grammar.model import CompositeDef, ElementDef, ElementUse, Requirement, SegmentDef
from edi.syntax_notes import Condition
from edi.values import Standard

__all__ = ["CompositeRule", "Rule", "SimpleRule", "compiled", "listed_of", "period_of"]


@dataclass(frozen=True, slots=True)
class SimpleRule:
    """A data element in its place."""

    definition: ElementDef
    mandatory: bool
    most: int
    check: Check
    codes: frozenset[str] | None
    is_number: bool


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """A segment or composite: what stands in it, its conditions, and which value is a date whose form another one names."""

    definition: SegmentDef | CompositeDef
    mandatory: bool
    most: int
    parts: "tuple[SimpleRule | CompositeRule, ...]"
    conditions: tuple[Condition, ...]
    period: tuple[int, int] | None  #: index of the value, index of its form: 2380 and 2379, 1251 and 1250
    listed: tuple[int, int, int] | None  #: index of a code, of its list 1131 and of that list's agency 3055


Rule = SimpleRule | CompositeRule


@cache
def compiled(definition: SegmentDef, standard: Standard, decimal: str) -> CompositeRule:
    """The rules of a segment. `decimal`: the marks that may stand for the decimal point, in EDIFACT."""
    parts = tuple(_rule(use, standard, decimal) for use in definition.elements)
    conditions = tuple(map(Condition, definition.notes))
    return CompositeRule(definition, True, 1, parts, conditions, period_of(definition.elements), None)


def _rule(use: ElementUse, standard: Standard, decimal: str) -> Rule:
    mandatory, thing = use.requirement is Requirement.MANDATORY, use.definition
    if isinstance(thing, CompositeDef):
        parts = tuple(_rule(component, standard, decimal) for component in thing.components)
        conditions = tuple(map(Condition, thing.notes))
        period, listed = period_of(thing.components), listed_of(thing.components)
        return CompositeRule(thing, mandatory, use.max_repeat, parts, conditions, period, listed)
    kind, least, most = thing.type, thing.min_length, thing.max_length
    check = x12_check(kind, least, most) if standard is Standard.X12 else edifact_check(kind, least, most, decimal)
    return SimpleRule(thing, mandatory, use.max_repeat, check, thing.codes, kind[0] in "NRn")


def period_of(uses: Sequence[ElementUse]) -> tuple[int, int] | None:
    """Index of a date and index of what names its form: 2380 and 2379, 1251 and 1250; None where there is no such pair."""
    ids = [use.definition.id for use in uses]
    for value, form in (("2380", "2379"), ("1251", "1250")):
        if value in ids and form in ids:
            return ids.index(value), ids.index(form)
    return None


def listed_of(uses: Sequence[ElementUse]) -> tuple[int, int, int] | None:
    """Index of a code, of its list 1131 and of that list's agency 3055, where a composite has them side by side."""
    ids = [use.definition.id for use in uses]
    at = ids.index("1131") if "1131" in ids else 0
    return (at - 1, at, at + 1) if at > 0 and ids[at + 1 : at + 2] == ["3055"] else None
