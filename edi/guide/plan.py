"""A guide made ready for one set: loop by loop, which rules hold there, so that one walk over a tree asks all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from edi.grammar.model import LoopUse, MessageDef, Requirement
from edi.guide.checks import ElementCheck, element_check
from edi.guide.guide import Guide
from edi.guide.places import Place, named
from edi.guide.rules import Condition, SegmentRule, Step

__all__ = ["Asked", "ConditionCheck", "LoopPlan", "Way", "plan"]


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    """A condition with its element rules made ready."""

    condition: Condition
    elements: tuple[ElementCheck, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A rule in the loop where its last step stands."""

    index: int  #: among those of its loop, to count by
    step: Step
    least: int
    most: int | None
    forbidden: bool
    counts: bool  #: whether it matters how many there are
    place: Place
    elements: tuple[ElementCheck, ...]
    conditions: tuple[ConditionCheck, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Into a loop within: with what its first segment must hold."""

    step: Step
    plan: "LoopPlan"


@dataclass(slots=True, eq=False)
class LoopPlan:
    """What is asked in one loop, of its segments and of the loops within."""

    asked: list[Asked] = field(default_factory=list)
    segments: dict[str, list[Asked]] = field(default_factory=dict)  #: by tag
    loops: dict[LoopUse, list[Asked]] = field(default_factory=dict)
    ways: dict[LoopUse, list[Way]] = field(default_factory=dict)


@lru_cache(maxsize=256)
def plan(guide: Guide, message: MessageDef) -> LoopPlan:
    """The plan of a guide for a set; what leads nowhere in it is left out (`Guide.check` says so)."""
    return _loop(((rule, rule.path) for rule in guide.rules), message.root)


def _loop(rules: Iterable[tuple[SegmentRule, tuple[Step, ...]]], loop: LoopUse) -> LoopPlan:
    made = LoopPlan()
    deeper: dict[Step, list[tuple[SegmentRule, tuple[Step, ...]]]] = {}
    for rule, (step, *rest) in rules:
        if rest:
            deeper.setdefault(step, []).append((rule, tuple(rest)))
            continue
        places = [Place(loop, use) for use in named(loop, step.name)]
        if places:
            _ask(made, rule, step, places)
    for step, inner in deeper.items():
        for use in named(loop, step.name):
            if isinstance(use, LoopUse):
                made.ways.setdefault(use, []).append(Way(step, _loop(inner, use)))
    return made


def _ask(made: LoopPlan, rule: SegmentRule, step: Step, places: list[Place]) -> None:
    definition = places[0].definition
    least = rule.least
    if least == 1 and not step.selectors and any(place.use.requirement is Requirement.MANDATORY for place in places):
        least = 0  # the standard says so itself
    asked = Asked(
        len(made.asked),
        step,
        least,
        rule.most,
        rule.forbidden,
        bool(least) or rule.most is not None,
        places[0],
        tuple(element_check(one, definition) for one in rule.elements),
        tuple(
            ConditionCheck(condition, tuple(element_check(one, definition, condition.words) for one in condition.elements))
            for condition in rule.conditions
        ),
    )
    made.asked.append(asked)
    for place in places:
        if isinstance(place.use, LoopUse):
            made.loops.setdefault(place.use, []).append(asked)
        elif asked not in (known := made.segments.setdefault(place.use.tag, [])):
            known.append(asked)
