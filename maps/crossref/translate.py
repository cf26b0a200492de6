"""The step itself: `ours` beside theirs in what a partner sent, theirs from `ours` in what the hub sends. Pure; the day is given."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from canonical.base import Document, DocumentError
from canonical.registry import parse
from edi.finding import Severity
from maps.crossref.finding import CrossFinding, CrossFindingCode
from maps.crossref.lookup import Lookup, Unknown
from maps.crossref.places import Spot, spots
from maps.crossref.rows import ITEM_SCHEMES, Direction, Kind
from maps.crossref.source import Source
from maps.crossref.values import fill_ours, fill_theirs

__all__ = ["KindPolicy", "Missing", "Said", "Translated", "Unknown", "inbound", "origins", "outbound", "said_in"]


class Missing(StrEnum):
    """What a value without a row means."""

    ERROR = "error"  #: the sender has to correct it
    HOLD = "hold"  #: somebody here has to say what it is; then the document goes on by itself
    GO_ON = "passThrough"  #: it goes on as it is, with a warning


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """What was agreed for one kind."""

    missing: Missing = Missing.GO_ON
    by: tuple[str, ...] = ITEM_SCHEMES  #: items: which number is looked up first; without `scheme` a row gives the first


Policies = Mapping[Kind, KindPolicy]
#: what the partner itself called something of ours: (kind, our value, our item or the scheme) -> its values
Said = Mapping[tuple[Kind, str, str], frozenset[str]]
_SEVERITY: Final = {Missing.GO_ON: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Translated:
    """The document with both values, and what was found on the way."""

    document: Document
    findings: tuple[CrossFinding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    missing: Missing | None = None  #: the strictest policy that an unknown value fell under

    @property
    def stops(self) -> bool:
        """Whether it may not go on."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def inbound(document: Document, source: Source, policies: Policies, day: date) -> Translated:
    """What a partner sent, with `ours` wherever a row says it. Translating it again asks for every value again."""
    return _translate(document, source, policies, day, Direction.IN, fill_ours, {})


def outbound(document: Document, source: Source, policies: Policies, day: date, said: Said | None = None) -> Translated:
    """What the hub sends, with theirs wherever it said `ours` alone, and quantities in the partner's unit.

    `said` is what the partner called these things before (`said_in` its orders): it gets its own numbers and units back.
    """
    return _translate(document, source, policies, day, Direction.OUT, fill_theirs, said or {})


def said_in(documents: Iterable[Document]) -> Said:
    """What these documents of a partner call what is ours."""
    found: dict[tuple[Kind, str, str], set[str]] = {}
    for document in documents:
        for spot in spots(document.document_type, document.to_json()):
            ours = spot.object.get("ours")
            if spot.place.kind is Kind.UNIT:
                item = spot.item.get("ours", "") if spot.item else ""
                if isinstance(ours, dict) and "unit" in spot.object:
                    found.setdefault((Kind.UNIT, ours["unit"], item), set()).add(spot.object["unit"])
            elif isinstance(ours, str):
                for name in spot.place.theirs:
                    if name in spot.object:
                        found.setdefault((spot.place.kind, ours, name), set()).add(spot.object[name])
    return {key: frozenset(values) for key, values in found.items()}


def origins(document: Document) -> Iterator[tuple[str, Kind, str]]:
    """Lineage of what was looked up: each `ours` of a document by its path, with the kind and the value of theirs that stands beside it."""
    for spot in spots(document.document_type, document.to_json()):
        if "ours" in spot.object:
            theirs = next((spot.object[name] for name in spot.place.theirs if name in spot.object), "")
            yield f"{spot.path}.ours", spot.place.kind, theirs


def _translate(
    document: Document,
    source: Source,
    policies: Policies,
    day: date,
    direction: Direction,
    fill: Callable[[Lookup, Spot], None],
    said: Said,
) -> Translated:
    there = source.kinds()
    active = [kind for kind in Kind if kind in policies or kind in there]
    if not active:
        return Translated(document)
    before = document.to_json()
    data = document.to_json()
    found = spots(document.document_type, data)
    findings: list[CrossFinding] = []
    unknown: list[Unknown] = []
    strictest: Missing | None = None
    for kind in active:
        policy = policies.get(kind, KindPolicy())
        mine = [spot for spot in found if spot.place.kind is kind]
        lookup = Lookup(source, kind, direction, day, policy.by, said, _SEVERITY.get(policy.missing, Severity.ERROR), mine)
        for spot in mine:
            fill(lookup, spot)
        findings += lookup.findings
        unknown += lookup.unknown
        if lookup.unknown:
            strictest = min((one for one in (strictest, policy.missing) if one is not None), key=list(Missing).index)
    if data == before:
        return Translated(document, tuple(findings), tuple(unknown), strictest)
    try:
        translated = parse(data, document.document_type)
    except DocumentError as error:
        at = {spot.path: spot for spot in found}
        findings += [_not_possible(fault.path, fault.value, at, direction) for fault in error.faults]
        return Translated(document, tuple(findings), tuple(unknown), strictest)
    return Translated(translated, tuple(findings), tuple(unknown), strictest)


def _not_possible(path: str, value: str | None, at: Mapping[str, Spot], direction: Direction) -> CrossFinding:
    """A row whose value the document cannot hold, such as a reason that is no word of the list."""
    place = path
    while place not in at and place != "$":
        place = place[: max(place.rfind("."), place.rfind("["), 1)]
    kind = at[place].place.kind if place in at else Kind.ITEM
    return CrossFinding(
        CrossFindingCode.NOT_POSSIBLE, Severity.ERROR, kind, direction, path, value or "", "the cross references of this kind"
    )
