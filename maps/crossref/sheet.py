"""Cross references as CSV: one row a line under a heading. A sheet is read as a whole: all its faults, or all its rows."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from maps.crossref.rows import KEYS, Direction, Kind, Row, conflicts, faults_of, keys_of

__all__ = ["COLUMNS", "MOST_ROWS", "Sheet", "SheetFault", "read", "row_of", "write"]

_FIXED: Final = ("partner", "kind", "theirs", "ours", "direction", "validFrom", "validTo", "preferred", "factor")
_KEYS: Final = tuple(dict.fromkeys(name for names in KEYS.values() for name in names))
COLUMNS: Final = (*_FIXED, *_KEYS)  #: in this order they are written; they may be read in any
MOST_ROWS: Final = 500_000
_MOST_FAULTS: Final = 200
_FLAGS: Final = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True, "x": True}
_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")
_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,13}")


@dataclass(frozen=True, slots=True)
class SheetFault:
    """Why a sheet cannot be taken, at its line."""

    line: int  #: from 1, the heading included; 0: the whole sheet
    column: str
    message: str  #: fixed words; what stands in the sheet is not repeated

    def __str__(self) -> str:
        """`line 7, factor: only units have one`."""
        return ", ".join(part for part in (f"line {self.line}" if self.line else "", self.column) if part) + f": {self.message}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: rows with their lines, or faults; with a fault there is nothing to take."""

    rows: tuple[tuple[int, Row], ...]
    faults: tuple[SheetFault, ...]


def read(text: str, usual: Mapping[str, str] | None = None) -> Sheet:
    """Read a sheet. `usual` stands for columns that it does not have, such as the partner. Comma or semicolon, as the heading has it."""
    first = text.removeprefix("\ufeff").split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, Row]] = []
    faults: list[SheetFault] = []
    try:
        heading = [name.strip() for name in next(reader, [])]
        faults += _heading_faults(heading, usual or {})
        for cells in () if faults else reader:
            if any(cell.strip() for cell in cells):
                _line(reader.line_num, cells, heading, usual or {}, rows, faults)
            if len(rows) > MOST_ROWS:
                faults.append(SheetFault(0, "", f"more than {MOST_ROWS} rows; split the sheet"))
                break
    except csv.Error:
        faults.append(SheetFault(reader.line_num, "", "this is no CSV: a quotation mark is missing, or a cell is too long"))
    faults += _double(rows)
    if len(faults) > _MOST_FAULTS:
        faults = [*faults[:_MOST_FAULTS], SheetFault(0, "", f"{len(faults) - _MOST_FAULTS} more faults are not listed")]
    return Sheet(() if faults else tuple(rows), tuple(sorted(faults, key=lambda fault: fault.line or MOST_ROWS * 10)))


def _heading_faults(heading: list[str], usual: Mapping[str, str]) -> Iterator[SheetFault]:
    if not heading:
        yield SheetFault(0, "", f"empty; the first line names the columns: {', '.join(_FIXED)}")
        return
    for name in dict.fromkeys(heading):
        if name not in COLUMNS:
            yield SheetFault(1, name[:20], f"no such column; there are {', '.join(COLUMNS)}")
        elif heading.count(name) > 1:
            yield SheetFault(1, name, "stands twice")
    for name in ("partner", "kind", "theirs", "ours"):
        if name not in heading and name not in usual:
            yield SheetFault(1, name, "is missing")


def _line(
    line: int, cells: list[str], heading: list[str], usual: Mapping[str, str], rows: list[tuple[int, Row]], faults: list[SheetFault]
) -> None:
    if len(cells) > len(heading):
        faults.append(SheetFault(line, "", "more cells than the heading has columns"))
        return
    row = row_of({**usual, **{name: cell.strip() for name, cell in zip(heading, cells, strict=False)}})
    if isinstance(row, Row):
        rows.append((line, row))
    else:
        faults.extend(SheetFault(line, column, message) for column, message in row)


def row_of(said: Mapping[str, str]) -> Row | list[tuple[str, str]]:
    """The row of texts by column, or every column that is wrong with why. A GTIN may have 8, 12 or 13 digits."""
    faults: list[tuple[str, str]] = []
    kind, direction = said.get("kind", ""), said.get("direction", "") or Direction.BOTH.value
    if kind not in list(Kind):
        return [("kind", f"is one of {', '.join(Kind)}")]
    if direction not in list(Direction):
        faults.append(("direction", f"is one of {', '.join(Direction)}"))
        direction = Direction.BOTH
    start, end = (_date(said.get(column, ""), column, faults) for column in ("validFrom", "validTo"))
    preferred = _FLAGS.get(said.get("preferred", "").lower())
    if preferred is None:
        faults.append(("preferred", "is yes or no"))
    factor = said.get("factor", "")
    if factor and not _NUMBER.fullmatch(factor):
        faults.append(("factor", "is a number above 0, with a point and no exponent"))
    theirs = said.get("theirs", "")
    if kind == Kind.ITEM and said.get("scheme") == "gtin" and _GTIN.fullmatch(theirs):
        theirs = theirs.zfill(14)
    row = Row(
        partner=said.get("partner", ""),
        kind=Kind(kind),
        theirs=theirs,
        ours=said.get("ours", ""),
        direction=Direction(direction),
        keys=keys_of(Kind(kind), {name: said[name] for name in _KEYS if said.get(name)}),
        valid_from=start,
        valid_to=end,
        preferred=bool(preferred),
        factor=Decimal(factor).normalize() if _NUMBER.fullmatch(factor) else None,
    )
    return [*faults, *faults_of(row)] or row


def _date(text: str, column: str, faults: list[tuple[str, str]]) -> date | None:
    if not text:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.append((column, "is a day, written 2026-11-18"))
    return None


def _double(rows: list[tuple[int, Row]]) -> Iterator[SheetFault]:
    first: dict[tuple[str, ...], int] = {}
    unique: dict[tuple[str, ...], Row] = {}
    for line, row in rows:
        before = first.setdefault(row.identity, line)
        unique.setdefault(row.identity, row)
        if before != line:
            yield SheetFault(line, "theirs", f"the same row as in line {before}: partner, kind, theirs, direction, validFrom and narrowing")
    for one, other in conflicts(unique.values()):
        yield SheetFault(
            first[other.identity], "preferred", f"answers the same as line {first[one.identity]} with something else: prefer one"
        )


def write(rows: Iterable[Row]) -> str:
    """Rows as a sheet that `read` gives back; columns that no row uses are left out."""
    listed = [_cells(row) for row in rows]
    used = [name for name in COLUMNS if name in _FIXED or any(cells.get(name) for cells in listed)]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, used, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue()


def _cells(row: Row) -> dict[str, str]:
    return {
        "partner": row.partner,
        "kind": row.kind.value,
        "theirs": row.theirs,
        "ours": row.ours,
        "direction": row.direction.value,
        "validFrom": row.valid_from.isoformat() if row.valid_from else "",
        "validTo": row.valid_to.isoformat() if row.valid_to else "",
        "preferred": "yes" if row.preferred else "",
        "factor": f"{row.factor:f}" if row.factor is not None else "",
        **dict(row.keys),
    }
