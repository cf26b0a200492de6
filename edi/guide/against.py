"""What a guide says that cannot be: against itself, and against the set that it narrows. A guide only narrows."""

from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Final

from edi.grammar.model import CompositeDef, LoopUse, MessageDef, Requirement, SegmentDef
from edi.guide.places import Place, definition_at, definition_of, named, places
from edi.guide.rules import ElementRule, GuideFault, Reference, SegmentRule, Step, listed

__all__ = ["against_itself", "against_the_set"]

_MANDATORY: Final = Requirement.MANDATORY


# --- against itself


def against_itself(rules: Iterable[SegmentRule]) -> Iterator[GuideFault]:
    """Two rules of which a document could keep only one."""
    by_names: dict[tuple[str, ...], list[SegmentRule]] = {}
    for rule in rules:
        yield from _own_selectors(rule)
        by_names.setdefault(tuple(step.name for step in rule.path), []).append(rule)
    for alike in by_names.values():
        yield from _against_each_other(alike)


def _against_each_other(known: list[SegmentRule]) -> Iterator[GuideFault]:
    """Rules whose paths have the same names."""
    for wide, narrow in permutations(known, 2):
        if not _covers(wide, narrow):
            continue
        if wide.forbidden and narrow.least:
            yield GuideFault(narrow.place, f"contradicts {wide.place}: it is required, and is not used")
        elif wide.most is not None and narrow.least > wide.most:
            yield GuideFault(narrow.place, f"contradicts {wide.place}: {narrow.least} are required, and {wide.most} may come")
        implied = _implied(narrow) if narrow.least else ()
        for one in wide.elements:
            for other in (*narrow.elements, *implied):
                if one.position == other.position and (words := _conflict(one, other)):
                    yield GuideFault(f"{narrow.place} {other.position}", f"contradicts {wide.place}: {words}")
    for rule in known:
        yield from _too_many(rule, [other for other in known if other is not rule and _covers(rule, other)])


def _covers(wide: SegmentRule, narrow: SegmentRule) -> bool:
    """Whether all that the second path means is meant by the first."""
    pairs = zip(wide.path, narrow.path, strict=False)
    return len(wide.path) == len(narrow.path) and all(_step_covers(one, other) for one, other in pairs)


def _step_covers(wide: Step, narrow: Step) -> bool:
    return wide.name == narrow.name and set(wide.selectors) <= set(narrow.selectors)


def _implied(rule: SegmentRule) -> tuple[ElementRule, ...]:
    """What the selectors of a segment that is required say of its elements."""
    return tuple(ElementRule(s.position, required=True, codes=s.values) for s in rule.path[-1].selectors if not s.other)


def _own_selectors(rule: SegmentRule) -> Iterator[GuideFault]:
    for selector in _implied(rule) if rule.path else ():
        for element in rule.elements:
            if element.position == selector.position and (words := _conflict(element, selector)):
                yield GuideFault(f"{rule.place} {element.position}", f"contradicts its selector: {words}")


def _conflict(one: ElementRule, other: ElementRule) -> str:
    if (one.required and other.forbidden) or (one.forbidden and other.required):
        return "it is required, and is not used"
    if one.codes is not None and other.codes is not None and not one.codes & other.codes:
        return "no code is in both lists"
    for codes, removed in ((one.codes, other.removed), (other.codes, one.removed)):
        if codes is not None and codes <= removed:
            return "all codes are taken out"
    if one.length and other.length and max(one.length[0], other.length[0]) > min(one.length[1], other.length[1]):
        return "no length is right for both"
    return ""


def _too_many(rule: SegmentRule, narrower: list[SegmentRule]) -> Iterator[GuideFault]:
    """Segments that differ in one element's value are different segments: their least numbers add up."""
    if rule.most is None:
        return
    by_position: dict[object, list[SegmentRule]] = {}
    for other in narrower:
        own = [s for s in other.path[-1].selectors if s not in rule.path[-1].selectors]
        if other.least and len(own) == 1 and not own[0].other:
            by_position.setdefault(own[0].position, []).append(other)
    for others in by_position.values():
        values = [value for other in others for s in other.path[-1].selectors if s not in rule.path[-1].selectors for value in s.values]
        if len(others) > 1 and len(values) == len(set(values)) and sum(other.least for other in others) > rule.most:
            yield GuideFault(rule.place, f"contradicts {' and '.join(other.place for other in others)}: more are required than may come")


# --- against the set


def against_the_set(rules: Iterable[SegmentRule], message: MessageDef) -> Iterator[GuideFault]:
    """Names that the set does not have, what it requires and the guide forbids; as hints what narrows nothing."""
    for rule in rules:
        if fault := _lost(rule, message):
            yield fault
            continue
        yield from _selectors(rule, message)
        meant = places(rule.path, message)
        yield from _segment(rule, meant)
        definition = meant[0].definition
        for element in rule.elements:
            yield from _element(element, definition, f"{rule.place} {element.position}")
        for number, condition in enumerate(rule.conditions, 1):
            place = f"{rule.place} condition {number}"
            for reference in (*(test.of for test in condition.when), *condition.require, *condition.forbid):
                yield from _reference(reference, meant, definition, place)
            for element in condition.elements:
                yield from _element(element, definition, f"{place} {element.position}")


def _lost(rule: SegmentRule, message: MessageDef) -> GuideFault | None:
    """The first step of a path that the set does not have."""
    for length in range(1, len(rule.path) + 1):
        is_last = length == len(rule.path)
        if not any(is_last or isinstance(place.use, LoopUse) for place in places(rule.path[:length], message)):
            name, before = rule.path[length - 1].name, "/".join(step.name for step in rule.path[: length - 1])
            kind = "segment or loop" if is_last else "loop"
            return GuideFault(rule.place, f"{message.set_id} {message.release} has no {kind} {name}{f' in {before}' if before else ''}")
    return None


def _selectors(rule: SegmentRule, message: MessageDef) -> Iterator[GuideFault]:
    for length, step in enumerate(rule.path, 1):
        definition = places(rule.path[:length], message)[0].definition
        yield from _selectors_of(step, definition, rule.place)


def _selectors_of(step: Step, definition: SegmentDef, place: str) -> Iterator[GuideFault]:
    for selector in step.selectors:
        made = ElementRule(selector.position, codes=selector.values)
        yield from _element(made, definition, f"{place} {selector.position}")


def _segment(rule: SegmentRule, meant: list[Place]) -> Iterator[GuideFault]:
    bare = not rule.path[-1].selectors
    if rule.forbidden and bare and all(place.use.requirement is _MANDATORY for place in meant):
        yield GuideFault(rule.place, "is not used, but the standard requires it")
    limits = [place.use.max_use for place in meant]
    most = None if None in limits else sum(limit or 0 for limit in limits)
    if most is not None and rule.least > most:
        yield GuideFault(rule.place, f"{rule.least} are required, but the standard allows {most}")
    if most is not None and rule.most is not None and rule.most > most:
        yield GuideFault(rule.place, f"max {rule.most} narrows nothing: the standard allows {most}", fatal=False)


def _reference(reference: Reference, meant: list[Place], definition: SegmentDef, place: str) -> Iterator[GuideFault]:
    if reference.step is not None:
        found = [use for one in meant for use in named(one.around, reference.step.name)]
        if not found:
            loops = sorted({one.around.loop_id for one in meant})
            yield GuideFault(place, f"the loop {' or '.join(loops)} has no segment {reference.step.name}")
            return
        definition = definition_of(found[0])
        yield from _selectors_of(reference.step, definition, place)
    if reference.position is not None and definition_at(definition, reference.position) is None:
        yield GuideFault(place, f"{definition.tag} has no {reference.position}")


def _element(rule: ElementRule, definition: SegmentDef, place: str) -> Iterator[GuideFault]:
    thing = definition_at(definition, rule.position)
    if thing is None:
        yield GuideFault(place, f"{definition.tag} has no {rule.position}")
        return
    use = definition.elements[rule.position.element - 1]
    is_mandatory = use.requirement is _MANDATORY
    if is_mandatory and rule.position.component is not None and isinstance(use.definition, CompositeDef):
        is_mandatory = use.definition.components[rule.position.component - 1].requirement is _MANDATORY
    if rule.forbidden and is_mandatory:
        yield GuideFault(place, "is not used, but the standard requires it")
    if rule.least > use.max_repeat:
        yield GuideFault(place, f"{rule.least} repetitions are required, but the standard allows {use.max_repeat}")
    if rule.most is not None and rule.most > use.max_repeat:
        yield GuideFault(place, f"max {rule.most} narrows nothing: the standard allows {use.max_repeat}", fatal=False)
    value = thing.components[0].definition if isinstance(thing, CompositeDef) else thing
    if isinstance(value, CompositeDef):
        return
    if rule.length and (rule.length[0] > value.max_length or rule.length[1] < value.min_length):
        yield GuideFault(place, f"no value has the length: the standard's are {value.min_length} to {value.max_length}")
    elif rule.length and (rule.length[0] < value.min_length or rule.length[1] > value.max_length):
        yield GuideFault(place, f"the length is wider than the standard's {value.min_length} to {value.max_length}", fatal=False)
    for codes in (rule.codes, rule.removed):
        if codes and value.codes is not None and (unknown := codes - value.codes):
            yield GuideFault(place, f"the standard's code list has no {listed(frozenset(unknown))}", fatal=False)
