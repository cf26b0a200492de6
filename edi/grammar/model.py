"""What a standard says of sets, segments and elements. Def is the thing, Use is its place in another thing.

All but `SyntaxNote` compare and hash by identity: a definition is made once by the loader, and what is compiled from it is cached on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from edi.values import Standard

__all__ = [
    "CompositeDef",
    "ElementDef",
    "ElementUse",
    "LoopUse",
    "MessageDef",
    "Requirement",
    "SegmentDef",
    "SegmentUse",
    "SyntaxNote",
]


class Requirement(StrEnum):
    """Whether a thing must stand in its place."""

    MANDATORY = "M"
    OPTIONAL = "O"  #: X12 optional, EDIFACT C
    CONDITIONAL = "X"  #: a syntax note decides


@dataclass(frozen=True, slots=True, eq=False)
class ElementDef:
    """A data element: its id, type and lengths, and its code list when it has one."""

    id: str  #: "353", "1225"
    type: str  #: X12: AN ID DT TM R N0..N9 B; EDIFACT: a n an
    min_length: int
    max_length: int
    codes: frozenset[str] | None = None  #: None: no list is known, every value passes
    label: str = ""
    carried: str = ""  #: the release that this is carried over from, where it is not known of its own: its codes may have become more


@dataclass(frozen=True, slots=True, eq=False)
class CompositeDef:
    """A composite data structure and its components."""

    id: str  #: "C040", "C507"
    components: tuple["ElementUse", ...]
    notes: tuple["SyntaxNote", ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ElementUse:
    """An element or composite in its place in a segment or composite."""

    definition: ElementDef | CompositeDef
    requirement: Requirement
    max_repeat: int = 1


@dataclass(frozen=True, slots=True)
class SyntaxNote:
    """A condition between elements: relation P R E C L (X12.6) over 1-based element positions."""

    relation: str
    elements: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentDef:
    """A segment and its elements in order."""

    tag: str
    elements: tuple[ElementUse, ...]
    notes: tuple[SyntaxNote, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SegmentUse:
    """A segment in its place in a set or loop. `max_use` None is unlimited."""

    definition: SegmentDef
    requirement: Requirement
    max_use: int | None
    sequence: int  #: order in the grammar, unique in the set, increasing in the order of writing
    area: int = 1  #: heading, detail, summary

    @property
    def tag(self) -> str:
        """The tag of the segment that stands here."""
        return self.definition.tag


@dataclass(frozen=True, slots=True, eq=False)
class LoopUse:
    """A loop (segment group) in its place; its first child is the trigger segment, which begins each repetition."""

    loop_id: str  #: X12: tag of the trigger or as the standard names it ("N1", "HL"); EDIFACT: "SG2"
    requirement: Requirement
    max_use: int | None
    children: tuple["SegmentUse | LoopUse", ...]
    sequence: int
    area: int = 1

    @property
    def trigger(self) -> SegmentUse:
        """The segment whose arrival begins a repetition."""
        first = self.children[0]
        assert isinstance(first, SegmentUse)
        return first


@dataclass(frozen=True, slots=True, eq=False)
class MessageDef:
    """One transaction set or message as the standard has it; the root is a loop that occurs once."""

    standard: Standard
    release: str  #: "004010", "D96A"
    set_id: str
    root: LoopUse = field(repr=False)  #: loop_id is the set id; children run from ST/UNH to SE/UNT
    segments: Mapping[str, SegmentDef] = field(repr=False)  #: every segment of the release, to tell unknown from misplaced
    functional_id: str = ""  #: GS01 that this set travels in
    label: str = ""
