"""A row of the cross references: what one partner calls something, and what we call it, from when to when and in which direction."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from canonical.gs1 import is_valid

__all__ = ["ANYTHING", "EVERYONE", "ITEM_SCHEMES", "KEYS", "Direction", "Kind", "Row", "conflicts", "faults_of", "keys_of"]

EVERYONE: Final = "*"  #: as partner: a row for all of them; a row of the partner itself comes first
ANYTHING: Final = "*"  #: as the value looked up: what holds where no other row does


class Kind(StrEnum):
    """What a row speaks of, in the order of looking up: a unit may depend on the item."""

    ITEM = "item"
    UNIT = "unit"
    LOCATION = "location"
    CARRIER = "carrier"
    TERMS = "terms"
    CHARGE = "charge"


class Direction(StrEnum):
    """Which documents a row is for."""

    IN = "in"  #: theirs to ours, in what the partner sends
    OUT = "out"  #: ours to theirs, in what we send
    BOTH = "both"


#: further columns that narrow a row, by kind. Of several rows that fit, that with the most of them comes first, then the earlier column.
KEYS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.ITEM: ("scheme",),  #: which number `theirs` is: gtin, buyerItemId …
    Kind.UNIT: ("item",),  #: our item: a case of one holds 12, of another 24
    Kind.LOCATION: ("role", "scheme"),  #: shipTo, markFor …; gln, assignedByBuyer …
    Kind.CARRIER: ("scheme", "serviceLevel", "mode"),
    Kind.TERMS: ("netDays", "discountPercent", "discountDays", "basis"),
    Kind.CHARGE: ("type", "handling"),  #: allowance or charge; offInvoice …
}
ITEM_SCHEMES: Final = ("buyerItemId", "gtin", "sellerItemId", "manufacturerItemId", "sku", "styleNumber")
_LONGEST: Final[Mapping[Kind, int]] = {Kind.LOCATION: 80, Kind.UNIT: 3}
_USUAL: Final = 48
_VISIBLE: Final = re.compile(r"[^\x00-\x20\x7F]([^\x00-\x1F\x7F]*[^\x00-\x20\x7F])?")
_UNIT: Final = re.compile(r"[A-Z0-9]{2,3}")
_FACTOR_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `faults_of` says whether it makes sense; a row with a fault is never stored."""

    partner: str  #: the id of a profile, or EVERYONE
    kind: Kind
    theirs: str
    ours: str
    direction: Direction = Direction.BOTH
    keys: tuple[tuple[str, str], ...] = ()  #: in the order of KEYS
    valid_from: date | None = None
    valid_to: date | None = None  #: the last day
    preferred: bool = False  #: where several rows answer alike
    factor: Decimal | None = None  #: units: how many of ours one of theirs is; one when not said

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it this row: another row of the same identity replaces it."""
        start = self.valid_from.isoformat() if self.valid_from else ""
        return (self.partner, self.kind, self.theirs, *(f"{name}={value}" for name, value in self.keys), self.direction, start)

    @property
    def times(self) -> Decimal:
        """How many of ours one of theirs is."""
        return self.factor if self.factor is not None else Decimal(1)

    def goes(self, direction: Direction) -> bool:
        """Whether it is for documents of this direction."""
        return self.direction is direction or self.direction is Direction.BOTH

    def is_valid(self, day: date) -> bool:
        """Whether it holds on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def looked_up(self, direction: Direction) -> str:
        """The value by which it is found."""
        return self.theirs if direction is Direction.IN else self.ours

    def answer(self, direction: Direction) -> str:
        """The value that it gives."""
        return self.ours if direction is Direction.IN else self.theirs


def keys_of(kind: Kind, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Further columns as a row keeps them: those that say something, in the order of KEYS, then what the kind does not know."""
    known = KEYS[kind]
    names = [*(name for name in known if said.get(name)), *sorted(name for name in said if said[name] and name not in known)]
    return tuple((name, said[name]) for name in names)


def faults_of(row: Row) -> Iterator[tuple[str, str]]:
    """What is wrong with a row in itself: the column, and why, in fixed words."""
    longest = _LONGEST.get(row.kind, _USUAL)
    for column, value in (("partner", row.partner), ("theirs", row.theirs), ("ours", row.ours)):
        if not _VISIBLE.fullmatch(value):
            yield column, "must be said, without blanks around it and without control characters"
        elif len(value) > (80 if column in {"partner", "theirs"} else longest):
            yield column, "is too long"
    for column, value, only in (("theirs", row.theirs, Direction.IN), ("ours", row.ours, Direction.OUT)):
        if value == ANYTHING and row.direction is not only:
            yield column, f"`*` stands for anything else, in rows of direction {only} alone"
    yield from _key_faults(row)
    if row.kind is Kind.UNIT:
        yield from _unit_faults(row)
    elif row.factor is not None:
        yield "factor", "only units have one"
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        yield "validTo", "is before validFrom"


def _key_faults(row: Row) -> Iterator[tuple[str, str]]:
    for name, value in row.keys:
        if name not in KEYS[row.kind]:
            yield name, f"does not narrow this kind; {', '.join(KEYS[row.kind])} can"
        elif not _VISIBLE.fullmatch(value) or len(value) > 80:
            yield name, "is too long, or has blanks around it or control characters"
    scheme = dict(row.keys).get("scheme")
    if row.kind is Kind.ITEM and scheme is not None:
        if scheme not in ITEM_SCHEMES:
            yield "scheme", f"of an item is one of {', '.join(ITEM_SCHEMES)}"
        elif scheme == "gtin" and row.theirs != ANYTHING and not _is_gtin(row.theirs):
            yield "theirs", "a GTIN has 14 digits (zeros in front), the last of them its check digit"


def _is_gtin(text: str) -> bool:
    return len(text) == 14 and text.isascii() and text.isdigit() and is_valid(text)


def _unit_faults(row: Row) -> Iterator[tuple[str, str]]:
    for column, value in (("theirs", row.theirs), ("ours", row.ours)):
        if not _UNIT.fullmatch(value):
            yield column, "a unit is a code of UN/ECE Recommendation 20, a package X and its code: EA, XCS"
    if row.factor is not None:
        digits, exponent = row.factor.as_tuple().digits, row.factor.as_tuple().exponent
        if not isinstance(exponent, int) or row.factor <= 0 or len(digits) + max(exponent, 0) > _FACTOR_DIGITS or exponent < -8:
            yield "factor", f"is a number above 0, with at most {_FACTOR_DIGITS} digits, 8 of them behind the point"


def conflicts(rows: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows that answer the same question with different things at the same time, so that nobody could tell which is meant."""
    asked: dict[tuple[Direction, tuple[object, ...]], list[Row]] = {}
    for row in rows:
        for direction in (Direction.IN, Direction.OUT):
            if row.goes(direction):
                question = (row.partner, row.kind, row.keys, row.looked_up(direction), row.preferred, row.valid_from)
                asked.setdefault((direction, question), []).append(row)
    told: set[frozenset[tuple[str, ...]]] = set()
    for (direction, _), alike in asked.items():
        for one, other in pairwise(alike):
            pair = frozenset({one.identity, other.identity})
            if (one.answer(direction), one.times) != (other.answer(direction), other.times) and pair not in told:
                told.add(pair)
                yield one, other
