"""999, the implementation acknowledgment of one group (X12 transaction set 999, release 005010): it tells guide from standard."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from edi.acks.codes import Codes
from edi.acks.form import Form
from edi.acks.report import AckReport
from edi.acks.x12_read import read_group_response
from edi.envelope import TransactionSet
from edi.location import Location
from edi.values import ElementValue, Segment

__all__ = ["context", "form_999", "loop_id", "read_999"]

_RELEASE: Final = "005010"
_GUIDE: Final = "005010X231A1"  #: the guide of the 999 that goes with the guides of healthcare
_GUIDED: Final = re.compile(r"005010X\d{3}(A\d)?(E\d)?")
_TRIGGER: Final = "SITUATIONAL TRIGGER"
_LONGEST: Final = 35
_LONGEST_LOOP: Final = 4
_NUMBERED_LOOP: Final = re.compile(r"\d{4}[A-Z]{1,2}")
_MOST_ELEMENTS: Final = 9_999


class _Unit(NamedTuple):
    """What a business unit within a set is named by: its context name (CTX01-1), and where the name stands."""

    name: str
    tag: str
    element: int
    qualifier: str = ""  #: of element 1, where the segment serves for several things


_UNITS: Final = {
    "820": _Unit("ENT01", "ENT", 1),
    "270": _Unit("SUBSCRIBER NAME NM109", "NM1", 9, "IL"),
    "271": _Unit("SUBSCRIBER NAME NM109", "NM1", 9, "IL"),
    "276": _Unit("TRN02", "TRN", 2),
    "277": _Unit("TRN02", "TRN", 2),
    "834": _Unit("SUBSCRIBER NUMBER REF02", "REF", 2, "0F"),
    "835": _Unit("TRN02", "TRN", 2),
    "837": _Unit("CLM01", "CLM", 1),
}


def form_999(release: str) -> Form:
    """The 999 for a group of a release (GS08): by the guide of the 999 where the group names a guide, else by the standard."""
    guide = _GUIDE if _GUIDED.fullmatch(release) else ""
    return Form("999", Codes.IMPLEMENTATION, guide or _RELEASE, guide, "IK3", "IK4", "IK5", "620", "621", "618", _MOST_ELEMENTS)


def context(trigger: Location | None, place: Location, answered: TransactionSet | None = None) -> Iterator[Segment]:
    """The CTX below an IK3 or IK4: what the guide's condition looked at and, with a set given, the business unit that the place is in."""
    if trigger is not None and trigger.segment_tag and trigger.segment_position:
        yield Segment("CTX", (_TRIGGER, *_position(trigger)))
    unit = _UNITS.get(answered.set_id) if answered else None
    if answered is None or unit is None:
        return
    for segment in reversed(answered.segments[: place.segment_position or 0]):
        if segment.tag == unit.tag and unit.qualifier in ("", segment.get(1)):
            name = "".join(c if c.isascii() and c.isprintable() else "?" for c in segment.get(unit.element)).strip()
            if 0 < len(name) <= _LONGEST:
                yield Segment("CTX", ((unit.name, name),))
            return


def loop_id(location: Location, longest: int) -> str:
    """The innermost loop of a place, as it fits; of the loops of healthcare guides the number is enough: 2010AA is 2010."""
    loop = location.loop[-1] if location.loop else ""
    if len(loop) > longest:
        loop = loop[:longest] if _NUMBERED_LOOP.fullmatch(loop) else ""
    return loop


def _position(location: Location) -> tuple[ElementValue, ...]:
    loop = loop_id(location, _LONGEST_LOOP)
    position: ElementValue = "" if location.element is None else str(location.element)
    if location.element is not None and location.component is not None:
        position = (str(location.element), str(location.component))
    return location.segment_tag or "", str(location.segment_position), loop, position


def read_999(received: TransactionSet) -> AckReport | None:
    """What a partner's 999 says; None when it has no AK1 and so names nothing."""
    return read_group_response(received, form_999(received.release))
