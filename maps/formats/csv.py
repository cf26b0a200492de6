"""CSV payloads (RFC 4180 with the dialect of the map's head): text to rows of cells, rows to documents, and back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from maps.finding import MapFindingCode
from maps.formats.payload import Form, Limits, PayloadRead, PayloadWritten, RefusedError, Told, decoded, finding
from maps.formats.rows import Arrangement, Row, RowWritten

__all__ = ["Columns", "CsvDialect", "CsvForm"]

_CODE: Final = MapFindingCode.CSV_INVALID
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How cells are written."""

    delimiter: str = ","
    quote: str = '"'  #: empty: there is none
    charset: str = "utf-8"
    newline: str = "\n"
    header: bool = True  #: whether the first row names the columns
    quote_all: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file, or of one type of record in it."""

    names: tuple[str, ...]
    optional: frozenset[str] = frozenset()


class CsvForm(Form):
    """A partner's own CSV. With record types, the first cell of a row says its type and there is no header."""

    syntax: ClassVar[str] = "csv"
    content_type: ClassVar[str] = "text/csv"
    extension: ClassVar[str] = "csv"

    def __init__(self, dialect: CsvDialect, columns: Mapping[str, Columns], arrangement: Arrangement, *, decimal: str = ".") -> None:
        """`columns` by record type; under the empty name those of a file that has no types."""
        self._dialect, self._columns, self._arrangement, self.decimal = dialect, columns, arrangement, decimal
        self._typed = "" not in columns
        self.spots = arrangement.spots({kind: one.names for kind, one in columns.items()})
        self._needs_quotes = re.compile(f"[{re.escape(dialect.delimiter + dialect.quote)}\r\n]|^\\s|\\s$")

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, data: bytes) -> PayloadRead:
        """The documents that the rows are."""
        told = Told(self.limits)
        try:
            text = decoded(data, self._dialect.charset, _CODE, self.limits)
            cells = _Scanner(text, self._dialect, self.limits).rows()
            rows = list(self._typed_rows(cells, told) if self._typed else self._plain_rows(cells, told))
        except RefusedError as error:
            return PayloadRead(findings=(error.finding,))
        documents = self._arrangement.documents(rows, told)
        if not documents and not told and not (self._dialect.header and not self._typed):
            told.add(finding(_CODE, "no rows", "line 1"))
        return PayloadRead(() if told else tuple(documents), tuple(told))

    def _plain_rows(self, cells: Iterator[tuple[int, list[str]]], told: Told) -> Iterator[Row]:
        columns = self._columns[""]
        names: Sequence[str] = columns.names
        if self._dialect.header:
            _, header = next(cells, (1, []))
            names = [name.strip() or f"#{number}" for number, name in enumerate(header, 1)]
            for name in columns.names:
                if name not in names and name not in columns.optional:
                    told.add(finding(_CODE, f"the header has no column {name}", "line 1"))
            seen: set[str] = set()
            for number, name in enumerate(names, 1):
                if name in seen:
                    told.add(finding(_CODE, "a column comes twice in the header", f"line 1, column {number}", value=name))
                seen.add(name)
        labels = _labels(names, 1)
        for line, found in cells if not told else ():
            yield from self._row(line, found, names, labels, told)

    def _typed_rows(self, cells: Iterator[tuple[int, list[str]]], told: Told) -> Iterator[Row]:
        labels = {kind: _labels(columns.names, 2) for kind, columns in self._columns.items()}
        for line, (kind, *found) in cells:
            if kind.strip() not in self._columns:
                told.add(finding(_CODE, "a record of a type that is not agreed", f"line {line}, column 1", value=kind))
            else:
                yield from self._row(line, found, self._columns[kind.strip()].names, labels[kind.strip()], told, kind.strip())

    def _row(
        self, line: int, cells: list[str], names: Sequence[str], labels: Mapping[str, str], told: Told, kind: str = ""
    ) -> Iterator[Row]:
        given, wanted = len(cells) + bool(kind), len(names) + bool(kind)
        if len(cells) < len(names) or any(cells[len(names) :]):
            told.add(finding(_CODE, f"{given} cells where {wanted} are agreed", f"line {line}"))
            return
        row = Row(line, labels, kind)
        row.update((name, text) for name, text in zip(names, cells, strict=False) if text)
        yield row

    def recognises(self, data: bytes) -> bool:
        """By the names of its columns, or by the type of its first record."""
        try:
            text = decoded(data, self._dialect.charset, _CODE, self.limits)
            _, first = next(_Scanner(text, self._dialect, self.limits).rows(), (1, []))
        except RefusedError:
            return False
        if self._typed:
            return bool(first) and first[0].strip() == next(iter(self._columns))
        columns = self._columns[""]
        if not self._dialect.header:
            return len(first) == len(columns.names)
        return set(columns.names) - columns.optional <= {name.strip() for name in first}

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, values: Sequence[Any]) -> PayloadWritten:
        """The rows of the documents, one behind the other."""
        rows = [row for value in values for row in self._arrangement.rows(value)]
        lines: list[list[str]] = []
        if self._typed:
            lines = [[row.kind, *_ordered(row, self._columns[row.kind].names)] for row in rows]
        else:
            names = self._columns[""].names
            extra = dict.fromkeys(name for row in rows for name in row.cells if name not in names)
            if self._dialect.header:
                names = (*names, *extra)
                lines.append(["" if name.startswith("#") else name for name in names])
            lines += [_ordered(row, names) for row in rows]
        try:
            text = "".join(self._line(cells, number) for number, cells in enumerate(lines, 1))
            return PayloadWritten(text.encode(self._dialect.charset))
        except RefusedError as error:
            return PayloadWritten(findings=(error.finding,))
        except UnicodeEncodeError as error:
            hint = f"not a character of {self._dialect.charset}"
            value = error.object[error.start : error.end]
            return PayloadWritten(findings=(finding(MapFindingCode.VALUE_NOT_WRITABLE, hint, value=value),))

    def _line(self, cells: Sequence[str], number: int) -> str:
        return self._dialect.delimiter.join(self._cell(text, number) for text in cells) + self._dialect.newline

    def _cell(self, text: str, line: int) -> str:
        if _CONTROL.search(text):
            raise RefusedError(MapFindingCode.VALUE_NOT_WRITABLE, "a control character", f"line {line}", value=text)
        if not (self._dialect.quote_all or self._needs_quotes.search(text)):
            return text
        quote = self._dialect.quote
        if quote:
            return f"{quote}{text.replace(quote, quote * 2)}{quote}"
        if self._dialect.delimiter in text or _LINE_END.search(text):
            raise RefusedError(MapFindingCode.VALUE_NOT_WRITABLE, "a delimiter, and the form has no quotes", f"line {line}", value=text)
        return text


def _ordered(row: RowWritten, names: Sequence[str]) -> list[str]:
    return [row.cells.get(name, "") for name in names]


def _labels(names: Sequence[str], first: int) -> dict[str, str]:
    return {name: f"column {number}" if name.startswith("#") else f"column {number} ({name})" for number, name in enumerate(names, first)}


def _place(text: str, position: int) -> str:
    line = len(_LINE_END.findall(text, 0, position)) + 1
    return f"line {line}, column {position - max(text.rfind(chr(10), 0, position), text.rfind(chr(13), 0, position))}"


class _Scanner:
    """Cells of a text."""

    def __init__(self, text: str, dialect: CsvDialect, limits: Limits) -> None:
        self._text, self._quote, self._limits = text, dialect.quote, limits
        self._plain = re.compile(f"[^{re.escape(dialect.delimiter)}\r\n]*")
        self._delimiter = dialect.delimiter

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row that holds anything. Raises RefusedError."""
        text, position, line, count = self._text, 0, 1, 0
        if control := _CONTROL.search(text):
            raise RefusedError(_CODE, "a control character", _place(text, control.start()))
        while position < len(text):
            cells, begins = [], line
            while True:
                cell, position = self._cell(position)
                line += len(_LINE_END.findall(cell))
                cells.append(cell)
                if position >= len(text) or text[position] != self._delimiter:
                    break
                position += 1
            if end := _LINE_END.match(text, position):
                position, line = end.end(), line + 1
            count += len(cells)
            if count > self._limits.values:
                raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many values", f"line {begins}")
            if any(cells):
                yield begins, cells

    def _cell(self, position: int) -> tuple[str, int]:
        """The text of a cell, and where it ends."""
        text, quote = self._text, self._quote
        if not quote or not text.startswith(quote, position):
            match = self._plain.match(text, position)
            assert match is not None
            return self._limited(match[0], position), match.end()
        begins, position = position, position + 1
        while True:
            position = text.find(quote, position)
            if position < 0:
                raise RefusedError(_CODE, "a quote that is not closed", _place(text, begins))
            if not text.startswith(quote, position + 1):
                break
            position += 2
        cell = self._limited(text[begins + 1 : position].replace(quote * 2, quote), begins)
        position += 1
        if position < len(text) and text[position] not in f"{self._delimiter}\r\n":
            raise RefusedError(_CODE, "text behind a closing quote", _place(text, position))
        return cell, position

    def _limited(self, cell: str, position: int) -> str:
        if len(cell) > self._limits.characters:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "a cell with too many characters", _place(self._text, position))
        return cell
