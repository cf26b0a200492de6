"""The conditions between elements of a segment or components of a composite: P R E C L (X12.6 3.9; ISO 9735-1 11.5 calls them D1 to D7)."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from edi.finding import FindingCode
from edi.grammar.model import SyntaxNote

__all__ = ["Broken", "Condition", "broken"]


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
    return _RELATIONS[note.relation].broken(note.elements, is_present)


class Condition:
    """A note, made ready to be asked often: of a segment it needs a number whose bits say which elements are present."""

    __slots__ = ("_first", "_holds", "_rest", "note")

    def __init__(self, note: SyntaxNote) -> None:
        self.note = note
        self._first = 1 << note.elements[0]
        self._rest = sum(1 << element for element in note.elements[1:])
        self._holds = _RELATIONS[note.relation].holds

    def holds(self, present: int) -> bool:
        """Whether the condition is kept; bit n stands for element n."""
        return self._holds(present & self._first, present & self._rest, self._rest)


def _paired(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    if any(map(is_present, elements)):
        for element in elements:
            if not is_present(element):
                yield Broken(element, _MISSING, "must be given, for another element that it is paired with is")


def _required(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    if not any(map(is_present, elements)):
        yield Broken(elements[0], _MISSING, "at least one of a list of elements must be given, of which this is the first")


def _exclusive(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    given = [element for element in elements if is_present(element)]
    for element in given[1:]:
        yield Broken(element, _EXCLUDED, "must not be given beside another element that excludes it")


def _conditional(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    if is_present(elements[0]):
        for element in elements[1:]:
            if not is_present(element):
                yield Broken(element, _MISSING, "must be given, for an element that requires it is")


def _list_conditional(elements: tuple[int, ...], is_present: IsPresent) -> Iterator[Broken]:
    if is_present(elements[0]) and not any(map(is_present, elements[1:])):
        yield Broken(elements[1], _MISSING, "at least one of a list of elements must be given, for an element that requires one is")


class _Relation(NamedTuple):
    """`holds` answers quickly from bits: of the first element, of the others, and of the others if all were there."""

    holds: Callable[[int, int, int], bool]
    broken: Callable[[tuple[int, ...], IsPresent], Iterator[Broken]]


_RELATIONS: Final = {
    # all or none
    "P": _Relation(lambda first, rest, every: rest == every if first else not rest, _paired),
    # at least one
    "R": _Relation(lambda first, rest, _: bool(first or rest), _required),
    # at most one
    "E": _Relation(lambda first, rest, _: not rest if first else not rest & (rest - 1), _exclusive),
    # if the first, then all others
    "C": _Relation(lambda first, rest, every: not first or rest == every, _conditional),
    # if the first, then at least one of the others
    "L": _Relation(lambda first, rest, _: not first or bool(rest), _list_conditional),
}
