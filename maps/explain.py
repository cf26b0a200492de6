"""What a map does with a field, a place on the wire, a rule, a code or a word: the rows and table rows that speak of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edi.grammar.load import load
from edi.values import Standard
from maps.carried import Carried, carried, plain_path
from maps.coverage import segment_uses
from maps.model import MapSpec
from maps.source import Origin

__all__ = ["Explained", "TableRow", "explain"]

_PLACE: Final = re.compile(r"([A-Z][A-Z0-9]{1,2}?)(?:([0-9]{2})(?:\.[0-9]{1,2})?)?")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One code and its word in a table of the map."""

    table: str
    code: str
    word: str
    reads: bool
    writes: bool
    origin: Origin | None

    @property
    def arrow(self) -> str:
        """Which way it goes."""
        return "<->" if self.reads and self.writes else "-->" if self.reads else "<--"


@dataclass(frozen=True, slots=True)
class Explained:
    """What was found, and as what the question was taken."""

    kind: str  #: map, field, place (without rows: it is there, and no rule speaks of it), rule, value; empty: nothing is known of it
    rows: tuple[Carried, ...]
    table_rows: tuple[TableRow, ...]


def explain(spec: MapSpec, what: str = "") -> Explained:
    """Everything, or what speaks of one thing: `lines[].item.gtin`, `$.lines[0].item`, `PO107`, `REF`, `line/desc`, `CS`, `XCS`."""
    rows = tuple(carried(spec))
    table_rows = tuple(_table_rows(spec, {row.table for row in rows}))
    if not what:
        return Explained("map", rows, table_rows)
    tables = tuple(row for row in table_rows if what in {row.code, row.word, row.word.partition(" ")[0], row.table})
    by_rule = tuple(row for row in rows if row.rule == what or row.rule.startswith(f"{what}/"))
    if by_rule and "." not in what:
        return Explained("rule", by_rule, _of(by_rule, table_rows))
    path = plain_path(what)
    if found := tuple(row for row in rows if _about(row.path, path)):
        return Explained("field", found, _of(found, table_rows) if len(found) < len(rows) else ())
    match = _PLACE.fullmatch(what)
    if match is not None and (found := tuple(row for row in rows if _stands(row, match[1], match[2]))):
        return Explained("place", found, _of(found, table_rows))
    if tables:
        names = {row.table for row in tables}
        return Explained("value", tuple(row for row in rows if row.table in names), tables)
    if match is not None and _is_place(spec, match[1], match[2]):
        return Explained("place", (), ())
    return Explained("", (), ())


def _about(path: str, asked: str) -> bool:
    """Whether a row carries the field, or one within; `*` stands for any key."""
    if not path:
        return False
    own, wanted = path.removesuffix(" (the key)").split("."), asked.split(".")
    if len(own) < len(wanted):
        return False
    return all(mine in (theirs, "*") or mine.removesuffix("[]") == theirs for mine, theirs in zip(own, wanted, strict=False))


def _stands(row: Carried, tag: str, element: str | None) -> bool:
    return row.tag == tag and (element is None or int(element) in row.elements)


def _is_place(spec: MapSpec, tag: str, element: str | None) -> bool:
    """Whether the set has the segment, and the segment so many elements: no rule speaks of it, but it may come."""
    message = load(Standard(spec.syntax), spec.release, spec.set_id) if spec.syntax in {"x12", "edifact"} else None
    used = next((use.definition for use in segment_uses(message.root) if use.tag == tag), None) if message is not None else None
    return used is not None and (element is None or 1 <= int(element) <= len(used.elements))


def _of(rows: tuple[Carried, ...], table_rows: tuple[TableRow, ...]) -> tuple[TableRow, ...]:
    names = {row.table for row in rows if row.table and "qualifier" not in row.how}
    return tuple(row for row in table_rows if row.table in names)


def _table_rows(spec: MapSpec, used: set[str]) -> Iterator[TableRow]:
    for name, table in ((name, table) for name, table in spec.tables.items() if name in used):
        origins = spec.origins.get(f"tables.{name}", {})
        for row in table.rows:
            yield TableRow(name, row.wire, row.to, row.inbound, row.outbound, origins.get(row.wire) or origins.get(""))
