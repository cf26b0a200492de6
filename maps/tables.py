"""Code tables: the wire's code and the document's word. Many codes may mean one word; one of them is written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["RESERVED", "CodeTable", "OnMissing", "Row", "extended", "parse_table"]

RESERVED = frozenset({"extend", "onMissing"})  #: keys of a table in a file that are no codes


class OnMissing(StrEnum):
    """What a code that no row has becomes."""

    ERROR = "error"
    RESIDUE = "residue"  #: left out of the document, kept beside it
    PASSTHROUGH = "passthrough"  #: `x12:QK`, with the rule family in front


@dataclass(frozen=True, slots=True)
class Row:
    """One code and its word. A code may have several rows, of which one is read."""

    wire: str
    to: str
    inbound: bool = True
    outbound: bool = True


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table by name. Outbound, the first row that is not `dir: in` counts, so the order of rows has a meaning."""

    name: str
    rows: tuple[Row, ...]
    on_missing: OnMissing = OnMissing.ERROR
    words: Mapping[str, str] = field(init=False, repr=False)  #: code -> word
    codes: Mapping[str, str] = field(init=False, repr=False)  #: word -> preferred code

    def __post_init__(self) -> None:
        """Index both directions."""
        object.__setattr__(self, "words", {row.wire: row.to for row in self.rows if row.inbound})
        object.__setattr__(self, "codes", {row.to: row.wire for row in reversed(self.rows) if row.outbound})

    def doubled(self) -> tuple[str, ...]:
        """Words that two rows would write: outbound, the table is no function."""
        written = [row.to for row in self.rows if row.outbound]
        return tuple(dict.fromkeys(word for word in written if written.count(word) > 1))


def parse_table(name: str, raw: Mapping[Any, Any], fault: Callable[..., None]) -> CodeTable:
    """A table of a file as a value; what is wrong is told to `fault`, with its code, and that row is left out."""
    rows: list[Row] = []
    for code, target in raw.items():
        if code in RESERVED:
            continue
        if not isinstance(code, str):
            fault(f"the code {code} must stand in quotes, so that no zero is lost", str(code))
            continue
        found = [_row(code, one) for one in (target if isinstance(target, list) else [target])]
        rows += [row for row in found if row is not None]
        if None in found or sum(row is not None and row.inbound for row in found) > 1:
            fault(f"code {code} must have a word, or {{to: word, dir: in or out}}, or a list of these of which one is read", code)
    missing = raw.get("onMissing", "error")
    if missing not in list(OnMissing):
        fault("onMissing must be error, residue or passthrough")
        missing = "error"
    return CodeTable(name, _preferring(rows), OnMissing(missing))


def _row(code: str, target: object) -> Row | None:
    if isinstance(target, str) and target:
        return Row(code, target)
    if not isinstance(target, Mapping) or not set(target) <= {"to", "dir"} or not isinstance(target.get("to"), str):
        return None
    direction = target.get("dir", "both")
    if direction not in {"in", "out", "both"}:
        return None
    return Row(code, target["to"], inbound=direction != "out", outbound=direction != "in")


def _preferring(rows: Iterable[Row]) -> tuple[Row, ...]:
    """A row for one direction only comes first: `dir: out` says that it is the one to write."""
    kept = list(rows)
    return tuple([row for row in kept if not row.inbound] + [row for row in kept if row.inbound])


def extended(lower: Mapping[Any, Any], upper: Mapping[Any, Any]) -> dict[Any, Any]:
    """The rows of `upper` before those of `lower`, so that their codes are written; null takes a row away."""
    added = {code: row for code, row in upper.items() if code != "extend"}
    # a list: a code may have several rows, and a wrong one need not be hashable
    written = [_word(one) for row in added.values() for one in (row if isinstance(row, list) else [row]) if _outbound(one)]
    kept = {code: _read_only(row) if _word(row) in written else row for code, row in lower.items() if code not in added}
    return {**{code: row for code, row in added.items() if row is not None}, **kept}


def _word(row: object) -> object:
    return row.get("to") if isinstance(row, Mapping) else row


def _outbound(row: object) -> bool:
    return row is not None and not (isinstance(row, Mapping) and row.get("dir") == "in")


def _read_only(row: object) -> object:
    """A row of the base whose word the overlay writes by another code: it is still read."""
    return row if isinstance(row, Mapping) and row.get("dir") in {"in", "out"} else {"to": _word(row), "dir": "in"}
