"""What the standard maps make of the sets of the corpus: read, written again with residue and without, and what was lost."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from functools import cache
from typing import Any, Final

from canonical.base import SourceRef
from edi.finding import Severity
from edi.tree import Tree
from edi.validate import ValidatedInterchange, Validation
from edi.values import Segment
from maps.finding import MapFinding, MapFindingCode
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext, Map
from tests.corpus.documents import VALID, Document, Result
from tests.corpus.mending import mend

__all__ = ["Mapped", "codes", "lost", "map_of", "mapped", "registry"]

_OUT: Final = EncodeContext(UTC)
_FRAME: Final = frozenset({"ST", "SE", "UNH", "UNT"})


@dataclass(slots=True)
class Mapped:
    """One accepted set of a type that has a map."""

    document: Document
    number: int  #: of the set in its file, from 1
    map: str
    findings: tuple[MapFinding, ...] = ()
    decoded: bool = False
    mended: bool = False  #: whether its check digits had to be put right first
    restored: bool = False  #: whether it came back, segment by segment
    difference: str = ""  #: the first segment that did not
    lost: Counter[str] = field(default_factory=Counter)  #: element -> how often it is gone without residue
    elements: int = 0  #: how many had a value

    @property
    def key(self) -> str:
        """Its name in the kept table."""
        return f"{self.document.path}#{self.number}"


@cache
def registry() -> MapRegistry:
    """The standard maps."""
    return MapRegistry()


def map_of(validation: Validation) -> Map | None:
    """The map for a set, by the release of the grammar that judged it; EANCOM goes before the standard that it is made of."""
    if validation.message is None:
        return None
    one = validation.transaction_set
    return registry().standard(one.standard, validation.message.release, one.set_id, one.industry)


def mapped(results: Mapping[Document, Result]) -> Iterator[Mapped]:
    """Every accepted set of a mapped type, in files whose envelope is valid, with what its map makes of it."""
    for document, result in results.items():
        number = 0
        for interchange in result.interchanges:
            for validation in interchange.validations:
                number += 1
                if document.is_edi and document.valid == VALID and not validation.has_errors and (made := map_of(validation)) is not None:
                    yield _mapped(document, number, made, interchange, validation)


def _mapped(document: Document, number: int, made: Map, interchange: ValidatedInterchange, validation: Validation) -> Mapped:
    one, tree, decimal = Mapped(document, number, made.name), validation.tree, interchange.interchange.decimal_marks
    assert tree is not None
    context = DecodeContext("HARBORLINE", "partner", UTC, SourceRef(syntax=made.syntax), decimal=decimal)
    decoded = made.decode(tree, context)
    one.findings, one.decoded = decoded.findings, decoded.document is not None
    while decoded.document is None and mend(tree, decoded.findings):  # a hundred faults are told at a time
        decoded = made.decode(tree, context)
        one.mended = decoded.document is not None
    if decoded.document is None:
        return one
    out = EncodeContext(UTC, decimal[:1])
    given = _body(tree.segments())
    again, plain = (made.encode(decoded.document, out, residue).tree for residue in (decoded.residue, ()))
    found = _body(again.segments()) if again is not None else []
    one.restored = given == found
    one.difference = "" if one.restored else _first(given, found)
    one.elements = sum(1 for segment in tree.segments() if segment.tag not in _FRAME for _ in _values(segment))
    if plain is not None:
        one.lost = lost(tree, plain, ((line.position, line.place) for line in decoded.lineage))
    return one


def lost(given: Tree, found: Tree, read: Iterable[tuple[int, str]] = ()) -> Counter[str]:
    """The elements whose values are gone from a set: neither written again nor read into the document and spelled otherwise."""
    there = Counter((segment.tag, place, value) for segment in found.segments() for place, value in _values(segment))
    known = set(read)
    gone: Counter[str] = Counter()
    for segment in given.segments():
        if segment.tag in _FRAME:
            continue
        for place, value in _values(segment):
            token = (segment.tag, place, value)
            if there[token]:
                there[token] -= 1
            elif not _is_read(known, segment.position, place):
                gone[f"{segment.tag}{place}"] += 1
    return gone


def _is_read(known: set[tuple[int, str]], position: int, place: str) -> bool:
    """Whether a value was read, or is a code beside one that was: a qualifier that the map writes otherwise."""
    element, _, component = place.partition(".")
    beside = [f"{element}.{int(component) + step}" for step in (1, -1)] if component else []
    beside += [f"{int(element) + 1:02}", f"{int(element) + 1:02}.1"] if component in {"", "2"} else []
    return any((position, one) in known for one in (place, element, *beside))


def _values(segment: Segment) -> Iterator[tuple[str, str]]:
    """Places and values of a segment: `02`, or `01.2` in a composite."""
    for number in range(1, len(segment.elements) + 1):
        for value in segment.repetitions(number):
            if isinstance(value, str):
                yield f"{number:02}", value
            else:
                yield from ((f"{number:02}.{part}", text) for part, text in enumerate(value, 1) if text)


def _body(segments: Iterable[Segment]) -> list[tuple[str, Any]]:
    return [(segment.tag, _trimmed(segment.elements)) for segment in segments if segment.tag not in _FRAME]


def _trimmed(elements: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without what is empty at the end, which says nothing."""
    cut = tuple(_trimmed(e) if type(e) is tuple else e for e in elements)
    while cut and not any(cut[-1]):
        cut = cut[:-1]
    return cut


def _first(given: list[tuple[str, Any]], found: list[tuple[str, Any]]) -> str:
    for number, (one, other) in enumerate(zip(given, found, strict=False), 1):
        if one != other:
            return f"segment {number}: {one[0]} / {other[0]}"
    return f"{len(given)} segments / {len(found)}"


def codes(one: Mapped) -> str:
    """Why a set did not decode or come back, in codes and places without a partner's values."""
    errors = [
        f for f in one.findings if f.severity is Severity.ERROR and f.caused_by is None and f.code is not MapFindingCode.LIMIT_EXCEEDED
    ]
    return " ".join(sorted({str(finding.code) for finding in errors})) or one.difference
