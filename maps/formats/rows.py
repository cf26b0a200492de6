"""Rows of a table as documents, and back: one document of the whole file, one of each row, or one of the rows with the same key.

A row is an object of its columns; an empty cell is nothing that was said. Of rows with the same key, the columns of the head stand once,
in the document itself; a row keeps one only where it says something else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from maps.finding import MapFindingCode, Severity
from maps.formats.payload import PayloadDocument, Record, Spot, Told, finding

__all__ = ["ROWS", "Arrangement", "Grouped", "Row", "RowWritten", "Whole", "cells_of"]

ROWS: Final = "rows"  #: the key of the rows of a document

Cells = Mapping[str, str]


class Row(Record):
    """A row or record of a file, or the document of several."""

    __slots__ = ("_labels", "_line", "kind")

    def __init__(self, line: int, labels: Mapping[str, str], kind: str = "") -> None:
        super().__init__()
        self._line, self._labels, self.kind = line, labels, kind

    @property
    def line(self) -> int:
        """The line on which it begins, from 1."""
        return self._line

    @property
    def frame(self) -> str:
        """`line 3: $`."""
        return f"line {self._line}: $"

    def where(self, keys: tuple[str, ...]) -> str:
        """`line 3, column 5 (qty)`."""
        return f"line {self._line}" + (f", {self._labels.get(keys[0], keys[0])}" if keys else "")

    def blank(self) -> "Row":
        """Another object at the same place."""
        return Row(self._line, self._labels, self.kind)


@dataclass(frozen=True, slots=True)
class RowWritten:
    """A row to be written: its record type, where there are some, and its cells."""

    cells: Cells
    kind: str = ""


class Arrangement(Protocol):
    """How the rows of a file are documents."""

    def documents(self, rows: Iterable[Row], told: Told) -> list[PayloadDocument]:
        """The documents that the rows are."""
        ...

    def rows(self, value: Any) -> Iterator[RowWritten]:
        """The rows that a document is."""
        ...

    def spots(self, names: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], Spot]:
        """The objects of a document by their place; `names` of columns by record type."""
        ...


def cells_of(value: Any) -> Cells:
    """The plain values of an object."""
    return {key: inner for key, inner in value.items() if isinstance(inner, str)} if isinstance(value, Mapping) else {}


class Whole:
    """All rows are one document, or each is one."""

    def __init__(self, *, each: bool) -> None:
        self._each = each

    def documents(self, rows: Iterable[Row], told: Told) -> list[PayloadDocument]:  # noqa: ARG002 - nothing can be wrong
        """Each row, or an object that holds them all."""
        found = list(rows)
        if self._each or not found:
            return list(map(PayloadDocument, found))
        whole = found[0].blank()
        whole[ROWS] = found
        return [PayloadDocument(whole)]

    def spots(self, names: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], Spot]:
        """The row itself, or the rows within."""
        row = frozenset(names[""])
        return {(): Spot(row)} if self._each else {(): Spot(frozenset()), (ROWS,): Spot(row, many=True)}

    def rows(self, value: Any) -> Iterator[RowWritten]:
        """The row, or those within."""
        for row in [value] if self._each else _within(value):
            yield RowWritten(cells_of(row))


class Grouped:
    """Rows with the same key are one document, wherever they stand; it comes where its first row stood."""

    def __init__(self, by: Sequence[str], head: Sequence[str], *, once: bool, code: MapFindingCode) -> None:
        """`head` are the columns of the document itself, `by` among them. `once`: later rows leave them empty but for the key."""
        self._by, self._head, self._once, self._code = tuple(by), tuple(dict.fromkeys((*by, *head))), once, code

    def documents(self, rows: Iterable[Row], told: Told) -> list[PayloadDocument]:
        """One document for each key, in the order of first rows."""
        groups: dict[tuple[str, ...], list[Row]] = {}
        last: tuple[str, ...] | None = None
        for row in rows:
            key = tuple(row.get(name, "") for name in self._by)
            if not any(key) and self._once and last is not None:
                key = last
            elif not all(key):
                missing = next(name for name, text in zip(self._by, key, strict=True) if not text)
                told.add(finding(self._code, "the key of the document is empty", row.where((missing,))))
                continue
            groups.setdefault(key, []).append(row)
            last = key
        return [self._document(group) for group in groups.values()]

    def _document(self, group: list[Row]) -> PayloadDocument:
        whole, odd = group[0].blank(), []
        for name in self._head:
            if name in group[0]:
                whole[name] = group[0][name]
        whole[ROWS] = rows = []
        for number, row in enumerate(group):
            kept = row.blank()
            for name in self._head:
                text = row.get(name, "")
                if text != self._expected(whole, name, number):
                    kept[name] = text
                    odd.append(_second(row, name, text))
            kept.update((name, text) for name, text in row.items() if name not in self._head)
            rows.append(kept)
        return PayloadDocument(whole, tuple(odd))

    def _expected(self, whole: Mapping[str, Any], name: str, number: int) -> str:
        """What a column of the head holds in a row that says nothing new."""
        text: str = whole.get(name, "")
        return "" if number and self._once and name not in self._by else text

    def spots(self, names: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], Spot]:
        """The columns of the head, and the others in the rows."""
        return {(): Spot(frozenset(self._head)), (ROWS,): Spot(frozenset(names[""]) - set(self._head), many=True)}

    def rows(self, value: Any) -> Iterator[RowWritten]:
        """The rows within, each with the columns of the head."""
        whole = cells_of(value)
        for number, row in enumerate(_within(value)):
            head = {name: self._expected(whole, name, number) for name in self._head}
            extra = {name: text for name, text in whole.items() if name not in self._head}
            yield RowWritten({**head, **extra, **cells_of(row)})


def _second(row: Row, name: str, text: str) -> Any:
    hint = "the rows of one document say different things"
    return finding(MapFindingCode.VALUE_REPEATED, hint, row.where((name,)), value=text, severity=Severity.WARNING)


def _within(value: Any) -> list[Any]:
    rows = value.get(ROWS) if isinstance(value, Mapping) else None
    return rows if isinstance(rows, list) else []
