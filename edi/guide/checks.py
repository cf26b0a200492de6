"""What a guide asks of the values of one segment, made ready to be asked often: a quick look at each, and words for what is wrong."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from edi.finding import FindingCode, Severity
from edi.grammar.model import CompositeDef, ElementDef, Requirement, SegmentDef
from edi.guide.places import definition_at
from edi.guide.rules import ElementRule, listed
from edi.tolerance import Tolerance
from edi.values import ElementValue, Repeats, Segment

__all__ = ["ElementCheck", "Fault", "doubtful", "element_check"]

_SIGNS: Final = str.maketrans("", "", "-+.,")


class Fault(NamedTuple):
    """What is wrong with a value, before it becomes a finding. `own` where the standard's pass says it too."""

    code: FindingCode
    words: str
    value: str | None = None
    repetition: int | None = None
    severity: Severity = Severity.ERROR
    own: bool = False


@dataclass(frozen=True, slots=True)
class ElementCheck:
    """One rule for one element of one segment."""

    rule: ElementRule
    when: str  #: words for the condition, empty where it is asked always
    index: int
    component: int | None  #: index, where one is meant
    required: bool  #: by the guide and not by the standard, which says so itself
    passes: Callable[[str], object] | None  #: whether a value is right; None: any is
    size: Callable[[str], int]
    definition: ElementDef | None  #: of the value
    element_id: str | None

    def faults(self, segment: Segment, tolerance: Tolerance) -> Iterator[Fault]:
        """What is wrong, repetition by repetition."""
        rule, (element, component) = self.rule, self.rule.position
        texts = [segment.get(element, component or 1, i) for i in range(1, len(segment.repetitions(element)) + 1)]
        if component is None:
            texts = [text or next(filter(None, segment.components(element, i)), "") for i, text in enumerate(texts, 1)]
        if self.required and not any(texts):
            yield Fault(self._missing(), f"required{self.when}")
        if rule.most is not None and len(texts) > rule.most:
            words = f"may come at most {_times(rule.most)}{self.when}"
            yield Fault(FindingCode.ELEMENT_REPEATS_TOO_OFTEN, words, repetition=rule.most + 1)
        if any(texts) and len(texts) < rule.least:
            yield Fault(self._missing(), f"must come at least {_times(rule.least)}{self.when}", repetition=len(texts) + 1)
        for ordinal, text in enumerate(texts, 1):
            if text and (fault := self._value(text, tolerance)):
                yield fault._replace(value=text, repetition=ordinal if len(texts) > 1 else None)

    def _missing(self) -> FindingCode:
        if self.when:
            return FindingCode.CONDITIONAL_ELEMENT_MISSING
        return FindingCode.REQUIRED_ELEMENT_MISSING if self.rule.position.component is None else FindingCode.REQUIRED_COMPONENT_MISSING

    def _value(self, text: str, tolerance: Tolerance) -> Fault | None:
        """One fault at most of one value."""
        rule, when = self.rule, self.when
        if rule.forbidden:
            code = FindingCode.CONDITIONAL_ELEMENT_EXCLUDED if when else FindingCode.ELEMENT_FORBIDDEN
            return None if tolerance.unused is None else Fault(code, f"not used{when}", severity=tolerance.unused)
        if rule.length and self.size(text) < rule.length[0]:
            return Fault(FindingCode.ELEMENT_TOO_SHORT, f"must have at least {_characters(rule.length[0])}{when}")
        if rule.length and self.size(text) > rule.length[1]:
            words = f"may have at most {_characters(rule.length[1])}{when}"
            return Fault(FindingCode.ELEMENT_TOO_LONG, words, own=bool(self.definition and self.size(text) > self.definition.max_length))
        if (rule.codes is not None and text not in rule.codes) or text in rule.removed:
            if tolerance.code_lists is None:
                return None
            words = (
                f"must be {'' if len(rule.codes) == 1 else 'one of '}{listed(rule.codes)}{when}"
                if rule.codes
                else f"not a code that is used{when}"
            )
            codes = self.definition.codes if self.definition else None
            return Fault(FindingCode.CODE_UNKNOWN, words, severity=tolerance.code_lists, own=codes is not None and text not in codes)
        if rule.pattern and not rule.pattern.fullmatch(text):
            return Fault(FindingCode.PATTERN_MISMATCH, f"must have the form {rule.pattern.pattern}{when}")
        return None


def doubtful(checks: Iterable[ElementCheck], elements: Sequence[ElementValue]) -> list[ElementCheck]:
    """The checks that a quick look does not settle: none for nearly all segments. `ElementCheck.faults` says what is wrong, if anything."""
    there = len(elements)
    left = []
    for check in checks:
        value = elements[check.index] if check.index < there else ""
        if isinstance(value, str):
            text = "" if check.component else value
        elif isinstance(value, Repeats) or not value:
            left.append(check)
            continue
        else:
            text = value[check.component or 0] if (check.component or 0) < len(value) else ""
            if not text and check.component is None:
                left.append(check)
                continue
        if (check.passes is not None and not check.passes(text)) if text else check.required:
            left.append(check)
    return left


def element_check(rule: ElementRule, definition: SegmentDef, when: str = "") -> ElementCheck:
    """A rule made ready for a segment. What the standard requires by itself is not asked twice."""
    element, component = rule.position
    thing = definition_at(definition, rule.position)
    value = thing.components[0].definition if isinstance(thing, CompositeDef) else thing
    by_standard = thing is not None and definition.elements[element - 1].requirement is Requirement.MANDATORY
    if by_standard and component is not None:
        composite = definition.elements[element - 1].definition
        assert isinstance(composite, CompositeDef) or component == 1
        by_standard = not isinstance(composite, CompositeDef) or composite.components[component - 1].requirement is Requirement.MANDATORY
    size = _digits if isinstance(value, ElementDef) and value.type[0] in "NRn" else len
    return ElementCheck(
        rule,
        when,
        element - 1,
        None if component is None else component - 1,
        rule.required and not by_standard,
        _passes(rule, size),
        size,
        value if isinstance(value, ElementDef) else None,
        thing.id if thing is not None else None,
    )


def _passes(rule: ElementRule, size: Callable[[str], int]) -> Callable[[str], object] | None:
    """Whether a value is right, in as few calls as can be."""
    if rule.forbidden:
        return lambda _: False
    asked: list[Callable[[str], object]] = []
    if rule.codes is not None:
        asked.append((rule.codes - rule.removed).__contains__)
    elif rule.removed:
        removed = rule.removed
        asked.append(lambda text: text not in removed)
    if rule.length:
        least, most = rule.length
        asked.append(lambda text: least <= size(text) <= most)
    if rule.pattern:
        asked.append(rule.pattern.fullmatch)
    if rule.least > 1:
        asked.append(lambda _: False)
    if len(asked) < 2:
        return asked[0] if asked else None
    return lambda text: all(ask(text) for ask in asked)


def _digits(text: str) -> int:
    """The length of a number is that of its digits."""
    return len(text.translate(_SIGNS))


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _characters(number: int) -> str:
    return "1 character" if number == 1 else f"{number} characters"
