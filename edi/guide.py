"""A partner's implementation guide: what it narrows of the standard, as data. `edi.narrowing` checks a tree against it.

    guide: partners/northmart/850
    segments:
      BEG:              {elements: {"02": {codes: [SA, NE]}, "05": {required: true}}}
      CUR:              {forbidden: true}
      "REF[01=IA]":     {required: true, max: 1, elements: {"02": {length: [7, 7], pattern: "[0-9]+"}}}
      "N1[01=ST]":      {required: true, elements: {"04": {required: true}}}
      "N1[01=ST]/N4":   {required: true}
      "PO1/PO4":        {min: 1, max: 1}

A key is a path of loops, by loop id or by the tag that begins them, and ends in a segment, or in a loop, which stands for its
first segment. Each step may select by values: `[01=A|B]` any of them, `[02=G,01.1=X]` all of them, where 01.1 is a component.
A rule holds in every repetition of what is before the last step. Element keys are positions, "02" or "01.2".
A guide can only narrow: it never permits what the standard forbids.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edi.errors import GrammarError
from edi.values import Segment

__all__ = ["NO_GUIDE", "ElementRule", "Guide", "SegmentRule", "Selector", "Step"]

_STEP: Final = re.compile(r"(?P<name>[A-Z0-9]{2,6})(?:\[(?P<selectors>[^\[\]/]+)\])?")
_POSITION: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?")
_MAX_PATTERN: Final = 200

Position = tuple[int, int | None]  #: element and, where one is meant, component


@dataclass(frozen=True, slots=True)
class Selector:
    """A value that an element must have for a step to mean the segment."""

    position: Position
    values: frozenset[str]

    def matches(self, segment: Segment) -> bool:
        """Whether this segment is meant."""
        element, component = self.position
        return segment.get(element, component or 1) in self.values


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a loop id or a tag, and what its first segment must hold."""

    name: str
    selectors: tuple[Selector, ...] = ()

    def matches(self, segment: Segment) -> bool:
        """Whether this segment is meant, by its values; the name is the caller's to compare."""
        return all(selector.matches(segment) for selector in self.selectors)


@dataclass(frozen=True, slots=True)
class ElementRule:
    """What a guide asks of one element or component, in every segment that the path means."""

    position: Position
    required: bool = False
    forbidden: bool = False
    codes: frozenset[str] | None = None
    length: tuple[int, int] | None = None
    pattern: re.Pattern[str] | None = None  #: the whole value must match
    max_repeat: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """What a guide asks of the segments that a path means."""

    path: tuple[Step, ...]
    least: int = 0
    most: int | None = None
    forbidden: bool = False
    elements: tuple[ElementRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """All rules of one guide for one set."""

    name: str
    rules: tuple[SegmentRule, ...]

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> "Guide":
        """Read a guide from plain values, as YAML gives them. Raises GrammarError that names the place in the guide."""
        whole = _mapping(mapping, "the whole")
        _known(whole, {"guide", "segments"}, "the whole")
        segments = _mapping(whole.get("segments", {}), "segments")
        return cls(str(whole.get("guide", "")), tuple(_segment_rule(path, rule) for path, rule in segments.items()))


NO_GUIDE: Final = Guide("", ())


def _segment_rule(path: str, given: Any) -> SegmentRule:
    rule = _mapping(given, path)
    _known(rule, {"required", "forbidden", "min", "max", "elements"}, path)
    forbidden = _flag(rule, "forbidden", path)
    least = _count(rule, "min", path) or int(_flag(rule, "required", path))
    most = _count(rule, "max", path)
    if (forbidden and (least or most or rule.get("elements"))) or (most is not None and least > most):
        raise GrammarError(f"guide: {path}: contradicts itself")
    elements = _mapping(rule.get("elements", {}), path)
    return SegmentRule(_path(path), least, most, forbidden, tuple(_element_rule(f"{path} {at}", at, e) for at, e in elements.items()))


def _element_rule(place: str, position: Any, given: Any) -> ElementRule:
    if not isinstance(position, (str, int)):  # YAML reads 01.10 as the number 1.1
        raise GrammarError(f"guide: {place}: a position with a component is written in quotes")
    rule = _mapping(given, place)
    _known(rule, {"required", "forbidden", "codes", "length", "pattern", "max"}, place)
    made = ElementRule(
        _position(str(position), place),
        _flag(rule, "required", place),
        _flag(rule, "forbidden", place),
        _codes(rule.get("codes"), place),
        _length(rule.get("length"), place),
        _pattern(rule.get("pattern"), place),
        _count(rule, "max", place),
    )
    if made.forbidden and len(rule) > 1:
        raise GrammarError(f"guide: {place}: contradicts itself")
    return made


def _path(text: str) -> tuple[Step, ...]:
    steps = []
    for part in str(text).split("/"):
        match = _STEP.fullmatch(part)
        if match is None:
            raise GrammarError(f"guide: {text}: is not a path of loops and segments")
        steps.append(Step(match["name"], tuple(_selectors(match["selectors"] or "", text))))
    return tuple(steps)


def _selectors(text: str, place: str) -> Iterable[Selector]:
    for selector in filter(None, text.split(",")):
        position, equals, values = selector.partition("=")
        if not equals or not values:
            raise GrammarError(f"guide: {place}: a selector is written 01=A or 01=A|B")
        yield Selector(_position(position, place), frozenset(values.split("|")))


def _position(text: str, place: str) -> Position:
    match = _POSITION.fullmatch(text)
    if match is None or int(match[1]) < 1 or (match[2] and int(match[2]) < 1):
        raise GrammarError(f"guide: {place}: a position is written 02 or 02.1")
    return int(match[1]), int(match[2]) if match[2] else None


def _mapping(value: Any, place: str) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise GrammarError(f"guide: {place}: is not a mapping")
    return value


def _known(mapping: Mapping[Any, Any], keys: set[str], place: str) -> None:
    if unknown := sorted(str(key) for key in mapping if key not in keys):
        raise GrammarError(f"guide: {place}: has no {', '.join(unknown)}; it can have {', '.join(sorted(keys))}")


def _flag(mapping: Mapping[Any, Any], key: str, place: str) -> bool:
    value = mapping.get(key, False)
    if not isinstance(value, bool):
        raise GrammarError(f"guide: {place}: {key} is true or false")
    return value


def _count(mapping: Mapping[Any, Any], key: str, place: str) -> int | None:
    value = mapping.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise GrammarError(f"guide: {place}: {key} is a whole number")
    return value


def _codes(value: Any, place: str) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(code, str) for code in value):
        raise GrammarError(f"guide: {place}: codes is a list of texts (00 and 01 are written in quotes)")
    return frozenset(value)


def _length(value: Any, place: str) -> tuple[int, int] | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) for n in value) and 0 < value[0] <= value[1]):
        raise GrammarError(f"guide: {place}: length is two whole numbers, least and most")
    return value[0], value[1]


def _pattern(value: Any, place: str) -> re.Pattern[str] | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_PATTERN:
        raise GrammarError(f"guide: {place}: pattern is a text of at most {_MAX_PATTERN} characters")
    try:
        return re.compile(value)
    except re.error as error:
        raise GrammarError(f"guide: {place}: pattern: {error}") from error
