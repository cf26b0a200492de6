"""The envelope as values: interchange, functional group, transaction set. Made by `edi.read`, written by `edi.write`."""

from dataclasses import dataclass, field

from edi.delimiters import Delimiters
from edi.finding import Finding
from edi.lines import Lines
from edi.values import Identity, Segment, Standard

__all__ = ["FunctionalGroup", "Interchange", "TransactionSet"]


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One business message on the wire, ST to SE or UNH to UNT. Its segments are taken apart when they are asked for."""

    standard: Standard
    set_id: str  #: "850", "ORDERS"
    control_number: str  #: ST02; UNH 0062; verbatim
    release: str  #: "004010", "D96A": without industry suffix, blanks or dots
    industry: str  #: what follows the release: "VICS" of 004010VICS; association code "EAN008" of UNH 0057; may be empty
    lines: Lines
    start: int  #: byte offsets of the whole set in the data that was read
    end: int
    findings: tuple[Finding, ...] = ()  #: of its own envelope: trailer, count, control number

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All segments, header and trailer included."""
        return self.lines.segments()


@dataclass(frozen=True, slots=True)
class FunctionalGroup:
    """A group GS-GE or UNG-UNE; the implicit one of EDIFACT has `header=None`."""

    header: Segment | None
    trailer: Segment | None
    functional_id: str  #: GS01; empty in EDIFACT
    sender: str  #: GS02; UNG S006
    receiver: str  #: GS03; UNG S007
    control_number: str  #: GS06; UNG 0048; empty when implicit
    release: str  #: GS08 verbatim, "004010VICS"; empty in EDIFACT
    transaction_sets: tuple[TransactionSet, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Interchange:
    """Everything between ISA and IEA, or UNA/UNB and UNZ."""

    standard: Standard
    delimiters: Delimiters
    header: Segment  #: ISA or UNB
    trailer: Segment | None
    syntax_id: str  #: UNB 0001 "UNOC"; empty in X12
    version: str  #: ISA12 "00401"; UNB 0002 "3"
    sender: Identity
    receiver: Identity
    date: str  #: verbatim: ISA09 YYMMDD; UNB 0017
    time: str
    control_number: str  #: ISA13; UNB 0020
    ack_requested: bool  #: ISA14; UNB 0031
    usage: str  #: "test", "live" or "information" (ISA15 T P I; UNB 0035 1 is test)
    groups: tuple[FunctionalGroup, ...]
    start: int  #: byte offsets in the data that was read
    end: int
    findings: tuple[Finding, ...] = field(default=())  #: of the interchange itself, not of its groups and sets
    service_segments: tuple[Segment, ...] = ()  #: TA1 and the like: in the interchange, in no group

    @property
    def is_test(self) -> bool:
        """Whether the sender marked it as test traffic."""
        return self.usage == "test"

    @property
    def decimal_marks(self) -> str:
        """Every mark that may stand for the decimal point; from EDIFACT syntax version 4 on it is either one (ISO 9735-1 10.1)."""
        if self.standard is Standard.EDIFACT and self.version >= "4":
            return ".,"
        return self.delimiters.decimal

    @property
    def transaction_sets(self) -> tuple[TransactionSet, ...]:
        """All sets of all groups, in order."""
        return tuple(s for group in self.groups for s in group.transaction_sets)
