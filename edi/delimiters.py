"""The separators of one interchange (X12.5 ISA; ISO 9735-1 UNA service string advice)."""

import re
from dataclasses import dataclass

__all__ = ["EDIFACT_DEFAULT", "X12_DEFAULT", "Delimiters"]


@dataclass(frozen=True, slots=True)
class Delimiters:
    """One character each; what a syntax does not have is `None`. X12 has no release character and no decimal mark but '.'."""

    element: str
    component: str
    segment: str
    repetition: str | None = None
    release: str | None = None
    decimal: str = "."

    def in_data(self) -> frozenset[str]:
        """The characters that cannot stand in data unless they are released."""
        return frozenset(c for c in (self.element, self.component, self.segment, self.repetition, self.release) if c)

    def printable(self) -> str:
        """The character class, as in a regular expression, of what is printed, no blank and no separator."""
        return f"[{re.escape(''.join(c for c in map(chr, range(0x21, 0x7F)) if c not in self.in_data()))}]"

    def are_distinct(self) -> bool:
        """Whether no character has two meanings."""
        used = [c for c in (self.element, self.component, self.segment, self.repetition, self.release) if c]
        return len(set(used)) == len(used)


X12_DEFAULT = Delimiters(element="*", component=">", segment="~")
EDIFACT_DEFAULT = Delimiters(element="+", component=":", segment="'", release="?", decimal=".")
