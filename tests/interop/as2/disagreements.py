"""The kept table of cells over which a peer and we differ: who is right, and why. A difference that no row describes is new."""

import csv
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.interop.as2.cells import Cell

__all__ = ["Disagreement", "find", "kept"]

_KEPT: Final = Path(__file__).parents[1] / "as2_disagreements.tsv"


@dataclass(frozen=True)
class Disagreement:
    """One row."""

    id: str
    peer: str
    sender: str  #: "us" or "peer"
    where: str  #: `field=value|value` with a blank between conditions; all must hold
    stage: str  #: of `exchange.Outcome`
    says: str  #: what the outcome's words contain
    right: str  #: "we", or "both" where the standard leaves it open
    why: str

    def fits(self, cell: Cell, stage: str, detail: str) -> bool:
        """Whether it describes this outcome."""
        values = asdict(cell)
        conditions = (condition.partition("=") for condition in self.where.split())
        return (
            (self.peer, self.sender, self.stage) == (cell.peer, cell.sender, stage)
            and self.says.lower() in detail.lower()
            and all(values[name] in wanted.split("|") for name, _, wanted in conditions)
        )


@cache
def kept() -> tuple[Disagreement, ...]:
    """All rows."""
    with _KEPT.open(encoding="utf-8", newline="") as lines:
        return tuple(Disagreement(**row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def find(cell: Cell, stage: str, detail: str) -> Disagreement | None:
    """The row that describes an outcome."""
    return next((row for row in kept() if row.fits(cell, stage, detail)), None)
