"""The kept table: documents with a valid envelope that are not accepted, and why they are truly faulty. The reasons are by hand."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["TABLE", "Kept", "kept", "write"]

TABLE: Final = Path(__file__).with_name("faulty.tsv")
_COLUMNS: Final = ("path", "codes", "reason")


class Kept(NamedTuple):
    """A row: no value of a partner's data stands in it, only places and what is wrong."""

    codes: str
    reason: str


def kept() -> dict[str, Kept]:
    """Path -> the codes of its errors and the reason."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["path"]: Kept(row["codes"], row["reason"]) for row in csv.DictReader(lines, delimiter="\t")}


def write(rows: Mapping[str, Kept]) -> None:
    """Write the table anew, by path. A row without a reason is for a person to fill in; the test refuses it."""
    with TABLE.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, delimiter="\t", lineterminator="\n")
        table.writerow(_COLUMNS)
        table.writerows((path, *rows[path]) for path in sorted(rows))
