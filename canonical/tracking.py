"""What carriers' status codes mean, as data: each word with its codes in X12 and EDIFACT and its business step.

A code that no row has is `UNMAPPED`, never the nearest word: whoever follows a load must see that nobody has said what it means.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from canonical.shipment_status import TrackingEvent

__all__ = ["APPOINTMENT_SET", "STATUSES", "UNMAPPED", "TrackingStatus", "degrees", "status_of", "word_of"]

UNMAPPED: Final = "unmapped"  #: nobody has said what this code means
APPOINTMENT_SET: Final = "appointmentSet"  #: an event that tells of an appointment (AT703), not of the goods


@dataclass(frozen=True, slots=True)
class TrackingStatus:
    """One word. Of several codes the first is written, the others are read only."""

    word: str
    x12: tuple[str, ...] = ()  #: element 1650
    edifact: tuple[str, ...] = ()  #: element 9011 of D.96A; D.01B has another list
    step: str = ""  #: business step in the core business vocabulary of EPCIS
    narrower: bool = False  #: whether EDIFACT has only the broader code, which is read as the broader word


STATUSES: Final[tuple[TrackingStatus, ...]] = (
    TrackingStatus("acknowledged", ("XB",), ("68",), "accepting"),
    TrackingStatus("arrived", (), ("1",), "arriving"),
    TrackingStatus("departed", (), ("24",), "departing"),
    TrackingStatus("arrivedPickup", ("X3", "X8"), ("1",), "arriving", narrower=True),
    TrackingStatus("loading", ("L1", "CP", "AM"), ("48",), "loading"),
    TrackingStatus("departedPickup", ("AF",), ("13",), "departing"),
    TrackingStatus("inTransit", ("X6",), ("31",), "transporting"),
    TrackingStatus("arrivedTerminal", ("X4",), ("1",), "arriving", narrower=True),
    TrackingStatus("departedTerminal", ("P1",), ("24",), "departing", narrower=True),
    TrackingStatus("estimatedDelivery", ("AG", "X2")),
    TrackingStatus("outForDelivery", ("AJ",), ("27",)),
    TrackingStatus("arrivedDelivery", ("X1", "X5"), ("1",), "arriving", narrower=True),
    TrackingStatus("delivered", ("D1",), ("21", "22"), "unloading"),
    TrackingStatus("delayed", ("SD",), ("20", "101"), "holding"),
    TrackingStatus("attempted", ("AH",), ("23",)),
    TrackingStatus("notCompleted", ("AP",), ("56",)),
    TrackingStatus("refused", ("A7",), ("77",)),
    TrackingStatus("damaged", ("A9",), ("18",)),
    TrackingStatus("returned", ("A3",), ("82",)),
    TrackingStatus("cancelled", ("CA",), ("7",)),
)

_BY_WORD: Final[Mapping[str, TrackingStatus]] = {status.word: status for status in STATUSES}
_BY_CODE: Final[Mapping[tuple[str, str], str]] = {
    (syntax, code): status.word
    for status in STATUSES
    for syntax, codes in (("x12", status.x12), ("edifact", () if status.narrower else status.edifact))
    for code in codes
}
_ANGLE: Final = re.compile(r"([0-9]{3})([0-9]{2})([0-9]{2})")
_NEGATIVE: Final = frozenset({"W", "S"})


def word_of(syntax: str, code: str) -> str:
    """The word of a wire code (`x12`, `edifact`); UNMAPPED when no row has it."""
    return _BY_CODE.get((syntax, code), UNMAPPED)


def status_of(event: TrackingEvent) -> str:
    """What an event tells: a word of STATUSES, APPOINTMENT_SET, or UNMAPPED for a code that travelled through (`x12:K1`)."""
    if event.status is not None:
        return event.status if event.status in _BY_WORD else UNMAPPED
    return APPOINTMENT_SET if event.appointment_status is not None else UNMAPPED


def degrees(angle: str, direction: str | None) -> Decimal | None:
    """DDDMMSS and its direction as decimal degrees, south and west negative; None when it is no such angle."""
    match = _ANGLE.fullmatch(angle)
    if match is None:
        return None
    whole, minutes, seconds = (Decimal(part) for part in match.groups())
    if minutes >= 60 or seconds >= 60 or whole > 180:
        return None
    value = round(whole + minutes / 60 + seconds / 3600, 6)
    return -value if direction in _NEGATIVE else value
