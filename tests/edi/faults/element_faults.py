"""Faults within a segment, injected at every place of a set: what is missing, too much, wrong in itself, or wrong beside another."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from edi.finding import FindingCode, Severity
from edi.grammar.model import CompositeDef, ElementDef, ElementUse, MessageDef, Requirement, SegmentDef
from tests.edi.faults.cases import Case, Expected
from tests.edi.faults.documents import Element, Line, Place, around, composite, filled, places
from tests.edi.faults.presence import breaches, holds, presence
from tests.edi.faults.values import bad_values

__all__ = ["element_cases", "repetition_cases"]

F = FindingCode


class _At(NamedTuple):
    """A segment in the smallest document that has it."""

    message: MessageDef
    place: Place
    lines: list[Line]
    at: int

    @property
    def definition(self) -> SegmentDef:
        return self.place.use.definition

    def case(self, kind: str, elements: tuple[Element, ...], *expected: Expected, where: str = "") -> Case:
        """The document with other elements in the segment."""
        lines = [*self.lines]
        lines[self.at] = replace(lines[self.at], elements=elements)
        return Case(kind, f"{self.place} {where}", lines, expected)

    def fault(
        self,
        code: FindingCode,
        element: int | None = None,
        component: int | None = None,
        repetition: int | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Expected:
        return Expected(code, self.at + 1, self.place.use.tag, self.place.path, element, component, repetition, severity)

    def elements(self, *, there: tuple[int, ...] = (), absent: tuple[int, ...] = ()) -> list[Element] | None:
        """The segment with these elements and without those; None where its conditions do not let them."""
        absent = tuple(p for p in absent if p not in there)
        present = presence(self.definition, there=there, absent=absent)
        return None if present is None else list(filled(self.definition, self.message.standard, present))


def element_cases(message: MessageDef) -> Iterator[Case]:
    """All kinds at all places; of header and trailer only what they have too much, for the rest is the envelope's."""
    ends = {message.root.children[0], message.root.children[-1]}
    for place in places(message.root):
        lines, index = around(message, place)
        at = _At(message, place, lines, index)
        makers = (_surplus,) if place.use in ends else _MAKERS
        for make in makers:
            yield from make(at)


# --- the segment as a whole


def _empty(at: _At) -> Iterator[Case]:
    yield at.case("segment without data", (), at.fault(F.SEGMENT_EMPTY))
    # a separator behind the tag says no more
    yield at.case("segment of separators", ("", ""), at.fault(F.SEGMENT_EMPTY))


def _surplus(at: _At) -> Iterator[Case]:
    most = len(at.definition.elements)
    full = list(at.lines[at.at].elements) + [""] * (most - len(at.lines[at.at].elements))
    yield at.case("too many elements", (*full, "X"), at.fault(F.TOO_MANY_ELEMENTS, most + 1))
    yield at.case("too many elements, after a gap", (*full, "", "X"), at.fault(F.TOO_MANY_ELEMENTS, most + 1))


# --- what is missing


def _missing(at: _At) -> Iterator[Case]:
    for position, use in enumerate(at.definition.elements, 1):
        if use.requirement is not Requirement.MANDATORY:
            continue
        everything = presence(at.definition)
        assert everything
        left = everything - {position}
        if not left:
            continue  # without its only element the segment is empty
        missing = at.fault(F.REQUIRED_ELEMENT_MISSING, position)
        elements = filled(at.definition, at.message.standard, left)
        # a condition that asks for it too says no more than that; one that asks for others because it was there is kept
        others = [n for n in at.definition.notes if not holds(n, left) and n.relation == "P"]
        if not others:
            yield at.case("mandatory element missing", elements, missing, where=f"{position:02}")
        only = tuple(p for p in everything if p != position)
        if others and (kept := at.elements(there=(position,), absent=only)):
            kept[position - 1] = ""
            if any(kept):
                yield at.case("mandatory element missing", tuple(kept), missing, where=f"{position:02} alone")


def _conditions(at: _At) -> Iterator[Case]:
    for breach in breaches(at.definition):
        elements = filled(at.definition, at.message.standard, breach.present)
        where = f"{breach.note.relation}{breach.note.elements} at {breach.element:02}"
        yield at.case(f"condition {breach.note.relation} broken", elements, at.fault(breach.code, breach.element), where=where)


# --- values


def _values(at: _At) -> Iterator[Case]:
    for position, use in enumerate(at.definition.elements, 1):
        base = at.elements(there=(position,))
        if base is None:
            continue
        if isinstance(use.definition, CompositeDef):
            yield from _composite(at, base, position, use)
            continue
        for bad in bad_values(use.definition, at.message.standard):
            yield at.case(
                bad.kind, _with(base, position, bad.value), at.fault(bad.code, position, severity=bad.severity), where=f"{position:02}"
            )
        value = base[position - 1]
        assert isinstance(value, str)
        yield at.case("component where there are none", _with(base, position, (value, "X")), at.fault(F.TOO_MANY_COMPONENTS, position, 2))


def _with(elements: list[Element], position: int, value: Element) -> tuple[Element, ...]:
    changed = [*elements]
    changed[position - 1] = value
    return tuple(changed)


def _composite(at: _At, base: list[Element], position: int, use: ElementUse) -> Iterator[Case]:
    definition = use.definition
    assert isinstance(definition, CompositeDef)
    standard = at.message.standard
    for component, part in enumerate(definition.components, 1):
        assert isinstance(part.definition, ElementDef)
        ids = [p.definition.id for p in definition.components]
        foreign = [i for i, one in enumerate(ids, 1) if one in {"1131", "3055"} and i != component]
        present = presence(definition, there=(component,), absent=foreign)
        if present is None:
            continue
        values = composite(definition, standard, present)
        where = f"{position:02}-{component}"
        for bad in bad_values(part.definition, standard):
            changed = (*values[: component - 1], bad.value, *values[component:])
            yield at.case(
                bad.kind, _with(base, position, changed), at.fault(bad.code, position, component, severity=bad.severity), where=where
            )
        if part.requirement is Requirement.MANDATORY and len(present) > 1:
            changed = (*values[: component - 1], "", *values[component:])
            broken = [n for n in definition.notes if not holds(n, present - {component})]
            if not broken and any(changed):
                missing = at.fault(F.REQUIRED_COMPONENT_MISSING, position, component)
                yield at.case("mandatory component missing", _with(base, position, changed), missing, where=where)
    for breach in breaches(definition):
        changed = composite(definition, standard, breach.present)
        yield at.case(
            f"condition {breach.note.relation} broken in a composite",
            _with(base, position, changed),
            at.fault(breach.code, position, breach.element),
            where=f"{position:02}",
        )
    most = len(definition.components)
    values = composite(definition, standard)
    full = (*values, *[""] * (most - len(values)))
    yield at.case("too many components", _with(base, position, (*full, "X")), at.fault(F.TOO_MANY_COMPONENTS, position, most + 1))


# --- dates whose form another element names


def _periods(at: _At) -> Iterator[Case]:
    """Data elements 1251 beside 1250, 2380 beside 2379: right in themselves, and not of the form that is named."""
    for position, use in enumerate(at.definition.elements, 1):
        if isinstance(use.definition, CompositeDef):
            ids = [part.definition.id for part in use.definition.components]
            base = at.elements(there=(position,)) if "2380" in ids and "2379" in ids else None
            if base is not None:
                value, form = ids.index("2380"), ids.index("2379")
                for date, code in (("20261318", "102"), ("261118", "102"), ("202611189915", "203"), ("2026", "610"), ("20260230", "102")):
                    parts = [*composite(use.definition, at.message.standard)]
                    parts[value], parts[form] = date, code
                    fault = at.fault(F.DATE_INVALID, position, value + 1)
                    yield at.case("date not of the form named", _with(base, position, tuple(parts)), fault, where=f"{position:02} {date}")
        elif use.definition.id == "1251":
            form = next((p for p, other in enumerate(at.definition.elements, 1) if other.definition.id == "1250"), 0)
            base = at.elements(there=(position, form)) if form else None
            if base is not None:
                for date, code in (("20261318", "D8"), ("261118", "D8"), ("20261118-20261318", "RD8"), ("20261118", "RD8"), ("2561", "TM")):
                    elements = list(_with(base, position, date))
                    elements[form - 1] = code
                    fault = at.fault(F.DATE_INVALID, position)
                    yield at.case("date not of the form named", tuple(elements), fault, where=f"{position:02} {date}")


_MAKERS: Final[tuple[Callable[[_At], Iterator[Case]], ...]] = (_empty, _surplus, _missing, _conditions, _values, _periods)


# --- repetition


def repetition_cases(message: MessageDef) -> Iterator[Case]:
    """Each element once more than it may, where the syntax lets elements repeat."""
    ends = {message.root.children[0], message.root.children[-1]}
    for place in places(message.root):
        if place.use in ends:
            continue
        lines, index = around(message, place)
        at = _At(message, place, lines, index)
        for position, use in enumerate(at.definition.elements, 1):
            base = at.elements(there=(position,))
            value = base[position - 1] if base else ""
            if base is None or not value:
                continue
            assert not isinstance(value, list)
            many: list[str | tuple[str, ...]] = [value] * (use.max_repeat + 1)
            fault = at.fault(F.ELEMENT_REPEATS_TOO_OFTEN, position, repetition=use.max_repeat + 1)
            yield at.case("element repeats too often", _with(base, position, many), fault, where=f"{position:02}")
            if use.max_repeat > 1:
                yield at.case("element repeats as often as it may", _with(base, position, many[1:]))
