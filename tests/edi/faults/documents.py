"""Valid documents out of a grammar: a small one around each place of a set, and a rich one with every place in it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from edi.grammar.load import load
from edi.grammar.model import CompositeDef, ElementDef, ElementUse, LoopUse, MessageDef, Requirement, SegmentDef, SegmentUse
from edi.values import Standard
from tests.edi.faults.presence import presence
from tests.edi.faults.values import good

__all__ = ["MESSAGES", "Element", "Line", "Place", "around", "document", "filled", "message_of", "minimum", "places", "rich"]

Element = str | tuple[str, ...] | list["str | tuple[str, ...]"]  #: a list repeats


@dataclass(frozen=True)
class Line:
    """A segment of a document, and the place that it is meant for."""

    tag: str
    elements: tuple[Element, ...]
    path: tuple[str, ...]  #: the loops around it
    use: SegmentUse | None = None

    def having(self, position: int, value: Element) -> "Line":
        """The same with another value in an element, from 1."""
        elements = list(self.elements) + [""] * (position - len(self.elements))
        elements[position - 1] = value
        return replace(self, elements=tuple(elements))


@dataclass(frozen=True)
class Place:
    """Where a segment may stand: its use, the loops around it, and those loops' definitions."""

    use: SegmentUse
    loops: tuple[LoopUse, ...]  #: from the outside in, without the root

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(loop.loop_id for loop in self.loops)

    def __str__(self) -> str:
        return "/".join((*self.path, self.use.tag)) + f"#{self.use.sequence}"


#: the documents that faults are put into: set and release
MESSAGES: Final = tuple(
    f"{set_id} {release}"
    for sets, releases in ((("850", "856", "810", "997"), ("004010", "005010")), (("ORDERS", "DESADV", "INVOIC"), ("D96A", "D01B")))
    for release in releases
    for set_id in sets
)


def message_of(name: str) -> MessageDef:
    """The grammar of one of `MESSAGES`."""
    set_id, release = name.split()
    return document(Standard.X12 if set_id.isdigit() else Standard.EDIFACT, release, set_id)


@cache
def document(standard: Standard, release: str, set_id: str) -> MessageDef:
    message = load(standard, release, set_id)
    assert message is not None
    return message


def places(loop: LoopUse, loops: tuple[LoopUse, ...] = ()) -> Iterator[Place]:
    """Every place for a segment, in the order of the grammar."""
    for child in loop.children:
        if isinstance(child, LoopUse):
            yield from places(child, (*loops, child))
        else:
            yield Place(child, loops)


# --- what stands in a segment


def filled(definition: SegmentDef, standard: Standard, present: Collection[int] | None = None) -> tuple[Element, ...]:
    """The elements of a segment: all that its conditions allow, or just those."""
    wanted = presence(definition) if present is None else present
    assert wanted is not None, definition.tag
    values = [_value(use, standard) if position in wanted else "" for position, use in enumerate(definition.elements, 1)]
    if definition.tag == "HL":
        values[1] = ""  # the first level has no parent
    return tuple(values)


def _value(use: ElementUse, standard: Standard) -> str | tuple[str, ...]:
    if isinstance(use.definition, ElementDef):
        return good(use.definition, standard)
    return composite(use.definition, standard)


def composite(definition: CompositeDef, standard: Standard, present: Collection[int] | None = None) -> tuple[str, ...]:
    """The components of a composite, without the names of other code lists unless these are asked for."""
    if present is None:
        ids = [use.definition.id for use in definition.components]
        foreign = [i for i, one in enumerate(ids, 1) if one in {"1131", "3055"} and definition.components[i - 1].requirement != "M"]
        present = presence(definition, absent=foreign) or presence(definition)
        assert present is not None
    values: list[str] = []
    for position, use in enumerate(definition.components, 1):
        assert isinstance(use.definition, ElementDef)
        values.append(good(use.definition, standard) if position in present else "")
    return tuple(values)


# --- documents


def _line(place: Place, standard: Standard) -> Line:
    return Line(place.use.tag, filled(place.use.definition, standard), place.path, place.use)


def minimum(loop: LoopUse, loops: tuple[LoopUse, ...], standard: Standard) -> Iterator[Line]:
    """What a repetition of a loop must have."""
    for index, child in enumerate(loop.children):
        if child.requirement is not Requirement.MANDATORY and not (index == 0 and loops):
            continue
        if isinstance(child, LoopUse):
            yield from minimum(child, (*loops, child), standard)
        else:
            yield _line(Place(child, loops), standard)


def around(message: MessageDef, place: Place) -> tuple[list[Line], int]:
    """The shortest document that has this place, header and trailer included, and the index of its segment."""
    lines: list[Line] = []
    at = -1

    def walk(loop: LoopUse, loops: tuple[LoopUse, ...]) -> None:
        nonlocal at
        inner = place.loops[len(loops)] if len(loops) < len(place.loops) and place.loops[: len(loops)] == loops else None
        for index, child in enumerate(loop.children):
            if isinstance(child, LoopUse):
                if child is inner:
                    walk(child, (*loops, child))
                elif child.requirement is Requirement.MANDATORY:
                    lines.extend(minimum(child, (*loops, child), message.standard))
                continue
            if child is place.use:
                at = len(lines)
            if child is place.use or child.requirement is Requirement.MANDATORY or (index == 0 and loops):
                lines.append(_line(Place(child, loops), message.standard))

    walk(message.root, ())
    assert at >= 0, place
    return lines, at


def rich(message: MessageDef) -> list[Line]:
    """Every place of the set once, in the order of the grammar."""
    return [_line(place, message.standard) for place in places(message.root)]
