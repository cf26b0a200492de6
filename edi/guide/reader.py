"""A guide out of plain values, as YAML gives them. Whatever is wrong with it is collected, so that it is said all at once."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from edi.guide.rules import Condition, ElementRule, GuideFault, Position, Reference, SegmentRule, Selector, Step, Test

__all__ = ["Reader"]

_STEP: Final = re.compile(r"(?P<name>[A-Z0-9]{2,6})(?:\[(?P<selectors>[^\[\]/]+)\])?")
_POSITION: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?")
_MAX_PATTERN: Final = 200
_USAGES: Final = ("required", "optional", "not used")
_OF_A_GUIDE: Final = ("guide", "segments")
_OF_A_SEGMENT: Final = ("usage", "required", "forbidden", "min", "max", "elements", "conditions")
_OF_AN_ELEMENT: Final = ("usage", "required", "forbidden", "codes", "not", "length", "pattern", "min", "max")
_OF_A_CONDITION: Final = ("when", "require", "forbid", "elements")


class Reader:
    """Reads one guide. What is wrong is in `faults`."""

    def __init__(self) -> None:
        self.faults: list[GuideFault] = []

    def rules(self, given: Any) -> tuple[str, tuple[SegmentRule, ...]]:
        """The name of the guide, and those of its rules that have no fault in themselves."""
        whole = self._mapping(given, "the whole", _OF_A_GUIDE)
        found = []
        for path, rule in self._mapping(whole.get("segments"), "segments").items():
            before = len(self.faults)
            made = self._segment(str(path), rule)
            found += [made] if len(self.faults) == before else []
        return str(whole.get("guide", "")), tuple(found)

    def _fault(self, place: str, message: str) -> None:
        self.faults.append(GuideFault(place, message))

    # --- the parts of a guide

    def _segment(self, place: str, given: Any) -> SegmentRule:
        rule = self._mapping(given, place, _OF_A_SEGMENT)
        required, forbidden = self._usage(rule, place)
        least, most = self._count(rule, "min", place), self._count(rule, "max", place)
        if (required and least == 0) or (most is not None and most < max(least or 0, required)):
            self._fault(place, "contradicts itself: more is required than may be there")
        if forbidden and (least or most or rule.get("elements") or rule.get("conditions")):
            self._fault(place, "contradicts itself: what is not used has no other rules")
        conditions = rule.get("conditions")
        if conditions is not None and not isinstance(conditions, list):
            self._fault(place, "conditions is a list")
            conditions = []
        return SegmentRule(
            self._path(place),
            max(least or 0, required),
            most,
            forbidden,
            self._elements(rule.get("elements"), place),
            tuple(self._condition(one, f"{place} condition {number}") for number, one in enumerate(conditions or (), 1)),
        )

    def _elements(self, given: Any, place: str) -> tuple[ElementRule, ...]:
        found = []
        for position, rule in self._mapping(given, place).items():
            if isinstance(position, (str, int)) and not isinstance(position, bool):
                at = f"{place} {position}"
                found.append(self._element(self._position(str(position), at), rule, at))
            else:  # YAML reads 01.10 as the number 1.1
                self._fault(f"{place} {position}", "a position with a component is written in quotes")
        known = [rule.position for rule in found if rule.position.element]
        if len(set(known)) < len(known):
            self._fault(place, "contradicts itself: one element stands there twice")
        return tuple(found)

    def _element(self, position: Position, given: Any, place: str) -> ElementRule:
        rule = self._mapping(given, place, _OF_AN_ELEMENT)
        required, forbidden = self._usage(rule, place)
        least, most = self._count(rule, "min", place) or 0, self._count(rule, "max", place)
        made = ElementRule(
            position,
            required,
            forbidden,
            self._codes(rule, "codes", place),
            self._codes(rule, "not", place) or frozenset(),
            self._length(rule.get("length"), place),
            self._pattern(rule.get("pattern"), place),
            least,
            most,
        )
        if forbidden and (required or set(rule) - {"usage", "required", "forbidden"}):
            self._fault(place, "contradicts itself: what is not used has no other rules")
        if most is not None and most < max(least, 1):
            self._fault(place, "contradicts itself: max is less than min, or nothing may be there (forbidden)")
        for words in _impossible(made):
            self._fault(place, f"contradicts itself: {words}")
        return made

    def _condition(self, given: Any, place: str) -> Condition:
        rule = self._mapping(given, place, _OF_A_CONDITION)
        tests = self._mapping(rule.get("when"), f"{place} when")
        made = Condition(
            tuple(self._test(of, value, f"{place} when {of}") for of, value in tests.items()),
            self._references(rule, "require", place),
            self._references(rule, "forbid", place),
            self._elements(rule.get("elements"), place),
        )
        if not tests:
            self._fault(place, "has no when: what is asked always is asked by the rule itself")
        if not (made.require or made.forbid or made.elements):
            self._fault(place, "asks nothing: it can have require, forbid and elements")
        if set(made.require) & set(made.forbid):
            self._fault(place, "contradicts itself: something must be there and must not")
        return made

    def _test(self, of: Any, given: Any, place: str) -> Test:
        reference = self._reference(of, place)
        if isinstance(given, bool):
            return Test(reference, given)
        other = isinstance(given, Mapping) and list(given) == ["not"]
        values = self._texts(given["not"] if other else given, place, "true, false, a list of values, or not with a list of values")
        if reference.position is None:
            self._fault(place, "a segment is there (true) or is not (false); values are those of its elements")
        return Test(reference, True, values, other)

    def _references(self, rule: Mapping[Any, Any], key: str, place: str) -> tuple[Reference, ...]:
        given = rule.get(key, ())
        if not isinstance(given, (list, tuple)):
            self._fault(place, f"{key} is a list of elements and segments")
            return ()
        return tuple(self._reference(one, f"{place} {key}") for one in given)

    def _reference(self, given: Any, place: str) -> Reference:
        text = str(given) if isinstance(given, (str, int)) else ""
        step, slash, position = text.rpartition("/")
        if not slash and text[:1].isdigit():
            return Reference(None, self._position(text, place))
        if not position[:1].isdigit():
            step, slash = text, ""
        path = self._path(step if slash else text, place)
        if len(path) > 1:
            self._fault(place, "names a segment of the same loop, by one step")
        return Reference(path[0] if path else None, self._position(position, place) if slash else None)

    # --- their notation

    def _path(self, text: str, place: str | None = None) -> tuple[Step, ...]:
        steps = []
        for part in text.split("/"):
            match = _STEP.fullmatch(part)
            if match is None:
                self._fault(place or text, "is not a path of loops and segments")
                return ()
            steps.append(Step(match["name"], tuple(self._selectors(match["selectors"] or "", place or text))))
        return tuple(steps)

    def _selectors(self, text: str, place: str) -> Iterator[Selector]:
        for selector in filter(None, text.split(",")):
            position, equals, values = selector.partition("=")
            if not equals or not all(values.split("|")):
                self._fault(place, "a selector is written 01=A or 01=A|B or 01!=A")
                continue
            yield Selector(self._position(position.removesuffix("!"), place), frozenset(values.split("|")), position.endswith("!"))

    def _position(self, text: str, place: str) -> Position:
        match = _POSITION.fullmatch(text)
        if match is None or int(match[1]) < 1 or (match[2] and int(match[2]) < 1):
            self._fault(place, "a position is written 02 or 02.1")
            return Position(0)  # none; the fault keeps it from being used
        return Position(int(match[1]), int(match[2]) if match[2] else None)

    # --- plain values

    def _mapping(self, value: Any, place: str, keys: tuple[str, ...] = ()) -> Mapping[Any, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._fault(place, "is not a mapping")
            return {}
        if keys and (unknown := sorted(str(key) for key in value if key not in keys)):
            self._fault(place, f"has no {', '.join(unknown)}; it can have {', '.join(keys)}")
        return value

    def _usage(self, rule: Mapping[Any, Any], place: str) -> tuple[bool, bool]:
        """Whether it is required, and whether it is forbidden: in either spelling."""
        usage = rule.get("usage")
        if usage is not None and usage not in _USAGES:
            self._fault(place, f"usage is one of {', '.join(_USAGES)}")
        required = self._flag(rule, "required", place)
        forbidden = self._flag(rule, "forbidden", place)
        if (required or usage == "required") and (forbidden or usage == "not used"):
            self._fault(place, "contradicts itself: required and not used")
        if usage is not None and (rule.get("required") is (usage != "required") or rule.get("forbidden") is (usage != "not used")):
            self._fault(place, "contradicts itself: usage says something else")
        return required or usage == "required", forbidden or usage == "not used"

    def _flag(self, mapping: Mapping[Any, Any], key: str, place: str) -> bool:
        value = mapping.get(key, False)
        if not isinstance(value, bool):
            self._fault(place, f"{key} is true or false")
            return False
        return value

    def _count(self, mapping: Mapping[Any, Any], key: str, place: str) -> int | None:
        value = mapping.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self._fault(place, f"{key} is a whole number")
        return None

    def _codes(self, rule: Mapping[Any, Any], key: str, place: str) -> frozenset[str] | None:
        value = rule.get(key)
        return None if value is None else self._texts(value, place, f"{key} is a list of texts (00 and 01 are written in quotes)")

    def _texts(self, value: Any, place: str, words: str) -> frozenset[str]:
        if not isinstance(value, list) or not value or not all(isinstance(code, str) and code for code in value):
            self._fault(place, words)
            return frozenset({""})
        return frozenset(value)

    def _length(self, value: Any, place: str) -> tuple[int, int] | None:
        if value is None:
            return None
        whole = isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) and not isinstance(n, bool) for n in value)
        if not whole or not 0 < value[0] <= value[1]:
            self._fault(place, "length is two whole numbers, least and most")
            return None
        return value[0], value[1]

    def _pattern(self, value: Any, place: str) -> re.Pattern[str] | None:
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > _MAX_PATTERN:
            self._fault(place, f"pattern is a text of at most {_MAX_PATTERN} characters")
            return None
        try:
            return re.compile(value)
        except (re.error, OverflowError) as error:
            self._fault(place, f"pattern: {error}")
            return None


def _impossible(rule: ElementRule) -> Iterator[str]:
    """What no value can be."""
    if rule.codes is None:
        return
    if rule.codes & rule.removed:
        yield "a code is listed and taken out"
    if rule.length and not any(rule.length[0] <= len(code) <= rule.length[1] for code in rule.codes):
        yield "no listed code has the length"
    if rule.pattern and not any(map(rule.pattern.fullmatch, rule.codes)):
        yield "no listed code has the form of the pattern"
