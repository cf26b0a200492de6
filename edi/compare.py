"""What differs between two files by their meaning: not separators, wraps, empty ends, leading zeros, or an order that says nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from typing import Final

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

    @property
    def mirrored(self) -> "DifferenceKind":
        """The same with the files the other way round."""
        return _MIRRORED.get(self, self)


_K: Final = DifferenceKind
_MIRRORED: Final[Mapping[DifferenceKind, DifferenceKind]] = {
    one: other
    for pair in (
        (_K.SET_REMOVED, _K.SET_ADDED),
        (_K.LOOP_REMOVED, _K.LOOP_ADDED),
        (_K.SEGMENT_REMOVED, _K.SEGMENT_ADDED),
        (_K.VALUE_REMOVED, _K.VALUE_ADDED),
    )
    for one, other in (pair, pair[::-1])
}


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
_CUT: Final = 200  #: characters of a segment that is only in one file

_Sets = list[tuple[ValidatedInterchange, Validation]]


def compare(first: Sequence[ValidatedInterchange], second: Sequence[ValidatedInterchange]) -> tuple[Difference, ...]:
    """Every difference between the interchanges of two files, those of envelopes last. None are the same by meaning."""
    found = [*_sets(_sets_of(first), _sets_of(second)), *_envelopes(first, second)]
    return tuple(sorted(found, key=lambda one: one.is_envelope))


def _sets_of(interchanges: Sequence[ValidatedInterchange]) -> _Sets:
    return [(one, validation) for one in interchanges for validation in one.validations]


# -- sets


def _sets(first: _Sets, second: _Sets) -> Iterator[Difference]:
    """Sets belong together by kind and number; what is left, in its order."""
    for mine, theirs in _paired(first, second):
        if mine and theirs:
            yield from _documents(mine, theirs)
            continue
        kind, side = (_K.SET_REMOVED, mine) if mine else (_K.SET_ADDED, theirs)
        assert side
        one = side[1].transaction_set
        location, text = one.segments[0].location(), f"{one.set_id} {_number(one) or one.control_number}"
        yield _only(kind, text, side[1].message.label if side[1].message else "", text, location)


_Set = tuple[ValidatedInterchange, Validation]


def _paired(first: _Sets, second: _Sets) -> Iterator[tuple[_Set | None, _Set | None]]:
    groups: dict[str, tuple[_Sets, _Sets]] = defaultdict(lambda: ([], []))
    for side, sets in enumerate((first, second)):
        for one in sets:
            groups[one[1].transaction_set.set_id][side].append(one)
    for mine, theirs in groups.values():
        by_number: dict[str, _Sets] = defaultdict(list)
        for other in theirs:
            by_number[_number(other[1].transaction_set)].append(other)
        found = {}
        for index, one in enumerate(mine):
            same = by_number[_number(one[1].transaction_set)]
            if same:
                found[index] = same.pop(0)
        left = [other for other in theirs if any(other is rest for rests in by_number.values() for rest in rests)]
        unmatched = [index for index in range(len(mine)) if index not in found]
        found.update(zip(unmatched, left, strict=False))
        yield from ((one, found.get(index)) for index, one in enumerate(mine))
        yield from ((None, other) for other in left[len(unmatched) :])


def _number(transaction_set: TransactionSet) -> str:
    """The number of the document; empty when it is not known where it stands."""
    for segment in transaction_set.segments[1:3]:
        if segment.tag in _NUMBERS:
            element, component = _NUMBERS[segment.tag]
            return next((text for text in (segment.get(element, component), *segment.components(element)) if text), "")
    return ""


def _documents(mine: _Set, theirs: _Set) -> Iterator[Difference]:
    one = mine[1].transaction_set
    first, second = (parts_of(validation, envelope.interchange.decimal_marks) for envelope, validation in (mine, theirs))
    swapped = _fingerprint(second) < _fingerprint(first)  # so that both ways round find the same counterparts
    walk = _Walk(swapped=swapped)
    found = list(walk.children(second, first, "", "") if swapped else walk.children(first, second, "", ""))
    title = f"{one.set_id} {_number(one) or one.control_number}: "
    yield from (replace(difference, place=title + difference.place) for difference in found)


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
            renumbered = any(one is None or other is None for one, other in pairs)  # then the numbers of lines moved along
            for one, other in pairs:
                at = place + _name(one, listed) if one else ""
                there = other_place + _name(other, others) if other else ""
                if one and other:
                    if one.digest == other.digest:
                        continue
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


def _name(part: Part, parts: list[Part]) -> str:
    """`N1[ST]`, `PO1[2]`: by what tells it from the others; by its count where nothing does; alone it needs neither."""
    if part.segment.tag in _NUMBERS and len(parts) == 1:
        return part.name
    same = [one for one in parts if one.key == part.key]
    if part.key and len(same) == 1:
        return f"{part.name}[{part.key}]"
    if len(parts) == 1:
        return part.name
    if part.key:
        return f"{part.name}[{part.key}/{same.index(part) + 1}]"
    return f"{part.name}[{parts.index(part) + 1}]"


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
