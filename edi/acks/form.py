"""The two acknowledgments of a functional group, 997 and 999: what differs between them, as one value."""

from dataclasses import dataclass
from typing import Literal

from edi.acks.codes import Codes

__all__ = ["Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """One of the two in one release. `segment_codes` and the like are keys of `MEANINGS`."""

    set_id: Literal["997", "999"]
    codes: Codes
    release: str  #: what GS08 says
    guide: str  #: what ST03 says; empty: nothing
    segment: str  #: AK3, IK3
    element: str  #: AK4, IK4
    trailer: str  #: AK5, IK5
    segment_codes: str
    element_codes: str
    set_codes: str
    most_elements: int  #: notes on elements below one on a segment
