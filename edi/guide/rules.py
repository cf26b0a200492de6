"""The nouns of a guide: paths with their selectors, what is asked of segments and elements, and under which condition."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from edi.values import Segment

__all__ = ["Condition", "ElementRule", "GuideFault", "Position", "Reference", "SegmentRule", "Selector", "Step", "Test", "listed"]

_MOST_NAMED = 10  # codes in a sentence; a longer list is in the guide


class GuideFault(NamedTuple):
    """What is wrong with a guide, and where in it. One that is not `fatal` is a hint: the guide means something, but perhaps not this."""

    place: str
    message: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Position(NamedTuple):
    """An element and, where one is meant, its component."""

    element: int
    component: int | None = None

    def __str__(self) -> str:
        return f"{self.element:02}" if self.component is None else f"{self.element:02}.{self.component}"

    def text(self, segment: Segment) -> str:
        """What stands there in a segment: of an element without a component the first text that there is."""
        value = segment.elements[self.element - 1] if self.element <= len(segment.elements) else ""
        if isinstance(value, str):  # nearly always
            return value if self.component in (None, 1) else ""
        if self.component is None:
            return next(filter(None, segment.components(self.element)), "")
        return segment.get(self.element, self.component)


@dataclass(frozen=True, slots=True)
class Selector:
    """A value that an element must have for a step to mean the segment; `other`: any other value, or none, is meant."""

    position: Position
    values: frozenset[str]
    other: bool = False

    def matches(self, segment: Segment) -> bool:
        """Whether this segment is meant."""
        element, component = self.position
        return (segment.get(element, component or 1) in self.values) is not self.other

    def __str__(self) -> str:
        return f"{self.position}{'!' if self.other else ''}={'|'.join(sorted(self.values))}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a loop id or a tag, and what its first segment must hold."""

    name: str
    selectors: tuple[Selector, ...] = ()

    def matches(self, segment: Segment) -> bool:
        """Whether this segment is meant, by its values; the name is the caller's to compare."""
        return all(selector.matches(segment) for selector in self.selectors)

    def __str__(self) -> str:
        """As it is written in a guide."""
        return f"{self.name}[{','.join(map(str, self.selectors))}]" if self.selectors else self.name

    @property
    def words(self) -> str:
        """As it is said in a finding: "REF with 01=IA"."""
        return f"{self.name} with {' and '.join(map(str, self.selectors))}" if self.selectors else self.name


@dataclass(frozen=True, slots=True)
class ElementRule:
    """What a guide asks of one element or component, in every segment that the path means."""

    position: Position
    required: bool = False
    forbidden: bool = False
    codes: frozenset[str] | None = None
    removed: frozenset[str] = frozenset()  #: codes that the guide takes out of the standard's list
    length: tuple[int, int] | None = None
    pattern: re.Pattern[str] | None = None  #: the whole value must match
    least: int = 0  #: repetitions, where there is any
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """An element of the segment itself, a segment of the same loop, or an element of that one."""

    step: Step | None
    position: Position | None

    def __str__(self) -> str:
        return "/".join(str(part) for part in (self.step, self.position) if part is not None)

    @property
    def words(self) -> str:
        """As it is said in a finding."""
        if self.step is None:
            return str(self.position)
        return self.step.words if self.position is None else f"{self.position} of {self.step.words}"


@dataclass(frozen=True, slots=True)
class Test:
    """Half of a condition: something has a value, is empty, has one of some values or another than these."""

    __test__ = False  # not one of pytest's

    of: Reference
    given: bool = True
    values: frozenset[str] | None = None
    other: bool = False

    def holds(self, text: str) -> bool:
        """Whether what stands there is as asked."""
        if self.values is None or not text:
            return bool(text) is self.given
        return (text in self.values) is not self.other

    @property
    def words(self) -> str:
        """As it is said in a finding: "01 is ZZ"."""
        if self.values is None:
            return f"{self.of.words} is {'given' if self.given else 'not given'}"
        return f"{self.of.words} is {'none' if self.other else 'one'} of {listed(self.values)}".replace(
            " is one of ", " is ", len(self.values) == 1
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """What more is asked where all of `when` holds."""

    when: tuple[Test, ...]
    require: tuple[Reference, ...] = ()
    forbid: tuple[Reference, ...] = ()
    elements: tuple[ElementRule, ...] = ()

    @property
    def words(self) -> str:
        """As it is said in a finding, after what is asked: " when 01 is ZZ"."""
        return f" when {' and '.join(test.words for test in self.when)}" if self.when else ""


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """What a guide asks of the segments that a path means."""

    path: tuple[Step, ...]
    least: int = 0
    most: int | None = None
    forbidden: bool = False
    elements: tuple[ElementRule, ...] = ()
    conditions: tuple[Condition, ...] = field(default=())

    @property
    def place(self) -> str:
        """Where it stands in the guide."""
        return "/".join(map(str, self.path))


def listed(values: frozenset[str]) -> str:
    """Values of a guide in a sentence."""
    named = sorted(values)[:_MOST_NAMED]
    rest = len(values) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")
