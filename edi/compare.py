"""What differs between two files by their meaning: not separators, wraps, empty ends, leading zeros, or an order that says nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import zip_longest
from operator import attrgetter
from typing import Any, Final

from edi.counterparts import LINES, Part, Place, element_at, grouped, leaves_of, matched, parts_of
from edi.envelope import TransactionSet
from edi.grammar.load import service_segments
from edi.grammar.model import CompositeDef, SegmentDef
from edi.location import Location
from edi.validate import ValidatedInterchange, Validation
from edi.values import Segment

__all__ = ["Difference", "DifferenceKind", "compare"]


class DifferenceKind(StrEnum):
    """What can differ. Removed is only in the first file, added only in the second."""

    SET_REMOVED = "set-removed"
    SET_ADDED = "set-added"
    LOOP_REMOVED = "loop-removed"
    LOOP_ADDED = "loop-added"
    SEGMENT_REMOVED = "segment-removed"
    SEGMENT_ADDED = "segment-added"
    VALUE_REMOVED = "value-removed"
    VALUE_ADDED = "value-added"
    VALUE_CHANGED = "value-changed"


_K: Final = DifferenceKind


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two files differ."""

    kind: DifferenceKind
    place: str  #: "850 4500123987: PO1[2] PO102", by the first file where the place is in both
    label: str  #: what stands there, "quantity ordered"; may be empty
    first: str | None  #: the value in the first file, or the segment; None where it has none
    second: str | None
    first_location: Location | None
    second_location: Location | None
    is_envelope: bool = False  #: in ISA, GS, ST, UNB …: control numbers, dates, addresses


#: where the number of a document stands: tag -> element, component
_NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "BEG": (3, 1), "BCH": (3, 1), "BAK": (3, 1), "BCA": (3, 1), "BIG": (2, 1), "BSN": (2, 1), "BIA": (3, 1), "W05": (2, 1), "W06": (2, 1),
    "W17": (3, 1), "BGM": (2, 1), "BPT": (2, 1), "BRA": (1, 1), "BSS": (2, 1), "BFR": (2, 1),
}  # fmt: skip
_MOST_PAIRS: Final = 10_000  #: sets looked at for likeness
_CUT: Final = 200  #: characters of a segment that is only in one file


def compare(first: Sequence[ValidatedInterchange], second: Sequence[ValidatedInterchange]) -> tuple[Difference, ...]:
    """Every difference between the interchanges of two files, those of envelopes last. None are the same by meaning."""
    found = [*_sets(_documents(first), _documents(second)), *_envelopes(first, second)]
    return tuple(sorted(found, key=lambda one: one.is_envelope))


# -- sets


class _Document:
    """A transaction set, its parts made when they are asked for."""

    def __init__(self, validation: Validation, decimal: str) -> None:
        self.validation, self.decimal = validation, decimal
        self.set = validation.transaction_set
        self.number = _number(self.set)
        body = tuple((segment.tag, segment.elements) for segment in self.set.segments[1:] if segment.tag not in {"SE", "UNT"})
        self.body = hash((decimal, self.set.release, body))

    @cached_property
    def parts(self) -> list[Part]:
        return parts_of(self.validation, self.decimal)

    @cached_property
    def content(self) -> Counter[Any]:
        found: Counter[Any] = Counter()
        for part in self.parts:
            found.update(part.content)
        return found

    @property
    def name(self) -> str:
        return f"{self.set.set_id} {self.number or self.set.control_number}"


def _documents(interchanges: Sequence[ValidatedInterchange]) -> dict[str, list[_Document]]:
    documents: dict[str, list[_Document]] = defaultdict(list)
    for one in interchanges:
        for validation in one.validations:
            documents[validation.transaction_set.set_id].append(_Document(validation, one.interchange.decimal_marks))
    return documents


def _sets(first: dict[str, list[_Document]], second: dict[str, list[_Document]]) -> Iterator[Difference]:
    for set_id in dict.fromkeys((*first, *second)):
        for one, other in _paired(first.get(set_id, []), second.get(set_id, [])):
            if one and other:
                yield from _differences(one, other)
            elif side := one or other:
                label = side.validation.message.label if side.validation.message else ""
                yield _only(_K.SET_REMOVED if one else _K.SET_ADDED, side.name, label, side.name, side.set.segments[0].location())


def _paired(first: list[_Document], second: list[_Document]) -> list[tuple[_Document | None, _Document | None]]:
    """Sets of one kind: those that are the same, those of one number, those that are alike; one alone belongs to one alone."""
    if len(first) == len(second) == 1:
        return [(first[0], second[0])]
    found: dict[int, int] = {}
    keys: tuple[Callable[[_Document], Any], ...] = (attrgetter("body"), lambda document: document.number or None)
    for key in keys:
        theirs: dict[Any, list[int]] = defaultdict(list)
        for index in sorted(set(range(len(second))) - set(found.values())):
            theirs[key(second[index])].append(index)
        for index in (index for index in range(len(first)) if index not in found):
            if (value := key(first[index])) is not None and theirs.get(value):
                found[index] = theirs[value].pop(0)
    mine, left = [index for index in range(len(first)) if index not in found], sorted(set(range(len(second))) - set(found.values()))
    if len(mine) * len(left) <= _MOST_PAIRS:
        pairs = []
        for index in mine:
            for other in left:
                common, most = (
                    (first[index].content & second[other].content).total(),
                    max(first[index].content.total(), second[other].content.total()),
                )
                if common >= most / 2:
                    pairs.append((-common / (most or 1), abs(index - other), index + other, index, other))
        for *_, index, other in sorted(pairs):
            if index not in found and other not in found.values():
                found[index] = other
    rest = sorted(set(range(len(second))) - set(found.values()))
    return [
        *((one, second[found[index]] if index in found else None) for index, one in enumerate(first)),
        *((None, second[index]) for index in rest),
    ]


def _number(transaction_set: TransactionSet) -> str:
    """The number of the document; empty when it is not known where it stands."""
    for segment in transaction_set.segments[1:3]:
        if segment.tag in _NUMBERS:
            element, component = _NUMBERS[segment.tag]
            return next((text for text in (segment.get(element, component), *segment.components(element)) if text), "")
    return ""


def _differences(one: _Document, other: _Document) -> list[Difference]:
    """In the order of the data."""
    if one.body == other.body:
        return []
    swapped = _fingerprint(other.parts) < _fingerprint(one.parts)  # so that both ways round find the same counterparts
    walk = _Walk(swapped=swapped)
    found = walk.children(other.parts, one.parts, "", "") if swapped else walk.children(one.parts, other.parts, "", "")

    def place(difference: Difference) -> int:
        at, there = difference.first_location, difference.second_location
        return at.offset - one.set.start if at else there.offset - other.set.start if there else 0

    return sorted((replace(difference, place=f"{one.name}: {difference.place}") for difference in found), key=place)


def _fingerprint(parts: list[Part]) -> list[bytes]:
    return [part.digest for part in parts]


class _Walk:
    """Goes down two documents at once. `swapped`: the second one was given first."""

    def __init__(self, *, swapped: bool) -> None:
        self._swapped = swapped

    def children(self, first: list[Part], second: list[Part], place: str, other_place: str) -> Iterator[Difference]:
        mine, theirs = grouped(first), grouped(second)
        for name in dict.fromkeys((*mine, *theirs)):
            listed, others = mine.get(name, []), theirs.get(name, [])
            pairs = matched(listed, others)
            names: tuple[dict[Part, str], dict[Part, str]] | None = None
            renumbered = any(one is None or other is None for one, other in pairs)  # then the numbers of lines moved along
            for one, other in pairs:
                if one and other and one.digest == other.digest:
                    continue
                names = names or (_names(listed), _names(others))
                at = place + names[0][one] if one else ""
                there = other_place + names[1][other] if other else ""
                if one and other:
                    yield from self._values(one, other, at, there, renumbered=renumbered)
                    yield from self.children(one.children, other.children, f"{at} ", f"{there} ")
                elif one or other:
                    yield self._single(one, other, at or there)

    def _single(self, one: Part | None, other: Part | None, place: str) -> Difference:
        part = one or other
        assert part
        is_removed = (one is None) is self._swapped
        kinds = (_K.LOOP_REMOVED, _K.LOOP_ADDED) if part.is_loop else (_K.SEGMENT_REMOVED, _K.SEGMENT_ADDED)
        label = part.definition.label if part.definition else ""
        return _only(kinds[0] if is_removed else kinds[1], place, label, _written(part.segment), part.segment.location())

    def _values(self, one: Part, other: Part, at: str, there: str, *, renumbered: bool) -> Iterator[Difference]:
        if self._swapped:
            one, other, at, there = other, one, there, at
        ignored = LINES.get(one.segment.tag, (0, 0))[0] if renumbered else 0
        yield from (made for place, made in _values(one, other, at) if place[0] != ignored)


def _names(parts: list[Part]) -> dict[Part, str]:
    """`N1[ST]`, `PO1[2]`: by what tells each from the others; by its count where nothing does; alone it needs neither."""
    keys = Counter(part.key for part in parts)
    counts: Counter[str] = Counter()
    names = {}
    for number, part in enumerate(parts, 1):
        key = part.key
        counts[key] += 1
        if len(parts) == 1 and (not key or part.segment.tag in _NUMBERS):
            names[part] = part.name
        elif key and keys[key] == 1:
            names[part] = f"{part.name}[{key}]"
        else:
            names[part] = f"{part.name}[{key}/{counts[key]}]" if key else f"{part.name}[{number}]"
    return names


# -- values


def _values(one: Part, other: Part, at: str) -> Iterator[tuple[Place, Difference]]:
    """The places in which two segments differ."""
    for place in sorted({*one.leaves, *other.leaves}):
        mine, theirs = one.leaves.get(place), other.leaves.get(place)
        if mine and theirs and mine.compared == theirs.compared:
            continue
        kind = _K.VALUE_CHANGED if mine and theirs else _K.VALUE_REMOVED if mine else _K.VALUE_ADDED
        definition = one.definition or other.definition
        element, repetition, component = place
        places = [
            side.segment.location(
                element=element,
                repetition=repetition if repetition > 1 else None,
                component=component if _is_composite(definition, element) else None,
            )
            if leaf
            else None
            for side, leaf in ((one, mine), (other, theirs))
        ]
        text = f"{at} {_designator(one.segment.tag, place, definition)}"
        found = element_at(definition, place)
        yield place, Difference(kind, text, found.label if found else "", mine and mine.text, theirs and theirs.text, places[0], places[1])


def _is_composite(definition: SegmentDef | None, element: int) -> bool:
    known = definition is not None and element <= len(definition.elements)
    return known and definition is not None and isinstance(definition.elements[element - 1].definition, CompositeDef)


def _designator(tag: str, place: Place, definition: SegmentDef | None) -> str:
    element, repetition, component = place
    text = f"{tag}{element:02}" + (f"[{repetition}]" if repetition > 1 else "")
    return f"{text}-{component}" if component > 1 or _is_composite(definition, element) else text


def _only(kind: DifferenceKind, place: str, label: str, text: str, location: Location) -> Difference:
    if kind.value.endswith("removed"):
        return Difference(kind, place, label, text, None, location, None)
    return Difference(kind, place, label, None, text, None, location)


def _written(segment: Segment) -> str:
    """A segment for people, its parts with stars and colons between them whatever its own separators are."""
    texts = [
        "^".join(":".join((one,) if isinstance(one, str) else one) for one in segment.repetitions(n + 1))
        for n in range(len(segment.elements))
    ]
    text = "*".join((segment.tag, *texts)).rstrip("*")
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


# -- envelopes


def _envelopes(first: Sequence[ValidatedInterchange], second: Sequence[ValidatedInterchange]) -> Iterator[Difference]:
    """Headers of interchanges, groups and sets, each with the one of the same count. Trailers only repeat them."""
    nothing: dict[str, Part] = {}
    for mine, theirs in zip_longest(map(_headers, first), map(_headers, second), fillvalue=nothing):
        for name in dict.fromkeys((*mine, *theirs)):
            one, other = mine.get(name), theirs.get(name)
            if one and other:
                for _, difference in _values(one, other, name):
                    yield replace(difference, is_envelope=True)
                continue
            part = one or other
            assert part
            kind = _K.SEGMENT_REMOVED if one else _K.SEGMENT_ADDED
            made = _only(kind, name, part.definition.label if part.definition else "", _written(part.segment), part.segment.location())
            yield replace(made, is_envelope=True)


def _headers(validated: ValidatedInterchange) -> dict[str, Part]:
    known = service_segments(validated.interchange.standard)
    listed = {"": validated.interchange.header}
    for number, group in enumerate(validated.groups, 1):
        if group.group.header:
            listed[f"[{number}]"] = group.group.header
        for count, validation in enumerate(group.validations, 1):
            listed[f"[{number}.{count}]"] = validation.transaction_set.segments[0]
    return {f"{one.tag}{name}": _header(one, known.get(one.tag)) for name, one in listed.items()}


def _header(segment: Segment, definition: SegmentDef | None) -> Part:
    leaves = leaves_of(segment, definition, ".")
    if segment.tag == "ISA":  # 11 and 16 are separators
        leaves = {place: leaf for place, leaf in leaves.items() if place[0] not in {11, 16}}
    return Part(segment.tag, is_loop=False, segment=segment, definition=definition, leaves=leaves)
