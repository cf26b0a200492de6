"""The payload's side of a map for a partner's own form: records and columns that its head does not have."""

from collections.abc import Iterable, Iterator

from maps.fault import Fault, closest
from maps.formats import OWN_FORMS
from maps.formats.head import HeadError, form_of
from maps.formats.payload import Form
from maps.model import KeyPath, MapSpec, Place, Rule

__all__ = ["check_payload"]


def check_payload(spec: MapSpec, fault: Fault) -> None:
    """Tell what the rules name and the form has not. JSON and XML say nothing of what they have."""
    if spec.syntax in OWN_FORMS:
        try:
            form = form_of(spec.syntax, spec.payload)
        except HeadError:
            return  # told when the map was read
        _rules(form, spec.rules, (), fault)


def _rules(form: Form, rules: Iterable[Rule], above: tuple[str, ...], fault: Fault) -> None:
    for rule in rules:
        path = (*above, *(step.key for step in rule.at))
        spot = form.spots.get(path) if form.spots is not None else None
        if spot is not None:
            _columns(rule, spot.names, fault)
            each = rule.at[-1].each if rule.at else False
            if rule.at and each is not spot.many:
                fault(rule.address, f"{path[-1]} is {'a list: write []' if spot.many else 'one record: write it without []'}", "at")
        elif form.spots is not None:
            known = [".".join(("$", *one)) for one in form.spots if one[:-1] == above and one]
            fault(rule.address, f"the payload has no {'.'.join(('$', *path))}", "at", closest(".".join(("$", *path)), known))
            continue
        _rules(form, rule.rules, path, fault)


def _columns(rule: Rule, names: frozenset[str], fault: Fault) -> None:
    for place in _places(rule):
        if isinstance(place, KeyPath) and place.keys[0] not in names:
            fault(rule.address, f"there is no column {place.keys[0]} here", "els", closest(place.keys[0], sorted(names)))


def _places(rule: Rule) -> Iterator[Place]:
    for binding in rule.bindings:
        yield from binding.places
        if binding.beside is not None:
            yield binding.beside
    yield from (calc.place for calc in rule.calc)
    if rule.join is not None and rule.join.place is not None:
        yield rule.join.place
    if rule.key is not None:
        yield rule.key.places[0]
    if rule.at and rule.at[-1].selector is not None:
        yield from (place for place, _ in rule.at[-1].selector.tests)
