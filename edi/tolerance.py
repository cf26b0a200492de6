"""Permitted deviations from the standard, each by name. The zero value is the standard itself."""

from dataclasses import dataclass

from edi.finding import Severity

__all__ = ["STANDARD", "Tolerance"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What an agreement forgives. `Severity` switches say how a fault is reported, `None` that it is not."""

    code_lists: Severity | None = Severity.ERROR  #: a code value outside its list
    syntax_notes: Severity | None = Severity.ERROR  #: conditions between elements (P R E C L, D1-D7)
    unknown_segments: Severity | None = Severity.ERROR  #: a segment that the standard or the set does not know
    trailing_separators: Severity | None = Severity.WARNING  #: empty elements at the end of a segment
    padding: Severity | None = Severity.ERROR  #: blanks around a value and zeros that say nothing, beyond its length or in a number
    character_set: Severity | None = Severity.ERROR  #: characters outside the agreed repertoire
    lower_case: Severity | None = Severity.WARNING  #: a to z, @ and other ASCII that the named level (UNOA, UNOB) does not have
    group_kind: Severity | None = Severity.ERROR  #: a set in a group with another set's functional identifier (850 in IN)
    unused: Severity | None = Severity.ERROR  #: segments and elements that the partner's guide marks as not used
    decimal_mark: Severity | None = Severity.ERROR  #: EDIFACT: the decimal mark that the interchange does not name, comma or point
    max_findings: int = 100  #: per transaction set; one more finding says that more were found

    def __post_init__(self) -> None:
        """Raises ValueError when the limit is not positive."""
        if self.max_findings < 1:
            raise ValueError("max_findings is at least 1")

    def marks(self, said: str) -> str:
        """Every mark that may stand for the decimal point, where the interchange names these."""
        return said if self.decimal_mark is Severity.ERROR else said + "".join(mark for mark in ".," if mark not in said)


STANDARD = Tolerance()  #: nothing is forgiven
