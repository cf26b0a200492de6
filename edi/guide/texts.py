"""What a guide asks of a segment, asked of its text: by one expression, or element by element. What repeats is a doubt."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from edi.delimiters import Delimiters
from edi.guide.checks import ElementCheck
from edi.guide.expressions import expression
from edi.guide.plan import Asked
from edi.guide.rules import Condition, Position, Reference, Selector

__all__ = ["Collected", "ElementMatch", "Reading", "looks_around", "named_by"]

#: segments of an open loop, in their elements, by what they are called
Collected = dict[str, list[list[str]]]

_DOUBT: Final = "\n"  #: no value has it, and no rule is kept by it


class Reading:
    """What stands in a segment that was split at its element separators: parts[0] is the tag."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self._component, self._repetition = delimiters.component, delimiters.repetition

    def text(self, parts: list[str], position: Position) -> str:
        """As `Position.text` has it."""
        element, component = position
        value = parts[element] if element < len(parts) else ""
        if self._repetition and self._repetition in value:
            return _DOUBT
        if self._component not in value:
            return value if component in (None, 1) else ""
        if component is None:
            return next(filter(None, value.split(self._component)), "")
        return self._part(value, component)

    def matches(self, selectors: Iterable[Selector], parts: list[str]) -> bool:
        """Whether the segment is meant."""
        for selector in selectors:
            element, component = selector.position
            value = parts[element] if element < len(parts) else ""
            if self._repetition and self._repetition in value:
                value = value.partition(self._repetition)[0]
            if (self._part(value, component or 1) in selector.values) is selector.other:
                return False
        return True

    def is_right(self, checks: Iterable[ElementCheck], parts: list[str]) -> bool:
        """Whether all elements are as asked."""
        for check in checks:
            text = self.text(parts, check.rule.position)
            if text == _DOUBT or ((check.passes is not None and not check.passes(text)) if text else check.required):
                return False
        return True

    def are_met(self, asked: Asked, parts: list[str], collected: Collected | None) -> bool:
        """Whether the conditions do not hold, or what they ask is there."""
        for conditional in asked.conditions:
            condition = conditional.condition
            for test in condition.when:
                texts = self._texts(test.of, parts, collected)
                if _DOUBT in texts:
                    return False
                if not any(map(test.holds, texts)):
                    break
            else:
                if not self.is_right(conditional.elements, parts):
                    return False
                for reference in condition.require:
                    texts = self._texts(reference, parts, collected)
                    if _DOUBT in texts or not any(texts):
                        return False
                if any(text for reference in condition.forbid for text in self._texts(reference, parts, collected)):
                    return False
        return True

    def _texts(self, reference: Reference, parts: list[str], collected: Collected | None) -> list[str]:
        """What stands where a reference leads; an empty text where nothing does."""
        step, position = reference.step, reference.position
        if step is None:
            return [self.text(parts, position)] if position is not None else [parts[0]]
        meant = [one for one in (collected or {}).get(step.name, ()) if self.matches(step.selectors, one)]
        return [one[0] if position is None else self.text(one, position) for one in meant] or [""]

    def _part(self, value: str, component: int) -> str:
        if self._component not in value:
            return value if component == 1 else ""
        parts = value.split(self._component)
        return parts[component - 1] if component <= len(parts) else ""


class ElementMatch:
    """Element rules as one expression for the numbers of elements that came by; what that does not match is looked at apart."""

    __slots__ = ("_checks", "_counts", "_reading", "quick")

    def __init__(self, checks: Sequence[ElementCheck], reading: Reading) -> None:
        self._checks, self._reading = checks, reading
        self._counts: dict[int, str] = {}
        self.quick: Callable[[str], object] = _never

    def settle(self, piece: str) -> bool:
        """Whether a segment is right that the expression does not match."""
        element = self._reading.delimiters.element
        count = piece.count(element)
        if count not in self._counts and len(self._counts) < _MOST_COUNTS:
            source = expression(self._checks, self._reading.delimiters, count)
            self._counts = {**self._counts, count: source or ""}
            if source:
                self.quick = re.compile("|".join(f"(?:{one})" for one in self._counts.values() if one)).fullmatch
        return self._reading.is_right(self._checks, piece.split(element))


_MOST_COUNTS: Final = 30  #: numbers of elements that one segment comes with


def _never(_: str) -> None:
    return None


def looks_around(asked: Asked) -> bool:
    """Whether a condition names other segments of the loop."""
    return bool(named_by(conditional.condition for conditional in asked.conditions))


def named_by(conditions: Iterable[Condition]) -> frozenset[str]:
    """The segments and loops that conditions look at."""
    return frozenset(
        reference.step.name
        for condition in conditions
        for reference in (*(test.of for test in condition.when), *condition.require, *condition.forbid)
        if reference.step is not None
    )
