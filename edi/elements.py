"""The element pass: what stands in each placed segment, against its definition.

Requirement, repetition, lengths, types, dates, code lists, surplus and trailing separators; conditions are those of `edi.syntax_notes`.
One value has at most one fault, and an absent one never has a second.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from edi.datatypes import is_period
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.industry import CodeLayer
from edi.grammar.model import CompositeDef, SegmentDef
from edi.rules import CompositeRule, Rule, SimpleRule, compiled
from edi.syntax_notes import broken
from edi.tolerance import STANDARD, Tolerance
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import ElementValue, Repeats, Segment, Standard

__all__ = ["Checker", "IsProven", "check_elements"]

_DECIMAL_MARKS: Final = ".,"  #: a UNA may name anything, but only these can be meant
_LOWER_CASE: Final = re.compile("[a-z]")

_SURPLUS: Final = (FindingCode.TOO_MANY_ELEMENTS, FindingCode.TOO_MANY_COMPONENTS, FindingCode.TRAILING_SEPARATOR)
_PADDED: Final = (FindingCode.ELEMENT_TOO_LONG, FindingCode.NUMBER_INVALID)
_OTHER_MARK: Final = str.maketrans(".,", ",.")
_NOT_TOO_LONG: Final = (None, FindingCode.ELEMENT_TOO_SHORT)

_WORDS: Final = {
    FindingCode.SEGMENT_EMPTY: "the segment has no data",
    FindingCode.REQUIRED_ELEMENT_MISSING: "a mandatory element is missing",
    FindingCode.REQUIRED_COMPONENT_MISSING: "a mandatory component is missing",
    FindingCode.TOO_MANY_ELEMENTS: "the segment has no element here",
    FindingCode.TOO_MANY_COMPONENTS: "the element has no component here",
    FindingCode.ELEMENT_REPEATS_TOO_OFTEN: "the element comes more often than it may",
    FindingCode.ELEMENT_TOO_SHORT: "the value is shorter than it may be",
    FindingCode.ELEMENT_TOO_LONG: "the value is longer than it may be",
    FindingCode.CHARACTER_INVALID: "the value has characters that it may not have",
    FindingCode.NUMBER_INVALID: "the value is not a number of the kind asked for",
    FindingCode.DATE_INVALID: "the value is no date or period of the form asked for",
    FindingCode.TIME_INVALID: "the value is no time of day",
    FindingCode.CODE_UNKNOWN: "the code is not in the code list of the standard",
    FindingCode.TRAILING_SEPARATOR: "empty elements or components at the end should not be sent",
}


IsProven = Callable[[Segment, SegmentDef, bool, bool], bool]
"""Whether a segment is known to be right: asked with its definition, whether it is header or trailer, whether lower case may pass."""


def check_elements(
    tree: Tree,
    tolerance: Tolerance = STANDARD,
    *,
    decimal: str = ".",
    layer: CodeLayer | None = None,
    is_near: bool = False,
    is_proven: IsProven | None = None,
) -> Iterator[Finding]:
    """What is wrong within the segments of a tree, in the order of the data. Segments without a place are left alone.

    `decimal`: every mark that may stand for the decimal point (EDIFACT). `layer`: the codes of the sender's industry.
    `is_near`: the grammar is of another release than the set. `is_proven` spares the look at a segment that is right.
    """
    checker = Checker(tree.message.standard, tolerance, decimal, layer, is_near=is_near)
    ends = {tree.message.root.children[0], tree.message.root.children[-1]}
    for node, path in _walk(tree.root, ()):
        if node.use is None:
            continue
        definition, is_end = node.use.definition, node.use in ends
        if is_proven is None or not is_proven(node.segment, definition, is_end, not checker.seeks_lower_case):
            yield from checker.judge(node.segment, definition, path, is_end=is_end)


def _walk(loop: LoopNode, path: tuple[str, ...]) -> Iterator[tuple[SegmentNode, tuple[str, ...]]]:
    for child in loop.children:
        if isinstance(child, SegmentNode):
            yield child, path
        else:
            yield from _walk(child, (*path, child.loop_id))


@dataclass(slots=True)
class _Place:
    """Where the checker is, until a finding makes a location of it."""

    segment: Segment
    path: tuple[str, ...]
    element: int | None = None
    repetition: int | None = None
    component: int | None = None


class Checker:
    """Looks at segments one by one, in the order of the data."""

    def __init__(self, standard: Standard, tolerance: Tolerance, decimal: str, layer: CodeLayer | None, *, is_near: bool = False) -> None:
        self.standard, self.tolerance, self.layer = standard, tolerance, layer
        self.is_near = is_near  #: the grammar is of another release than the set: its code lists are not the last word
        self.decimal = "".join(mark for mark in decimal if mark in _DECIMAL_MARKS) or "."
        #: X12 names no repertoire: lower case is said once for a set, where it is first met; EDIFACT's is `edi.read`'s
        self.seeks_lower_case = standard is Standard.X12 and tolerance.lower_case is not None

    def judge(self, segment: Segment, definition: SegmentDef, path: tuple[str, ...], *, is_end: bool) -> Iterator[Finding]:
        """What is wrong in a segment. What header and trailer of the set say is judged by `edi.read`; here only what they have too much."""
        found = self._segment(segment, definition, path)
        return (finding for finding in found if finding.code in _SURPLUS) if is_end else found

    def _segment(self, segment: Segment, definition: SegmentDef, path: tuple[str, ...]) -> Iterator[Finding]:
        rules = compiled(definition, self.standard, self.decimal)
        elements = segment.elements
        place = _Place(segment, path)
        if not any(map(_is_present, elements)):
            yield self._finding(FindingCode.SEGMENT_EMPTY, place)
            return
        for position, (rule, value) in enumerate(zip(rules.parts, elements, strict=False), 1):
            if isinstance(rule, SimpleRule) and isinstance(value, str):
                if value:
                    if self._is_plainly_right(rule, value):
                        continue
                elif not rule.mandatory:
                    continue
            place.element = position
            yield from self._element(rule, value, place)
        for position, rule in enumerate(islice(rules.parts, len(elements), None), len(elements) + 1):
            if rule.mandatory:
                place.element = position
                yield self._finding(FindingCode.REQUIRED_ELEMENT_MISSING, place, rule=rule)
        yield from self._surplus(elements, len(rules.parts), place)
        yield from self._conditions(rules, elements, place)
        if rules.period:
            yield from self._period(rules, [segment.get(i) for i in range(1, len(elements) + 1)], place)

    def _is_plainly_right(self, rule: SimpleRule, value: str) -> bool:
        """The short way for nearly all values; the long way finds out what is wrong with the others."""
        if rule.codes is not None:
            return value in rule.codes
        return rule.check(value) is None and not (self.seeks_lower_case and _LOWER_CASE.search(value))

    def _surplus(self, elements: Sequence[ElementValue], most: int, place: _Place) -> Iterator[Finding]:
        surplus = next((i for i, value in enumerate(islice(elements, most, None), most + 1) if _is_present(value)), None)
        if surplus is not None:
            place.element = most + 1
            yield self._finding(FindingCode.TOO_MANY_ELEMENTS, place, place.segment.get(surplus))
        elif not _is_present(elements[-1]) and self.tolerance.trailing_separators:
            place.element = len(elements)
            yield self._finding(FindingCode.TRAILING_SEPARATOR, place, severity=self.tolerance.trailing_separators)
        place.element = None

    def _element(self, rule: Rule, value: ElementValue, place: _Place) -> Iterator[Finding]:
        if not _is_present(value):
            if rule.mandatory:
                yield self._finding(FindingCode.REQUIRED_ELEMENT_MISSING, place, rule=rule)
        elif isinstance(value, Repeats):
            for place.repetition, one in enumerate(value, 1):
                if place.repetition == rule.most + 1:
                    yield self._finding(FindingCode.ELEMENT_REPEATS_TOO_OFTEN, place, rule=rule)
                if _is_present(one):
                    yield from self._single(rule, one, place)
            place.repetition = None
        else:
            yield from self._single(rule, value, place)

    def _single(self, rule: Rule, value: str | tuple[str, ...], place: _Place) -> Iterator[Finding]:
        if isinstance(rule, CompositeRule):
            yield from self._composite(rule, (value,) if isinstance(value, str) else value, place)
        elif isinstance(value, str):
            yield from self._value(rule, value, place)
        else:
            if value[0]:
                yield from self._value(rule, value[0], place)
            yield from self._surplus_components(value, 1, place)

    def _composite(self, rule: CompositeRule, values: tuple[str, ...], place: _Place) -> Iterator[Finding]:
        foreign = rule.listed is not None and _is_foreign(values, rule.listed)
        for place.component, part in enumerate(rule.parts, 1):
            assert isinstance(part, SimpleRule)  # composites do not nest
            value = values[place.component - 1] if place.component <= len(values) else ""
            if value:
                is_foreign = foreign and rule.listed is not None and place.component == rule.listed[0] + 1
                yield from self._value(part, value, place, is_foreign=is_foreign)
            elif part.mandatory:
                yield self._finding(FindingCode.REQUIRED_COMPONENT_MISSING, place, rule=part)
        place.component = None
        yield from self._surplus_components(values, len(rule.parts), place)
        yield from self._conditions(rule, values, place)
        if rule.period:
            yield from self._period(rule, values, place)

    def _surplus_components(self, values: tuple[str, ...], most: int, place: _Place) -> Iterator[Finding]:
        surplus = next((value for value in values[most:] if value), None)
        if surplus is not None:
            place.component = most + 1
            yield self._finding(FindingCode.TOO_MANY_COMPONENTS, place, surplus)
        elif not values[-1] and self.tolerance.trailing_separators:
            place.component = len(values)
            yield self._finding(FindingCode.TRAILING_SEPARATOR, place, severity=self.tolerance.trailing_separators)
        place.component = None

    def _value(self, rule: SimpleRule, value: str, place: _Place, *, is_foreign: bool = False) -> Iterator[Finding]:
        if self.seeks_lower_case and rule.codes is None and _LOWER_CASE.search(value):
            self.seeks_lower_case = False
            text = "lower-case letters are not in the basic character set; said once for the set"
            yield self._finding(FindingCode.CHARACTER_INVALID, place, value, rule, severity=self.tolerance.lower_case, words=text)
        fault = rule.check(value)
        if fault is None:
            if rule.codes is None or value in rule.codes or is_foreign or (self.layer and self.layer.has(rule.definition, value)):
                return
            fault, severity = FindingCode.CODE_UNKNOWN, self._severity_of_codes(rule)
        elif fault is FindingCode.CHARACTER_INVALID:
            severity = self.tolerance.character_set
        elif fault in _PADDED and rule.check(_unpadded(value, rule, self.decimal)) in _NOT_TOO_LONG:
            severity = self.tolerance.padding
        elif fault is FindingCode.NUMBER_INVALID and self.standard is Standard.EDIFACT and rule.check(value.translate(_OTHER_MARK)) is None:
            severity = self.tolerance.decimal_mark
        else:
            severity = Severity.ERROR
        if severity is not None:
            yield self._finding(fault, place, value, rule, severity=severity)

    def _severity_of_codes(self, rule: SimpleRule) -> Severity | None:
        """A code that the list lacks may be right all the same: an industry's, or of a release whose list we do not have as such."""
        is_syntax = len(rule.definition.id) == 4 and rule.definition.id.startswith("0")  # EDIFACT 0001 to 0999, of no directory
        is_open = self.is_near or rule.definition.carried or (self.layer and not self.layer.is_complete and not is_syntax)
        if is_open and self.tolerance.code_lists is Severity.ERROR:
            return Severity.WARNING
        return self.tolerance.code_lists

    def _period(self, rule: CompositeRule, values: Sequence[str], place: _Place) -> Iterator[Finding]:
        assert rule.period is not None
        at, form = rule.period
        if max(at, form) >= len(values) or not values[at] or is_period(values[at], values[form]):
            return
        part = rule.parts[at]
        if isinstance(part, SimpleRule) and part.check(values[at]) is not None:
            return  # wrong in itself, which was said
        if isinstance(rule.definition, CompositeDef):
            place.component = at + 1
        else:
            place.element = at + 1
        yield self._finding(FindingCode.DATE_INVALID, place, values[at], part)
        place.component = None

    def _conditions(self, rule: CompositeRule, values: Sequence[ElementValue], place: _Place) -> Iterator[Finding]:
        severity = self.tolerance.syntax_notes
        if severity is None or not rule.conditions:
            return
        present = sum(1 << position for position, value in enumerate(values, 1) if value and _is_present(value))
        for condition in rule.conditions:
            if condition.holds(present):
                continue
            for position, code, words in broken(condition.note, lambda at: bool(present >> at & 1)):
                if isinstance(rule.definition, CompositeDef):
                    place.component = position
                else:
                    place.element = position
                yield self._finding(code, place, rule=rule.parts[position - 1], severity=severity, words=words)
        place.component = None

    @staticmethod
    def _finding(
        code: FindingCode,
        place: _Place,
        value: str | None = None,
        rule: Rule | None = None,
        *,
        severity: Severity | None = Severity.ERROR,
        words: str = "",
    ) -> Finding:
        location = place.segment.location(element=place.element, component=place.component, repetition=place.repetition, loop=place.path)
        element_id = rule.definition.id if rule is not None and not isinstance(rule.definition, SegmentDef) else None
        return Finding(code, Scope.STANDARD, severity or Severity.ERROR, location, words or _WORDS[code], value, element_id)


def _is_present(value: ElementValue) -> bool:
    """Whether there is any text in it."""
    return bool(value) if isinstance(value, str) else any(map(_is_present, value))


def _is_foreign(values: tuple[str, ...], listed: tuple[int, int, int]) -> bool:
    """Whether a composite says that its code is of another list or agency than the UN's (1131; 3055 other than 6)."""
    _, name, agency = listed
    return any(values[name : name + 1]) or (agency < len(values) and values[agency] not in ("", "6"))


def _unpadded(value: str, rule: SimpleRule, decimal: str) -> str:
    """A value without blanks around it, a number without zeros that say nothing."""
    text = value.strip(" ")
    if not rule.is_number or not text:
        return text
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    for mark in decimal:
        whole, point, fraction = digits.partition(mark)
        if point and fraction.isdecimal():
            digits = whole + (mark + fraction.rstrip("0")).rstrip(mark)
    return sign + (digits.lstrip("0") or "0")
