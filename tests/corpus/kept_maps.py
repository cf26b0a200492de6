"""What is kept of the maps' part of the corpus: sets that do not become a document and why, and the figures that must not get worse."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from tests.corpus.maps import Mapped, codes

__all__ = ["FIGURES", "UNMAPPED", "Figures", "Unmapped", "figures", "kept_figures", "kept_unmapped", "unmapped", "write"]

UNMAPPED: Final = Path(__file__).with_name("unmapped.tsv")
FIGURES: Final = Path(__file__).with_name("mapped.tsv")


class Unmapped(NamedTuple):
    """A set that its map refuses, or that does not come back: codes, and the reason by hand. No value of a partner's data stands here."""

    map: str
    codes: str
    reason: str


class Figures(NamedTuple):
    """Of the sets of one map, how many there are and what became of them."""

    sets: int
    decoded: int
    mended: int  #: decoded after their check digits were put right
    restored: int  #: with residue the same wire again, segment by segment
    elements: int  #: with a value, in the sets that were decoded
    lost: int  #: of these, gone without residue


def unmapped(found: Iterable[Mapped]) -> dict[str, tuple[str, str]]:
    """Set -> its map and the codes of its faults, of those that did not decode as they stand or did not come back."""
    return {one.key: (one.map, codes(one)) for one in found if not (one.decoded and one.restored)}


def figures(found: Iterable[Mapped]) -> dict[str, Figures]:
    """Map -> figures."""
    table: dict[str, list[Mapped]] = {}
    for one in found:
        table.setdefault(one.map, []).append(one)
    return {
        name: Figures(
            len(sets),
            sum(one.decoded for one in sets),
            sum(one.mended for one in sets),
            sum(one.restored for one in sets),
            sum(one.elements for one in sets),
            sum(one.lost.total() for one in sets),
        )
        for name, sets in sorted(table.items())
    }


def kept_unmapped() -> dict[str, Unmapped]:
    """The kept table of sets."""
    return {row.pop("set"): Unmapped(**row) for row in _rows(UNMAPPED)}


def kept_figures() -> dict[str, Figures]:
    """The kept figures."""
    return {row.pop("map"): Figures(**{key: int(value) for key, value in row.items()}) for row in _rows(FIGURES)}


def write(found: Iterable[Mapped]) -> None:
    """Write both tables anew; reasons stay, and a row without one is for a person to fill in."""
    listed = list(found)
    reasons = {key: row.reason for key, row in kept_unmapped().items()}
    _write(UNMAPPED, ("set", *Unmapped._fields), ((key, *row, reasons.get(key, "")) for key, row in sorted(unmapped(listed).items())))
    _write(FIGURES, ("map", *Figures._fields), ((name, *row) for name, row in figures(listed).items()))


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, delimiter="\t", lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
