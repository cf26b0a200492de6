"""Looking up the values of one kind in one document: rows fetched once, and what was not found told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from edi.finding import Severity
from maps.crossref.finding import CrossFinding, CrossFindingCode
from maps.crossref.places import Spot
from maps.crossref.rows import ANYTHING, Direction, Kind, Row
from maps.crossref.source import Book, Source

__all__ = ["Lookup", "Unknown"]

#: columns that a row may fill in what we send, where the hub does not say them; all others have to be as the row says
_FILLED: Final = frozenset({"scheme", "serviceLevel", "mode", "netDays", "discountPercent", "discountDays", "basis", "handling"})


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that no row names."""

    kind: Kind
    direction: Direction
    value: str
    path: str
    keys: tuple[tuple[str, str], ...] = ()  #: what a row for it could be narrowed by: role, item …
    also: tuple[str, ...] = ()  #: further numbers of the same thing, a row for any of which would do


class Lookup:
    """The rows that the spots of one kind may need, and what comes of asking them."""

    def __init__(
        self,
        source: Source,
        kind: Kind,
        direction: Direction,
        day: date,
        by: tuple[str, ...],
        said: Mapping[tuple[Kind, str, str], frozenset[str]],
        severity: Severity,
        spots: Sequence[Spot],
    ) -> None:
        self.kind = kind
        self.direction = direction
        self.by = by
        self.findings: list[CrossFinding] = []
        self.unknown: list[Unknown] = []
        self._said = said
        self._severity = severity
        self._source = source
        self._day = day
        self._items = frozenset(text for spot in spots if spot.item and isinstance(text := spot.item.get("ours"), str))
        self._book = self._fetch(direction, spots)
        self._known_units: Book | None = None
        self._spots = spots

    def find(self, value: str, context: Mapping[str, str], beside: str = "", *, or_anything: bool = True) -> Row | None:
        """The row for a value. `beside` is our item, or the field to fill: what the partner said of it before comes first."""
        outward = self.direction is Direction.OUT
        said = self._said.get((self.kind, value, beside), frozenset())
        return self._book.find(value, context, fills=_FILLED if outward else frozenset(), said=said, or_anything=or_anything)

    def is_theirs(self, unit: str, context: Mapping[str, str]) -> bool:
        """Whether a unit is one that the partner counts in already."""
        if self._known_units is None:
            self._known_units = self._fetch(Direction.IN, self._spots, every=True)
        return self._known_units.find(unit, context) is not None

    def tell(self, code: CrossFindingCode, spot: Spot, value: str, severity: Severity = Severity.ERROR, hint: str = "") -> None:
        """Report one fault."""
        self.findings.append(CrossFinding(code, severity, self.kind, self.direction, spot.path, value, hint))

    def used(self, row: Row, spot: Spot, value: str) -> None:
        """A row answered; that it was the one for anything else is told."""
        if row.looked_up(self.direction) == ANYTHING:
            self.tell(CrossFindingCode.DEFAULTED, spot, value, Severity.WARNING)

    def missing(self, spot: Spot, value: str, keys: Mapping[str, str], also: tuple[str, ...] = ()) -> None:
        """Nothing names this value. Nobody asks for what may stay unknown."""
        if spot.is_asked:
            self.tell(CrossFindingCode.UNKNOWN, spot, value, self._severity, f"gateway xref set: {self.kind}")
            narrowed = tuple((name, text) for name, text in keys.items() if text)
            self.unknown.append(Unknown(self.kind, self.direction, value, spot.path, narrowed, also))

    def _fetch(self, direction: Direction, spots: Sequence[Spot], *, every: bool = False) -> Book:
        values = {ANYTHING}
        for spot in spots:
            if direction is Direction.IN or every:
                values |= {value for name in spot.place.theirs if isinstance(value := spot.object.get(name), str)}
            else:
                values |= _our_values(spot)
        rows = self._source.rows(self.kind, direction, frozenset(values), self._items)
        return Book(rows, direction, self._day)


def _our_values(spot: Spot) -> set[str]:
    ours = spot.object.get("ours")
    if spot.place.kind is Kind.UNIT:
        unit = ours.get("unit") if isinstance(ours, dict) else spot.object.get("unit")
        return {unit} if isinstance(unit, str) else set()
    return {ours} if isinstance(ours, str) else set()
