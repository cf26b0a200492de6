"""Which elements of a segment are there: as many as its conditions allow, or just so many that one condition is broken and no other."""

from collections.abc import Collection, Iterator
from functools import cache
from typing import NamedTuple

from edi.finding import FindingCode
from edi.grammar.model import CompositeDef, Requirement, SegmentDef, SyntaxNote

__all__ = ["Breach", "breaches", "holds", "presence"]


def holds(note: SyntaxNote, present: Collection[int]) -> bool:
    """X12.6 3.9, in its own words: paired, required, exclusive, conditional, list conditional."""
    there = [element in present for element in note.elements]
    match note.relation:
        case "P":
            return all(there) or not any(there)
        case "R":
            return any(there)
        case "E":
            return sum(there) <= 1
        case "C":
            return not there[0] or all(there)
        case "L":
            return not there[0] or any(there[1:])
    raise AssertionError(note)


def presence(
    definition: SegmentDef | CompositeDef,
    *,
    there: Collection[int] = (),
    absent: Collection[int] = (),
    broken: SyntaxNote | None = None,
) -> frozenset[int] | None:
    """Positions of elements to send: those asked for, the mandatory ones, and of the others as many as can be. None when it cannot be.

    All notes hold, but the one that is to be broken.
    """
    return _presence(definition, frozenset(there), frozenset(absent), broken)


@cache
def _presence(
    definition: SegmentDef | CompositeDef, there: frozenset[int], absent: frozenset[int], broken: SyntaxNote | None
) -> frozenset[int] | None:
    uses = definition.elements if isinstance(definition, SegmentDef) else definition.components
    fixed: dict[int, bool] = {}
    for position, use in enumerate(uses, 1):
        if position in absent:
            fixed[position] = False
        elif position in there or use.requirement is Requirement.MANDATORY:
            fixed[position] = True
    due = {position: [n for n in definition.notes if max(n.elements) == position] for position in range(1, len(uses) + 1)}

    def search(position: int, present: frozenset[int]) -> frozenset[int] | None:
        if position > len(uses):
            return present
        for choice in (fixed[position],) if position in fixed else (True, False):
            now = present | {position} if choice else present
            if all(holds(note, now) is (note != broken) for note in due[position]):
                found = search(position + 1, now)
                if found is not None:
                    return found
        return None

    return search(1, frozenset())


class Breach(NamedTuple):
    """One way to break one note alone: what is then there, and which element has which fault."""

    note: SyntaxNote
    present: frozenset[int]
    element: int
    code: FindingCode


def breaches(definition: SegmentDef | CompositeDef) -> Iterator[Breach]:
    """Every note of a definition broken in each of its ways, as far as it can be without breaking another."""
    missing, excluded = FindingCode.CONDITIONAL_ELEMENT_MISSING, FindingCode.CONDITIONAL_ELEMENT_EXCLUDED
    for note in definition.notes:
        first, *rest = note.elements
        ways: list[tuple[list[int], list[int], int, FindingCode]] = []
        match note.relation:
            case "P":
                ways = [([e for e in note.elements if e != lost], [lost], lost, missing) for lost in note.elements]
            case "R":
                ways = [([], list(note.elements), first, missing)]
            case "E":
                for at, one in enumerate(note.elements):
                    for other in note.elements[at + 1 :]:
                        ways.append(([one, other], [e for e in note.elements if e not in (one, other)], other, excluded))
            case "C":
                ways = [([e for e in note.elements if e != lost], [lost], lost, missing) for lost in rest]
            case "L":
                ways = [([first], rest, rest[0], missing)]
        for there, absent, element, code in ways:
            uses = definition.elements if isinstance(definition, SegmentDef) else definition.components
            if any(uses[e - 1].requirement is Requirement.MANDATORY for e in absent):
                continue  # its absence is another fault
            present = presence(definition, there=there, absent=absent, broken=note)
            if present:
                yield Breach(note, present, element, code)
