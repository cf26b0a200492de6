"""Which places of a segment may be filled together: what is mandatory, the conditions of the grammar, and those of the model."""

from collections.abc import Collection, Iterable, Sequence
from itertools import product
from random import Random

from edi.grammar.model import CompositeDef, Requirement, SegmentDef
from maps.model import Binding, Slot
from tests.edi.faults.presence import holds

__all__ = ["Layout", "layouts", "stands"]

Layout = tuple[int, ...]  #: per part of the rule, which of its variants; -1: absent
Slots = frozenset[tuple[int, int]]  #: element and component, 0 for the whole

_FEW, _MOST = 600, 120


def stands(definition: SegmentDef, present: Collection[tuple[int, int]]) -> bool:
    """Whether a segment with just these places filled is right."""
    elements = {element for element, _ in present}
    if not elements and definition.elements:
        return False  # a segment of a tag alone
    for number, use in enumerate(definition.elements, 1):
        if number not in elements:
            if use.requirement is Requirement.MANDATORY:
                return False
        elif isinstance(use.definition, CompositeDef):
            parts = {component or 1 for element, component in present if element == number}
            inner = use.definition
            if any(part.requirement is Requirement.MANDATORY and n not in parts for n, part in enumerate(inner.components, 1)):
                return False
            if not all(holds(note, parts) for note in inner.notes):
                return False
    return all(holds(note, elements) for note in definition.notes)


def with_constants(present: Iterable[tuple[int, int]], constants: Slots, conditional: Sequence[Binding]) -> set[tuple[int, int]]:
    """The places that are filled when these are: constants, and those that stand beside others."""
    found = {*present, *constants}
    for binding in conditional:
        place, beside = binding.places[0], binding.beside
        assert isinstance(place, Slot)
        assert isinstance(beside, Slot)
        there = any(element == beside.element and component == beside.component for element, component in found)
        if there is not binding.unless:
            found.add((place.element, place.component))
    return found


def layouts(definition: SegmentDef, variants: Sequence[Sequence[Slots]], constants: Slots, conditional: Sequence[Binding]) -> list[Layout]:
    """Right layouts, those with the least first: all of them, or of very many some of each size."""

    def right(layout: Layout) -> bool:
        chosen = (slot for part, variant in enumerate(layout) if variant >= 0 for slot in variants[part][variant])
        return stands(definition, with_constants(chosen, constants, conditional))

    size = 1
    for part in variants:
        size *= len(part) + 1
    if size <= _FEW:
        found = [layout for layout in product(*(range(-1, len(part)) for part in variants)) if right(layout)]
    else:
        found = [layout for layout in dict.fromkeys(_sampled(variants, right)) if right(layout)]
    found.sort(key=lambda layout: sum(variant >= 0 for variant in layout))
    if len(found) > _MOST:
        step = len(found) / _MOST
        found = [*dict.fromkeys((*(found[int(n * step)] for n in range(_MOST)), *found[-3:]))]
    return found


def _sampled(variants: Sequence[Sequence[Slots]], right) -> Iterable[Layout]:
    random = Random(len(variants))
    nothing = (-1,) * len(variants)
    yield nothing
    for variant in (0, -1):
        yield tuple(range(len(part))[variant] if part else -1 for part in variants)
    for part, choices in enumerate(variants):
        for variant in range(len(choices)):
            single = (*nothing[:part], variant, *nothing[part + 1 :])
            yield single
            yield from _grown(single, variants, right, random)
    for _ in range(400):
        density = random.random()
        yield tuple(random.randrange(len(part)) if part and random.random() < density else -1 for part in variants)


def _grown(layout: Layout, variants: Sequence[Sequence[Slots]], right, random: Random) -> Iterable[Layout]:
    """From one part on, add others until it is right, and on to the end."""
    order = [part for part, variant in enumerate(layout) if variant < 0 and variants[part]]
    random.shuffle(order)
    for part in order:
        layout = (*layout[:part], random.randrange(len(variants[part])), *layout[part + 1 :])
        if right(layout):
            yield layout
