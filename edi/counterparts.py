"""Which parts of two documents belong together: what is the same, then what has the same key, then what is most alike.

A part is a segment, or a loop with its first segment as its own. Order means nothing among parts that have keys (qualifier, line,
product); among those that have none (lines of text) it does. HL loops stand under their parents, whatever numbers they have.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from hashlib import blake2b
from itertools import zip_longest
from typing import Final, NamedTuple

from edi.grammar.model import CompositeDef, ElementDef, SegmentDef
from edi.tree import LoopNode, SegmentNode
from edi.validate import Validation
from edi.values import Composite, Repeats, Segment

__all__ = ["Leaf", "Part", "Place", "element_at", "leaves_of", "matched", "parts_of"]

Place = tuple[int, int, int]  #: element, repetition, component; all from 1

#: segments that begin a line -> the element with its number, and the first of those that name the product
LINES: Final[Mapping[str, tuple[int, int]]] = {
    "PO1": (1, 6), "POC": (1, 8), "IT1": (1, 6), "LIN": (1, 2), "SLN": (1, 9), "W01": (0, 4), "W04": (0, 4), "W07": (0, 4), "W12": (0, 4),
}  # fmt: skip
#: what names an HL loop, the most telling first
_NAMING: Final = ("LIN", "PRF", "MAN", "SN1", "REF")
_LEVEL: Final = "HL"
_NUMBER: Final = re.compile(r"([-+]?)0*(\d*)(?:[.,](\d*?)0*)?")
_ALIKE: Final = 1 / 3  #: parts with less in common are not one that was changed
_MOST_PAIRS: Final = 250_000  #: looked at for likeness; above that, parts belong together in their order


class Leaf(NamedTuple):
    """A text: as it is compared, and as it stands."""

    compared: str
    text: str


@dataclass(slots=False, eq=False)
class Part:
    """A segment or a loop."""

    name: str  #: loop id or tag
    is_loop: bool
    segment: Segment
    definition: SegmentDef | None
    leaves: dict[Place, Leaf]
    children: list["Part"] = field(default_factory=list)

    @cached_property
    def digest(self) -> bytes:
        """Of all that it means; parts with the same one are equal."""
        made = blake2b(self.name.encode("utf-8", "replace"), digest_size=16)
        made.update(repr(sorted((place, leaf.compared) for place, leaf in self.leaves.items())).encode())
        for _, group in sorted(grouped(self.children).items()):
            digests = [child.digest for child in group]
            made.update(b"".join(digests if is_keyless(group) else sorted(digests)))
            made.update(b";")
        return made.digest()

    @cached_property
    def content(self) -> Counter[tuple[str, Place, str]]:
        """Every text in and below, to count what two parts have in common."""
        own = Counter({(self.name, place, leaf.compared): 1 for place, leaf in self.leaves.items()})
        for child in self.children:
            own.update(child.content)
        return own

    def get(self, element: int, component: int = 1) -> str:
        """A text of its own segment, as it is compared."""
        leaf = self.leaves.get((element, 1, component))
        return leaf.compared if leaf else ""

    @property
    def key(self) -> str:
        """What tells it from its like, for people: line number, level number, or qualifier; may be empty."""
        if self.segment.tag == _LEVEL:
            return self.segment.get(1)
        if self.segment.tag in LINES and LINES[self.segment.tag][0]:
            return self.segment.get(LINES[self.segment.tag][0])
        return next(iter(_codes(self)), "")


# -- documents as parts


def parts_of(validation: Validation, decimal: str) -> list[Part]:
    """The parts of a set, without its header and trailer; of a set without a grammar its segments one after the other."""
    if validation.tree is None:
        body = validation.transaction_set.segments[1:]
        return [_part(segment, None, decimal) for segment in body if segment.tag not in ("SE", "UNT")]
    children = validation.tree.root.children[1:]
    return _nested(_children([child for child in children if child.tag not in ("SE", "UNT")], decimal))


def _children(children: Iterable[SegmentNode | LoopNode], decimal: str) -> Iterator[Part]:
    for child in children:
        if isinstance(child, SegmentNode):
            yield _part(child.segment, child.use.definition if child.use else None, decimal)
            continue
        first = child.children[0]
        assert isinstance(first, SegmentNode)  # a loop begins with its trigger
        part = _part(first.segment, first.use.definition if first.use else None, decimal, loop=child.loop_id)
        part.children = _nested(_children(child.children[1:], decimal))
        yield part


def _nested(parts: Iterable[Part]) -> list[Part]:
    """HL loops under the one that they name as their parent; their numbers are then no content any more."""
    kept: list[Part] = []
    levels: dict[str, Part] = {}
    for part in parts:
        if part.segment.tag != _LEVEL or not part.is_loop:
            kept.append(part)
            continue
        number, parent = part.segment.get(1), levels.get(part.segment.get(2))
        part.leaves = {place: leaf for place, leaf in part.leaves.items() if place[0] not in (1, 2)}
        (parent.children if parent else kept).append(part)
        levels.setdefault(number, part)
    return kept


def _part(segment: Segment, definition: SegmentDef | None, decimal: str, loop: str = "") -> Part:
    leaves = leaves_of(segment, definition, decimal)
    return Part(loop or segment.tag, bool(loop), segment, definition, leaves)


def leaves_of(segment: Segment, definition: SegmentDef | None, decimal: str) -> dict[Place, Leaf]:
    """Every text of a segment by its place."""
    leaves: dict[Place, Leaf] = {}
    for position, value in enumerate(segment.elements, 1):
        singles: tuple[str | Composite, ...] = value if isinstance(value, Repeats) else (value,)
        for repetition, single in enumerate(singles, 1):
            for component, text in enumerate((single,) if isinstance(single, str) else single, 1):
                place = (position, repetition, component)
                if compared := _compared(text, element_at(definition, place), decimal):
                    leaves[place] = Leaf(compared, text)
    return leaves


def element_at(definition: SegmentDef | None, place: Place) -> ElementDef | None:
    """What the standard says of a place; None when it has none."""
    if definition is None or place[0] > len(definition.elements):
        return None
    found = definition.elements[place[0] - 1].definition
    if isinstance(found, CompositeDef):
        inner = found.components[place[2] - 1].definition if place[2] <= len(found.components) else None
        return inner if isinstance(inner, ElementDef) else None
    return found


def _compared(text: str, definition: ElementDef | None, decimal: str) -> str:
    """Without blanks at the end; a number without what does not change it."""
    text = text.rstrip()
    if definition is None or not (definition.type in ("R", "n") or (definition.type[0] == "N" and definition.type[1:].isdecimal())):
        return text
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3] or "0" in text) or any(mark in text and mark not in decimal for mark in ".,"):
        return text
    whole, fraction = match[2] or "0", f".{match[3]}" if match[3] else ""
    sign = "-" if match[1] == "-" and whole + fraction != "0" else ""
    return f"{sign}{whole}{fraction}"


# -- what belongs together


def grouped(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Parts by their name, in the order of the first of each."""
    groups: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.name].append(part)
    return groups


def is_keyless(parts: Sequence[Part]) -> bool:
    """Whether nothing tells these from each other but their order."""
    return not any(part.segment.tag in LINES or part.segment.tag == _LEVEL or _codes(part) for part in parts)


def _codes(part: Part) -> tuple[str, ...]:
    """The values of its coded elements, if the first element is one: what follows is of that kind."""
    places = sorted(part.leaves)
    if not places or places[0][0] != 1 or not _is_code(part, places[0]):
        return ()
    return tuple(part.leaves[place].compared for place in places if _is_code(part, place))


def _is_code(part: Part, place: Place) -> bool:
    definition = element_at(part.definition, place)
    if definition is None:
        return part.definition is None and place == (1, 1, 1) and len(part.leaves[place].text) <= 3
    return definition.codes is not None or definition.type == "ID"


Pair = tuple[Part | None, Part | None]


def matched(first: Sequence[Part], second: Sequence[Part]) -> list[Pair]:
    """Parts of one name: each with its counterpart, or with None."""
    if is_keyless([*first, *second]):
        return _in_order(first, second)
    match = _Match(first, second)
    match.by(lambda part: part.digest, unique=False)
    for key in (_product, _naming, _line, _codes, lambda part: _codes(part)[:1]):
        match.by(key, unique=True)
    match.by_likeness(_product)
    match.by_likeness(lambda part: _codes(part)[:1])
    match.by_likeness(None)
    return match.pairs()


def _product(part: Part) -> Hashable:
    """What a line names as its product."""
    if part.segment.tag not in LINES:
        return None
    begin = LINES[part.segment.tag][1]
    return tuple((place, leaf.compared) for place, leaf in sorted(part.leaves.items()) if place[0] >= begin) or None


def _line(part: Part) -> Hashable:
    if part.segment.tag not in LINES or not LINES[part.segment.tag][0]:
        return None
    return part.get(LINES[part.segment.tag][0]) or None


def _naming(part: Part) -> Hashable:
    """Level and name of an HL loop: its product, its order, its mark."""
    if part.segment.tag != _LEVEL:
        return None
    for tag in _NAMING:
        for child in part.children:
            if child.segment.tag == tag:
                return (
                    part.get(3),
                    tag,
                    tuple(sorted((place, leaf.compared) for place, leaf in child.leaves.items() if place[0] > 1 or tag == "PRF")),
                )
    return None


class _Match:
    def __init__(self, first: Sequence[Part], second: Sequence[Part]) -> None:
        self._first, self._second = first, second
        self._found: dict[int, int] = {}
        self._left = [dict.fromkeys(range(len(first))), dict.fromkeys(range(len(second)))]  # in order, and quick to take from

    def by(self, key: Callable[[Part], Hashable], *, unique: bool) -> None:
        """Those with one key: only where each side has one of it, or as many as both have, in their order."""
        sides: list[dict[Hashable, list[int]]] = []
        for parts, left in zip((self._first, self._second), self._left, strict=True):
            keys: dict[Hashable, list[int]] = defaultdict(list)
            for index in left:
                if (value := key(parts[index])) not in (None, ()):
                    keys[value].append(index)
            sides.append(keys)
        for value, mine in sides[0].items():
            theirs = sides[1].get(value, [])
            if not unique or len(mine) == len(theirs) == 1:
                for one, other in zip(mine, theirs, strict=False):
                    self._pair(one, other)

    def by_likeness(self, key: Callable[[Part], Hashable] | None) -> None:
        """The most alike first; with a key only those that share it, and then all of them, for what is of one kind was changed."""
        mine, theirs = self._left
        if len(mine) * len(theirs) > _MOST_PAIRS:
            for one, other in list(zip(mine, theirs, strict=False)):
                self._pair(one, other)
            return
        pairs = []
        for one in mine:
            for other in theirs:
                a, b = self._first[one], self._second[other]
                if key is not None and (key(a) in (None, ()) or key(a) != key(b)):
                    continue
                common, most = (a.content & b.content).total(), max(a.content.total(), b.content.total())
                if key is not None or common >= most * _ALIKE or most - common <= 1:
                    pairs.append((-common / (most or 1), abs(one - other), one, other))
        for _, _, one, other in sorted(pairs):
            if one in self._left[0] and other in self._left[1]:
                self._pair(one, other)

    def _pair(self, one: int, other: int) -> None:
        self._found[one] = other
        del self._left[0][one]
        del self._left[1][other]

    def pairs(self) -> list[Pair]:
        listed: list[Pair] = [
            (part, self._second[self._found[index]] if index in self._found else None) for index, part in enumerate(self._first)
        ]
        return [*listed, *((None, self._second[index]) for index in self._left[1])]


def _in_order(first: Sequence[Part], second: Sequence[Part]) -> list[Pair]:
    """Where only order tells: the longest runs that are the same; between them, one after the other while they are alike."""
    mine, theirs = [part.digest for part in first], [part.digest for part in second]
    shorter = min(len(mine), len(theirs))
    before = next((at for at in range(shorter) if mine[at] != theirs[at]), shorter)
    after = next((at for at in range(shorter - before) if mine[-1 - at] != theirs[-1 - at]), shorter - before)
    pairs: list[Pair] = [*zip(first[:before], second[:before], strict=True)]
    pairs += _between(first[before : len(first) - after], second[before : len(second) - after])
    pairs += zip(first[len(first) - after :], second[len(second) - after :], strict=True)
    return pairs


def _between(first: Sequence[Part], second: Sequence[Part]) -> list[Pair]:
    if len(first) == len(second) == 1 or len(first) * len(second) > _MOST_PAIRS:
        return [*zip_longest(first, second)]
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, [part.digest for part in first], [part.digest for part in second], autojunk=False)
    for _, begin, end, start, stop in matcher.get_opcodes():
        if end - begin == stop - start:
            pairs += zip(first[begin:end], second[start:stop], strict=True)
        else:
            match = _Match(first[begin:end], second[start:stop])
            match.by_likeness(None)
            pairs += match.pairs()
    return pairs
