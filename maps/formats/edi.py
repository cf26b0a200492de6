"""EDI trees: the text at a slot, segments in the making, and what was written put into its grammar."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edi.build import Builder, LoopBuilder
from edi.grammar.model import CompositeDef, LoopUse, MessageDef, SegmentUse
from edi.tree import Tree
from edi.values import ElementValue, Repeats, Segment
from maps.model import Place, Selector, Slot

__all__ = [
    "Cells",
    "Elements",
    "Use",
    "Written",
    "elements_of",
    "matcher",
    "pour",
    "reader",
    "standing",
    "use_of",
    "uses",
    "width",
    "writer",
]

Use = SegmentUse | LoopUse
Elements = tuple[ElementValue, ...]
Cells = list[Any]  #: elements in the making: a text, or a list of components

_TEXT_TYPES: Final = frozenset({"AN", "ID", "an", "a"})  #: whose length counts every character


def reader(place: Place) -> Callable[[Segment], str]:
    """The text at a slot; of a repeated element the first repetition."""
    assert isinstance(place, Slot)
    index, element, component = place.element - 1, place.element, place.component

    def simple(segment: Segment) -> str:
        elements = segment.elements
        if index >= len(elements):
            return ""
        value = elements[index]
        return value if isinstance(value, str) else segment.get(element)

    def part(segment: Segment) -> str:
        elements = segment.elements
        if index >= len(elements):
            return ""
        value = elements[index]
        if isinstance(value, str | Repeats):
            return segment.get(element, component)
        return value[component - 1] if component <= len(value) else ""

    return part if component else simple


def writer(place: Place) -> Callable[[Cells, str], None]:
    """Puts a text into a slot of a segment in the making."""
    assert isinstance(place, Slot)
    index, component = place.element - 1, place.component

    def simple(cells: Cells, text: str) -> None:
        while len(cells) <= index:
            cells.append("")
        cells[index] = text

    def part(cells: Cells, text: str) -> None:
        while len(cells) <= index:
            cells.append("")
        parts = cells[index]
        if type(parts) is not list:
            parts = cells[index] = [parts]
        parts.extend([""] * (component - len(parts)))
        parts[component - 1] = text

    return part if component else simple


def standing(place: Place) -> Callable[[Cells], bool]:
    """Whether a text has been put into a slot."""
    assert isinstance(place, Slot)
    index, component = place.element - 1, place.component

    def stands(cells: Cells) -> bool:
        cell = cells[index] if index < len(cells) else ""
        if type(cell) is list:
            return bool(cell[(component or 1) - 1]) if component <= len(cell) else False
        return bool(cell)

    return stands


def elements_of(cells: Cells) -> Elements:
    """The elements as they are read again: a composite of one component is plain, nothing empty stands at an end."""
    done: list[ElementValue] = []
    for cell in cells:
        if type(cell) is list:
            while cell and not cell[-1]:
                cell.pop()
            done.append(tuple(cell) if len(cell) > 1 else cell[0] if cell else "")
        else:
            done.append(cell)
    while done and not done[-1]:
        done.pop()
    return tuple(done)


def matcher(selector: Selector) -> Callable[[Segment], bool] | None:
    """Whether a segment is selected; None when every one is."""
    tests = [(reader(place), frozenset(values)) for place, values in selector.tests if "*" not in values]
    if not tests:
        return None
    if len(tests) == 1:
        read, values = tests[0]
        return lambda segment: read(segment) in values
    return lambda segment: all(read(segment) in values for read, values in tests)


def uses(loop: LoopUse) -> Mapping[str, Use]:
    """Tag -> the place in the loop that a segment with it has, its first where there are several. The trigger is not among them."""
    found: dict[str, Use] = {}
    for child in loop.children:
        found.setdefault(child.tag if isinstance(child, SegmentUse) else child.trigger.tag, child)
    return found


def use_of(loop: LoopUse, tag: str, area: int = 0) -> Use | None:
    """The place in the loop that a rule for this tag fills: the first, or the first in an area of the set."""
    if not area:
        return uses(loop).get(tag)
    tagged = ((child.tag if isinstance(child, SegmentUse) else child.trigger.tag, child) for child in loop.children[1:])
    return next((child for found, child in tagged if found == tag and child.area == area), None)


def width(use: Use, place: Place) -> int:
    """The greatest length of the text in a slot; 0 for numbers and what the standard does not have."""
    assert isinstance(place, Slot)
    definition = (use if isinstance(use, SegmentUse) else use.trigger).definition
    if place.element > len(definition.elements):
        return 0
    element = definition.elements[place.element - 1].definition
    if isinstance(element, CompositeDef):
        component = place.component or 1
        if component > len(element.components):
            return 0
        element = element.components[component - 1].definition
    return element.max_length if not isinstance(element, CompositeDef) and element.type in _TEXT_TYPES else 0


@dataclass(slots=True)
class Written:
    """One segment that a rule wrote, or a loop with the segment that begins it."""

    rule: str  #: address
    at: str  #: path of the object it came from
    use: Use
    elements: Elements
    children: "list[Written] | None" = None  #: of a loop, what follows its first segment


def pour(message: MessageDef, written: Iterable[Written]) -> Tree:
    """A tree in the order of the grammar; what has the same place keeps the order given. No ST/SE or UNH/UNT in it."""
    builder = Builder(message)
    _fill(builder.root, written)
    return builder.finish()


def _fill(loop: LoopBuilder, written: Iterable[Written]) -> None:
    for one in written:
        use = one.use
        if isinstance(use, SegmentUse):
            loop.segment(use.tag, one.elements, sequence=use.sequence)
        else:
            inner = loop.loop(use.loop_id, sequence=use.sequence)
            inner.segment(use.trigger.tag, one.elements, sequence=use.trigger.sequence)
            _fill(inner, one.children or ())
