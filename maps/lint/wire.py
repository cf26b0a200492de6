"""The wire's side of a map: rules never reached, slots claimed twice, and what the grammar has and has not."""

from collections.abc import Iterable, Iterator

from edi.grammar.industry import CodeLayer, code_layer
from edi.grammar.load import load
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, Requirement, SegmentDef, SegmentUse
from edi.values import Standard
from maps.fault import Fault, closest
from maps.formats.edi import use_of, uses
from maps.lint.rules import all_rules, rule_lists
from maps.model import AREAS, Direction, IntoKind, MapSpec, Place, Rule, RuleKind, Selector, Slot

__all__ = ["check_wire"]


def check_wire(spec: MapSpec, fault: Fault) -> None:
    """Tell what the rules say of the wire that cannot be."""
    _order(spec.rules, fault)
    for rule in all_rules(spec.rules):
        _slots(rule, fault)
    if spec.syntax not in list(Standard):
        return
    message = load(Standard(spec.syntax), spec.release, spec.set_id)
    if message is None:
        fault("", f"there is no grammar for {spec.set_id} in {spec.release}")
    else:
        _in_loop(spec.rules, message.root, fault, _layer(spec))


def _order(rules: Iterable[Rule], fault: Fault) -> None:
    """A rule behind one that leaves nothing for it is never reached."""
    for listed in rule_lists(rules):
        for number, rule in enumerate(listed):
            before = [one for one in listed[:number] if one.tag == rule.tag and one.at == rule.at and _same_kind(one, rule)]
            for one in before:
                if _takes_all(one) and (_covers(one.selector, rule.selector)):
                    fault(rule.address, f"rule {one.address} before it leaves nothing for it")


def _same_kind(one: Rule, other: Rule) -> bool:
    alike = one.direction in {other.direction, Direction.BOTH} and one.area in {other.area, 0}
    return alike and one.kind is not RuleKind.LEVELS and not one.when and not one.when_key


def _takes_all(rule: Rule) -> bool:
    """Whether the rule takes any number of segments. An object of a payload is read by every rule that stands at it."""
    if rule.kind is RuleKind.AT and not (rule.at and rule.at[-1].each):
        return False
    return rule.into.kind in {IntoKind.LIST, IntoKind.KEYED} or bool(rule.groups or rule.join or rule.pairs)


def _covers(one: Selector, other: Selector) -> bool:
    """Whether all that `other` takes is taken by `one`."""
    tests = dict(other.tests)
    return all("*" in values or (place in tests and set(tests[place]) <= set(values)) for place, values in one.tests)


def _slots(rule: Rule, fault: Fault) -> None:
    """A place in a segment has one meaning. A selector's place may be bound too: the selector says what may stand there."""
    taken: dict[Place, str] = {}
    for place, what in _claims(rule):
        other = taken.setdefault(place, what)
        if other != what or (isinstance(place, Slot) and place.component and Slot(place.element) in taken):
            fault(rule.address, f"place {place} has two meanings: {other} and {what}")


def _claims(rule: Rule) -> Iterator[tuple[Place, str]]:
    for binding in rule.bindings:
        for place in binding.places:
            yield place, f"els {binding.name}"
    for calc in rule.calc:
        yield calc.place, f"calc {calc.place}"
    if rule.key is not None:
        yield rule.key.places[0], "key"
    for pairs in rule.pairs:
        step = 1 if pairs.composite else 2
        for element in (start + offset for start in pairs.starts for offset in range(step)):
            yield Slot(element), "cpairs" if pairs.composite else "pairs"
    if rule.groups is not None:
        for binding in rule.groups.common:
            yield binding.places[0], f"common {binding.name}"
        for element in range(rule.groups.first, rule.groups.first + rule.groups.max * rule.groups.step):
            yield Slot(element), "groups"
    if rule.join is not None:
        yield rule.join.place or Slot(rule.join.element), "join"


# --- the grammar --------------------------------------------------------------------------------------------------------------------------


def _layer(spec: MapSpec) -> CodeLayer | None:
    """The codes that an industry adds: a map of EANCOM, or one that extends such, may write 33E."""
    is_eancom = any(label.startswith("eancom/") for label in spec.chain)
    return code_layer(Standard.EDIFACT, "EAN") if is_eancom else None


def _in_loop(rules: Iterable[Rule], loop: LoopUse, fault: Fault, layer: CodeLayer | None) -> None:
    places = uses(loop)
    for rule in rules:
        use = use_of(loop, rule.tag, rule.area)
        if use is None:
            where = f"the loop {loop.loop_id}" if loop.loop_id else "the set"
            where = f"the {AREAS[rule.area]} of {where}" if rule.area else where
            fault(rule.address, f"{where} has no {rule.tag}", rule.kind.value, closest(rule.tag, places))
            continue
        if rule.kind is RuleKind.LEVELS:
            if not isinstance(use, LoopUse):
                fault(rule.address, f"{rule.tag} begins no loop here")
                continue
            for level in rule.levels:
                _in_loop(level.rules, use, fault, layer)
            continue
        _in_segment(rule, (use if isinstance(use, SegmentUse) else use.trigger).definition, fault, layer)
        if rule.kind is RuleKind.LOOP:
            if isinstance(use, LoopUse):
                _in_loop(rule.rules, use, fault, layer)
            else:
                fault(rule.address, f"{rule.tag} begins no loop here; write seg")


def _in_segment(rule: Rule, segment: SegmentDef, fault: Fault, layer: CodeLayer | None) -> None:
    claimed = [place for place, _ in _claims(rule)] + [place for place, _ in rule.selector.tests]
    slots = {place for place in claimed if isinstance(place, Slot)}
    for slot in slots:
        if not _exists(segment, slot):
            fault(rule.address, f"{segment.tag} has no place {slot}", hint=f"it has {len(segment.elements)} elements")
    if rule.direction is not Direction.IN:
        for number, use in enumerate(segment.elements, 1):
            if use.requirement is Requirement.MANDATORY and not any(slot.element == number for slot in slots):
                fault(rule.address, f"{segment.tag}{number:02} is mandatory and has neither a field nor a constant")
    constants = [(place, text) for place, text in rule.selector.constants]
    constants += [(binding.places[0], binding.constant) for binding in rule.bindings if binding.constant is not None]
    for place, text in constants:
        element = _element(segment, place)
        if element is None or element.codes is None or text in element.codes:
            continue
        if layer is None or not layer.has(element, text):
            fault(rule.address, f"{text} is not in the code list of {segment.tag}{place}")


def _exists(segment: SegmentDef, slot: Slot) -> bool:
    if slot.element > len(segment.elements):
        return False
    definition = segment.elements[slot.element - 1].definition
    return not slot.component or (isinstance(definition, CompositeDef) and slot.component <= len(definition.components))


def _element(segment: SegmentDef, place: Place) -> ElementDef | None:
    if not isinstance(place, Slot) or not _exists(segment, place):
        return None
    definition = segment.elements[place.element - 1].definition
    if isinstance(definition, CompositeDef):
        definition = definition.components[(place.component or 1) - 1].definition
    return definition if isinstance(definition, ElementDef) else None
