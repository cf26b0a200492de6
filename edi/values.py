"""The syntax's own nouns: the rule families, an interchange id, a segment and what its elements hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from edi.location import Location

__all__ = ["Composite", "ElementValue", "Identity", "Repeats", "Segment", "Standard"]


class Standard(StrEnum):
    """The rule family."""

    X12 = "x12"
    EDIFACT = "edifact"


class Identity(NamedTuple):
    """Qualifier and id of a trading address (ISA05/06, UNB S002). Trimmed; no qualifier is the empty text."""

    qualifier: str
    id: str

    def __str__(self) -> str:
        return f"{self.qualifier}:{self.id}" if self.qualifier else self.id


class Repeats(tuple["str | Composite", ...]):
    """The repetitions of one element; made only where the repetition separator stands."""

    __slots__ = ()


Composite = tuple[str, ...]  #: the components of a composite, from 1
ElementValue = str | Composite | Repeats  #: plain text where neither separator stands


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of data as it was read or will be written: tag and elements, unescaped, without separators.

    `elements[0]` is the first data element. A simple element is text, a composite a tuple of texts,
    a repeated one a `Repeats` of either. `position` is counted in the transaction set from 1 (0 outside one).
    """

    tag: str
    elements: tuple[ElementValue, ...]
    offset: int = 0
    line: int = 1
    column: int = 1
    position: int = 0

    def get(self, element: int, component: int = 1, repetition: int = 1) -> str:
        """The text at 1-based positions; empty when absent."""
        if element > len(self.elements):
            return ""
        value: str | Composite | Repeats = self.elements[element - 1]
        if isinstance(value, Repeats):
            if repetition > len(value):
                return ""
            value = value[repetition - 1]
        elif repetition > 1:
            return ""
        if isinstance(value, str):
            return value if component == 1 else ""
        return value[component - 1] if component <= len(value) else ""

    def components(self, element: int, repetition: int = 1) -> Composite:
        """All components of one repetition; empty when absent."""
        if element > len(self.elements):
            return ()
        value: str | Composite | Repeats = self.elements[element - 1]
        if isinstance(value, Repeats):
            value = value[repetition - 1] if repetition <= len(value) else ()
        elif repetition > 1:
            return ()
        return (value,) if isinstance(value, str) else tuple(value)

    def repetitions(self, element: int) -> Sequence["str | Composite"]:
        """The repetitions of one element: a single one where nothing repeats, none when it is empty."""
        if element > len(self.elements):
            return ()
        value = self.elements[element - 1]
        if isinstance(value, Repeats):
            return value
        return (value,) if value else ()

    def __iter__(self) -> Iterator[ElementValue]:
        return iter(self.elements)

    def location(
        self,
        *,
        element: int | None = None,
        component: int | None = None,
        repetition: int | None = None,
        loop: tuple[str, ...] = (),
    ) -> Location:
        """Where this segment is, or a part of it."""
        return Location(self.offset, self.line, self.column, self.position or None, self.tag, loop, element, repetition, component)
