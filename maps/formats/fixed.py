"""Payloads of fixed width: lines to records by the positions of the map's head, records to documents, and back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from maps.finding import MapFindingCode
from maps.formats.payload import Form, PayloadRead, PayloadWritten, RefusedError, Told, decoded, finding
from maps.formats.rows import Arrangement, Row, RowWritten

__all__ = ["FixedColumn", "FixedForm", "FixedLayout"]

_CODE: Final = MapFindingCode.FIXED_INVALID
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_CONTROL: Final = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """Where a value stands in a record, from 1, and how it is filled up: a text at the left, a number at the right."""

    name: str
    first: int
    last: int
    right: bool = False
    fill: str = " "

    @property
    def width(self) -> int:
        """How many characters it has."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        """For people: `positions 20-26 (qty)`."""
        return f"positions {self.first}-{self.last}" + ("" if self.name.startswith("#") else f" ({self.name})")

    def read(self, text: str) -> str:
        """The value without what fills it up; empty when nothing stands there."""
        raw = text[self.first - 1 : self.last]
        if not raw.strip():
            return ""
        if not self.right:
            return raw.rstrip(self.fill)
        if self.fill == "0":
            sign, digits = (raw[0], raw[1:]) if raw[0] in "+-" else ("", raw)
            return sign + (digits.lstrip("0") or "0")
        return raw.lstrip(self.fill)

    def write(self, value: str) -> str:
        """The value filled up to the width."""
        if not value:
            return " " * self.width
        if not self.right:
            return value.ljust(self.width, self.fill)
        sign, rest = (value[0], value[1:]) if self.fill == "0" and value[0] in "+-" else ("", value)
        return sign + rest.rjust(self.width - len(sign), self.fill)


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """How a file is laid out: which characters, which lines, and the columns by record type."""

    columns: Mapping[str, tuple[FixedColumn, ...]]  #: under the empty name those of a file without record types
    kind: FixedColumn | None = None  #: where the record type stands
    width: int = 0  #: of a record; 0: as its last column ends
    newline: str = "\n"  #: empty: records stand one behind the other
    charset: str = "ascii"

    def width_of(self, kind: str) -> int:
        """The length of a record."""
        return self.width or max((column.last for column in (*self.columns[kind], *([self.kind] if self.kind else []))), default=0)


class FixedForm(Form):
    """A partner's own form of fixed width."""

    syntax: ClassVar[str] = "fixed"
    content_type: ClassVar[str] = "text/plain"
    extension: ClassVar[str] = "txt"

    def __init__(self, layout: FixedLayout, arrangement: Arrangement, *, decimal: str = ".") -> None:
        self._layout, self._arrangement, self.decimal = layout, arrangement, decimal
        self.spots = arrangement.spots({kind: [column.name for column in columns] for kind, columns in layout.columns.items()})
        self._whole = {kind: (*columns, *_gaps(layout, kind)) for kind, columns in layout.columns.items()}
        self._by_name = {kind: {column.name: column for column in columns} for kind, columns in self._whole.items()}
        self._labels = {kind: {name: str(column) for name, column in columns.items()} for kind, columns in self._by_name.items()}

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, data: bytes) -> PayloadRead:
        """The documents that the records are."""
        told = Told(self.limits)
        try:
            lines = self._lines(decoded(data, self._layout.charset, _CODE, self.limits))
        except RefusedError as error:
            return PayloadRead(findings=(error.finding,))
        if len(lines) > self.limits.values:
            return PayloadRead(findings=(finding(MapFindingCode.LIMIT_EXCEEDED, "too many records"),))
        documents = self._arrangement.documents(list(self._rows(lines, told)), told)
        if not documents and not told:
            told.add(finding(_CODE, "no records", "line 1"))
        return PayloadRead(() if told else tuple(documents), tuple(told))

    def _rows(self, lines: Sequence[str], told: Told) -> Iterator[Row]:
        for number, line in enumerate(lines, 1):
            if control := _CONTROL.search(line):
                told.add(finding(_CODE, "a control character", f"line {number}, position {control.start() + 1}"))
            elif line.strip():
                kind = line[self._layout.kind.first - 1 : self._layout.kind.last].strip() if self._layout.kind else ""
                if kind not in self._whole:
                    told.add(finding(_CODE, "a record of a type that is not agreed", f"line {number}", value=kind))
                    continue
                width = self._layout.width_of(kind)
                if line[width:].strip():
                    told.add(finding(_CODE, f"longer than {width} characters", f"line {number}"))
                    continue
                padded, row = line.ljust(width), Row(number, self._labels[kind], kind)
                row.update((column.name, value) for column in self._whole[kind] if (value := column.read(padded)))
                yield row

    def _lines(self, text: str) -> list[str]:
        text = text.removesuffix("\x1a")  # an end mark of old systems
        if self._layout.newline:
            return _LINE_END.split(text)
        width = self._layout.width
        return [text[at : at + width] for at in range(0, len(text), width)]

    def recognises(self, data: bytes) -> bool:
        """By the type of its first record."""
        try:
            text = decoded(data, self._layout.charset, _CODE, self.limits)
        except RefusedError:
            return False
        first = next((line for line in self._lines(text) if line.strip()), "")
        place = self._layout.kind
        return bool(first) and (place is None or first[place.first - 1 : place.last].strip() == next(iter(self._whole)))

    def width(self, above: tuple[str, ...], keys: tuple[str, ...]) -> int:
        """As wide as the column."""
        spot = (self.spots or {}).get(above)
        column = self._by_name[spot.kind].get(keys[-1]) if spot else None
        return column.width if column else 0

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, values: Sequence[Any]) -> PayloadWritten:
        """The records of the documents, one behind the other."""
        rows = [row for value in values for row in self._arrangement.rows(value)]
        try:
            text = "".join(self._line(row, number) + self._layout.newline for number, row in enumerate(rows, 1))
            return PayloadWritten(text.encode(self._layout.charset))
        except RefusedError as error:
            return PayloadWritten(findings=(error.finding,))
        except UnicodeEncodeError as error:
            hint = f"not a character of {self._layout.charset}"
            value = error.object[error.start : error.end]
            return PayloadWritten(findings=(finding(MapFindingCode.VALUE_NOT_WRITABLE, hint, value=value),))

    def _line(self, row: RowWritten, number: int) -> str:
        line = [" "] * self._layout.width_of(row.kind)
        pieces = [(column, row.cells.get(column.name, "")) for column in self._whole[row.kind]]
        for column, value in (*pieces, *([(self._layout.kind, row.kind)] if self._layout.kind else [])):
            if len(value) > column.width:
                hint = f"at most {column.width} characters"
                raise RefusedError(MapFindingCode.VALUE_TOO_LONG, hint, f"line {number}, {column}", value=value)
            if _CONTROL.search(value):
                raise RefusedError(MapFindingCode.VALUE_NOT_WRITABLE, "a control character", f"line {number}, {column}", value=value)
            line[column.first - 1 : column.last] = column.write(value)
        return "".join(line)


def _gaps(layout: FixedLayout, kind: str) -> Iterator[FixedColumn]:
    """The positions that no column has, so that nothing in them is lost; their names are no names of columns."""
    columns = sorted((*layout.columns[kind], *([layout.kind] if layout.kind else [])), key=lambda column: column.first)
    at = 1
    for first, last in [*((column.first, column.last) for column in columns), (layout.width_of(kind) + 1, 0)]:
        if first > at:
            yield FixedColumn(f"#{at}-{first - 1}", at, first - 1)
        at = max(at, last + 1)
