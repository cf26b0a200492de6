"""The conditions between elements of a segment or components of a composite: P R E C L (X12.6 3.9; ISO 9735-1 11.5 calls them D1 to D7)."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from edi.finding import FindingCode
from edi.grammar.model import SyntaxNote

__all__ = ["Broken", "broken"]


class Broken(NamedTuple):
    """A condition that does not hold, at the element that is missing or should not be there."""

    element: int  #: position, from 1
    code: FindingCode
    message: str


_MISSING: Final = FindingCode.CONDITIONAL_ELEMENT_MISSING
_EXCLUDED: Final = FindingCode.CONDITIONAL_ELEMENT_EXCLUDED

IsPresent = Callable[[int], bool]


def broken(note: SyntaxNote, is_present: IsPresent) -> Iterator[Broken]:
    """What breaks this note in a segment whose elements at these positions are present or not."""
    return _RELATIONS[note.relation](note.elements, is_present)


def _paired(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    """P: all or none."""
    if any(map(is_present, elements)):
        for element in elements:
            if not is_present(element):
                yield Broken(element, _MISSING, "must be given, for another element that it is paired with is")


def _required(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    """R: at least one."""
    if not any(map(is_present, elements)):
        yield Broken(elements[0], _MISSING, "at least one of a list of elements must be given, of which this is the first")


def _exclusive(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    """E: at most one."""
    given = [element for element in elements if is_present(element)]
    for element in given[1:]:
        yield Broken(element, _EXCLUDED, "must not be given beside another element that excludes it")


def _conditional(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    """C: if the first, then all others."""
    if is_present(elements[0]):
        for element in elements[1:]:
            if not is_present(element):
                yield Broken(element, _MISSING, "must be given, for an element that requires it is")


def _list_conditional(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    """L: if the first, then at least one of the others."""
    if is_present(elements[0]) and not any(map(is_present, elements[1:])):
        yield Broken(elements[1], _MISSING, "at least one of a list of elements must be given, for an element that requires one is")


_RELATIONS: Final[dict[str, Callable[[tuple[int, ...], IsPresent], Iterator[Broken]]]] = {
    "P": _paired,
    "R": _required,
    "E": _exclusive,
    "C": _conditional,
    "L": _list_conditional,
}
