"""What differs between the rule families, as one value: envelope tags, and where header fields stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edi.charset import Decode
from edi.delimiters import Delimiters
from edi.finding import Finding
from edi.source import Source
from edi.values import Identity, Segment, Standard

__all__ = ["Dialect", "GroupFields", "InterchangeFields", "Level", "Opening", "SetFields"]


class Level(NamedTuple):
    """One level of the envelope. All trailers have the count in element 1 and the control number in element 2."""

    header: str
    trailer: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first characters of an interchange say: its separators, its header, and where the rest begins."""

    delimiters: Delimiters
    header: Segment | None  #: None where the header is a segment like any other, and the first of the rest
    rest: int  #: position in the source where the rest begins
    findings: tuple[Finding, ...] = ()
    readable: bool = True  #: False when separators are so wrong that nothing after the header means anything


class InterchangeFields(NamedTuple):
    """The header fields of an interchange, trimmed."""

    syntax_id: str
    version: str
    sender: Identity
    receiver: Identity
    date: str
    time: str
    control_number: str
    ack_requested: bool
    usage: str


class GroupFields(NamedTuple):
    """The header fields of a functional group."""

    functional_id: str
    sender: str
    receiver: str
    control_number: str
    release: str


class SetFields(NamedTuple):
    """The header fields of a transaction set."""

    set_id: str
    control_number: str
    release: str
    industry: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """A rule family. The functions read header segments; the checks give the faults within one header."""

    standard: Standard
    interchange: Level
    group: Level
    set: Level
    begins: tuple[str, ...]  #: what an interchange can begin with
    service: frozenset[str]  #: tags that may stand in the interchange outside of groups
    opens: Callable[[Source, int], Opening | None]  #: None when no interchange of this family begins there
    interchange_fields: Callable[[Segment], InterchangeFields]
    group_fields: Callable[[Segment], GroupFields]
    set_fields: Callable[[Segment, GroupFields], SetFields]
    check_interchange: Callable[[Segment], list[Finding]]
    check_group: Callable[[Segment], list[Finding]]
    check_set: Callable[[Segment], list[Finding]]
    belongs: Callable[[str, str], bool]  #: whether a set may travel in a group with this functional identifier
    usual_header: Callable[[Delimiters], str]  #: a pattern of set headers in which nothing can be wrong, without the terminator
    usual_fields: Callable[[Sequence[str | None], GroupFields], SetFields]  #: what the groups of that pattern say
    decode: Callable[[InterchangeFields], Decode]  #: how text is decoded, once the header is read
