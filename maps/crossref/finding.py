"""What cross referencing finds in a document: a closed list, and the value that says one was found at a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from edi.finding import Severity
from maps.crossref.rows import Direction, Kind

__all__ = ["MESSAGES", "CrossFinding", "CrossFindingCode"]


class CrossFindingCode(StrEnum):
    """Every fault that cross referencing can find."""

    UNKNOWN = "cross-reference-unknown"
    DEFAULTED = "cross-reference-defaulted"
    NOT_WHOLE = "quantity-not-whole"
    TOO_LARGE = "quantity-too-large"
    NOT_POSSIBLE = "cross-reference-not-possible"


MESSAGES: Final[Mapping[CrossFindingCode, str]] = {
    CrossFindingCode.UNKNOWN: "No cross reference says what this is on the other side.",
    CrossFindingCode.DEFAULTED: "No cross reference names this value; the one for anything else was taken.",
    CrossFindingCode.NOT_WHOLE: "The quantity is not a whole number in the partner's unit.",
    CrossFindingCode.TOO_LARGE: "The converted quantity has more digits than a quantity can have.",
    CrossFindingCode.NOT_POSSIBLE: "The cross reference gives a value that cannot stand here.",
}


@dataclass(frozen=True, slots=True)
class CrossFinding:
    """One fault. Not an exception: the other values are translated all the same."""

    code: CrossFindingCode
    severity: Severity
    kind: Kind
    direction: Direction
    path: str  #: where in the document: `$.lines[1].item`
    value: str = field(repr=False)  #: what was looked up; never logged
    hint: str = ""  #: what to look at, fixed words

    @property
    def message(self) -> str:
        """Its words, without data."""
        return MESSAGES[self.code]
