"""What is to be written: sets in groups in an interchange, and how."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from edi.delimiters import Delimiters
from edi.values import Identity, Segment, Standard

__all__ = ["GroupTime", "OutgoingGroup", "OutgoingInterchange", "OutgoingSet", "WriteOptions"]

GroupTime = Literal["HHMM", "HHMMSS", "HHMMSSDD"]

_NOTHING: Final = Identity("00", "")
_UNUSED: Final = Identity("", "")


@dataclass(frozen=True, slots=True)
class OutgoingSet:
    """A set without its own ST/SE or UNH/UNT: the writer makes these and counts."""

    set_id: str
    control_number: str
    segments: Collection[Segment]
    implementation: str = ""  #: ST03, the guide; EDIFACT has none


@dataclass(frozen=True, slots=True)
class OutgoingGroup:
    """Sets of one kind and release. In EDIFACT it says what the UNH of its messages say; a UNG only when `functional_id` is given."""

    functional_id: str  #: GS01; EDIFACT: UNG 0038, or empty for no UNG
    sender: str  #: GS02
    receiver: str  #: GS03
    control_number: str  #: GS06; UNG 0048
    release: str  #: GS08 "004010VICS"; EDIFACT "D96A"
    sets: Iterable[OutgoingSet]  #: an iterator is written once
    association: str = ""  #: EDIFACT 0057, "EAN008"
    agency: str = ""  #: GS07, by default X; EDIFACT 0051, by default UN


@dataclass(frozen=True, slots=True)
class OutgoingInterchange:
    """All of one ISA-IEA or UNB-UNZ. `prepared` is written as it is: the partner's time zone is the caller's to choose."""

    standard: Standard
    sender: Identity
    receiver: Identity
    control_number: str
    prepared: datetime
    usage: str  #: "test", "live" or "information"
    version: str  #: ISA12 "00401"; UNB 0002 "3"
    ack_requested: bool
    groups: Iterable[OutgoingGroup]  #: an iterator is written once
    service_segments: tuple[Segment, ...] = ()  #: TA1
    authorization: Identity = _NOTHING  #: ISA01, ISA02
    security: Identity = _NOTHING  #: ISA03, ISA04
    password: Identity = _UNUSED  #: UNB 0025 and 0022, the recipient's reference or password
    application: str = ""  #: UNB 0026
    priority: str = ""  #: UNB 0029
    agreement: str = ""  #: UNB 0032
    sender_route: str = ""  #: UNB 0008, the address behind the sender
    receiver_route: str = ""  #: UNB 0014


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How it is written. The zero value is what the standards have as defaults."""

    delimiters: Delimiters | None = None  #: None: those of the standard
    newline: Literal["", "\n", "\r\n"] = ""  #: after each segment terminator; with a width, after each line
    width: int = 0  #: lines of so many bytes, wherever that falls; 0: none
    una: Literal["auto", "always"] = "auto"  #: auto: only where a separator is not the standard's
    charset: str = ""  #: EDIFACT 0001, by default UNOC; X12: a codec, by default utf-8
    for_separators: str | None = None  #: replaces a separator in X12 data; None: WriteError
    for_characters: str | None = None  #: replaces a character that the character set does not have; "" drops it; None: WriteError
    group_time: GroupTime = "HHMM"  #: GS05
