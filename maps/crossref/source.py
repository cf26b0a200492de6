"""Where rows come from, and which of them answers: the partner's before everyone's, the most specific first."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from maps.crossref.rows import ANYTHING, EVERYONE, KEYS, Direction, Kind, Row

__all__ = ["Book", "Listed", "Source"]


class Source(Protocol):
    """The rows of one partner and of everyone, asked for by value, so that a million of them may be in a database."""

    def kinds(self) -> frozenset[Kind]:
        """The kinds of which there is any row at all."""
        ...

    def rows(self, kind: Kind, direction: Direction, values: frozenset[str], items: frozenset[str]) -> Iterable[Row]:
        """All rows of a kind and direction that are found by one of these values; of units those of these items of ours, and of none."""
        ...


class Listed:
    """A source over rows in memory: of a file, of a test."""

    def __init__(self, partner: str, rows: Iterable[Row]) -> None:
        self._rows = tuple(row for row in rows if row.partner in {partner, EVERYONE})

    def kinds(self) -> frozenset[Kind]:
        """The kinds of which there is any row."""
        return frozenset(row.kind for row in self._rows)

    def rows(self, kind: Kind, direction: Direction, values: frozenset[str], items: frozenset[str]) -> Iterable[Row]:
        """The rows that could answer."""
        for row in self._rows:
            item = dict(row.keys).get("item")
            if row.kind is kind and row.goes(direction) and row.looked_up(direction) in values and (item is None or item in items):
                yield row


class Book:
    """Rows of one kind and direction on one day, by the value that they are found by; those of one item apart, for they may be many."""

    def __init__(self, rows: Iterable[Row], direction: Direction, day: date) -> None:
        self._direction = direction
        self._rows: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            if row.is_valid(day):
                self._rows.setdefault((row.looked_up(direction), dict(row.keys).get("item", "")), []).append(row)

    def find(
        self,
        value: str,
        context: Mapping[str, str],
        *,
        fills: frozenset[str] = frozenset(),
        said: frozenset[str] = frozenset(),
        or_anything: bool = True,
    ) -> Row | None:
        """The row that answers for a value; None where none fits, not even one for anything.

        `context` is what the rows' further columns are compared with; of `fills` one that the document does not say fits too.
        `said` are answers that the partner itself has used: of rows that are equally specific, one of these comes first.
        """
        for looked_up in (value, ANYTHING) if or_anything else (value,):
            items = dict.fromkeys((context.get("item", ""), ""))
            fitting = [row for item in items for row in self._rows.get((looked_up, item), ()) if _fits(row, context, fills)]
            if fitting:
                return max(fitting, key=lambda row: self._rank(row, said))
        return None

    def _rank(self, row: Row, said: frozenset[str]) -> tuple[object, ...]:
        """Higher is better; where all is equal the order of texts decides, so that the same rows always give the same answer."""
        names = {name for name, _ in row.keys}
        answer = row.answer(self._direction)
        return (
            row.partner != EVERYONE,
            len(names),
            tuple(name in names for name in KEYS[row.kind]),
            answer in said,
            row.preferred,
            row.valid_from or date.min,
            answer,
            row.identity,
        )


def _fits(row: Row, context: Mapping[str, str], fills: frozenset[str]) -> bool:
    return all(context.get(name) == value or (name in fills and not context.get(name)) for name, value in row.keys)
