"""What goes into a map beside the data, and what comes out beside the document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from typing import Any, NamedTuple

from canonical.base import Document, SourceRef
from edi.tree import Tree
from maps.finding import MapFinding, Severity
from maps.run.residue import Residue

__all__ = ["DecodeContext", "Decoded", "EncodeContext", "Encoded", "Lineage"]


@dataclass(frozen=True, slots=True)
class DecodeContext:
    """What a map needs to know of the agreement and the interchange to read a transaction set."""

    own: str  #: our station; with the partner, the root of global ids
    partner: str
    zone: tzinfo  #: of times that name none
    source_ref: SourceRef
    currency: str | None = None  #: where the wire names none
    decimal: str = "."  #: every mark that may stand for the decimal point
    lineage: bool = True


@dataclass(frozen=True, slots=True)
class EncodeContext:
    """What a map needs to know to write a transaction set."""

    zone: tzinfo  #: in which local times are written
    decimal: str = "."  #: the decimal mark


class Lineage(NamedTuple):
    """Where one value came from, or went to."""

    path: str  #: `$.lines[1].item.gtin`
    kind: str  #: direct, table (through a code table), defaulted (by the map or the agreement)
    tag: str  #: of the segment; empty in partners' own forms
    position: int  #: of the segment in the set, from 1; in a table or XML the line of the payload; 0 when written or not on the wire
    place: str  #: `07`, `01.2`; in partners' own forms the key, path or column
    raw: str
    codec: str
    rule: str  #: address of the rule


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a decoding beside the document."""

    lineage: tuple[Lineage, ...]
    residue: Callable[[], tuple[Residue, ...]]


@dataclass(frozen=True)
class Decoded:
    """One transaction set read. There is a document only if no finding is an error."""

    document: Document | None
    data: Mapping[str, Any]  #: the JSON form, as far as it could be made
    findings: tuple[MapFinding, ...]
    _told: "Told | Callable[[], Decoded]" = field(repr=False, compare=False)  #: or what tells it, by going the long way

    @cached_property
    def _kept(self) -> Told:
        told = self._told
        return told if isinstance(told, Told) else told()._kept

    @property
    def lineage(self) -> tuple[Lineage, ...]:
        """Where each value came from. Made when asked for, where nothing was wrong."""
        return self._kept.lineage

    @cached_property
    def residue(self) -> tuple[Residue, ...]:
        """What the document does not hold of the wire: given to `encode`, it restores the original. Made when asked for."""
        return self._kept.residue()

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True)
class Encoded:
    """One document written. There is a tree only if no finding is an error."""

    tree: Tree | Any | None  #: a Tree, or the JSON value of a JSON map
    findings: tuple[MapFinding, ...]
    _lineage: Callable[[], tuple[Lineage, ...]] = field(repr=False, compare=False)

    @cached_property
    def lineage(self) -> tuple[Lineage, ...]:
        """Where each value went to. Made when asked for, where nothing was wrong."""
        return self._lineage()

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)
