"""The states that stock is in, on their axes, and what the codes of each standard say of them.

Physical stock, what may be sold and what is planned are three axes, never mixed in one number. A code that no table here has is
`unmapped`: in a document it stands as `x12:QB`, and rules hold the document until a person or an overlay says what it means.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple

from canonical.scalars import OpenEnum

__all__ = [
    "AXIS_OF",
    "EDIFACT_4499",
    "EDIFACT_6063",
    "EDIFACT_7491",
    "MOVEMENT_OF",
    "STATE_OF_CONDITION",
    "STATE_OF_TYPE",
    "X12_181",
    "X12_412",
    "X12_529",
    "X12_673",
    "AdjustmentReason",
    "Axis",
    "MovedState",
    "Movement",
    "Place",
    "StockState",
    "StockType",
    "axis_of",
    "movement_of",
    "state_of_code",
    "state_of_condition",
]


class Axis(StrEnum):
    """What kind of number a state is."""

    PHYSICAL = "physical"  #: goods that are there, or on their way
    SELLABLE = "sellable"  #: what may be promised, or is
    PLAN = "plan"  #: what is wanted
    UNMAPPED = "unmapped"  #: nobody has said what the code means


#: every state -> its axis
AXIS_OF: Final[Mapping[str, Axis]] = MappingProxyType(
    {
        "onHand": Axis.PHYSICAL,
        "available": Axis.PHYSICAL,
        "picked": Axis.PHYSICAL,
        "packed": Axis.PHYSICAL,
        "inTransit": Axis.PHYSICAL,
        "quarantined": Axis.PHYSICAL,
        "damaged": Axis.PHYSICAL,
        "onHold": Axis.PHYSICAL,
        "availableToPromise": Axis.SELLABLE,
        "allocated": Axis.SELLABLE,
        "onOrder": Axis.PLAN,
        "backordered": Axis.PLAN,
        "safetyStock": Axis.PLAN,
        "minimum": Axis.PLAN,
        "maximum": Axis.PLAN,
        "reorderPoint": Axis.PLAN,
    }
)

StockState = Annotated[str, OpenEnum(*AXIS_OF)]  #: a state, or a code that has none yet
MovedState = Annotated[str, OpenEnum(*AXIS_OF, "outside", "unmapped")]  #: where goods of a movement come from or go to


class Place(StrEnum):
    """Where goods of a movement come from or go to, besides a state of stock."""

    OUTSIDE = "outside"  #: not in stock: before they come, after they are gone
    UNMAPPED = "unmapped"  #: the reason does not say


class Movement(NamedTuple):
    """From which state to which, by their words, or those of `Place`."""

    origin: str
    target: str


#: X12 673, the qualifier of QTY01 in an 846
X12_673: Final[Mapping[str, str]] = MappingProxyType(
    {"17": "onHand", "33": "availableToPromise", "27": "allocated", "20": "damaged", "63": "onOrder", "BQ": "backordered"}
)

#: EDIFACT 6063, the qualifier of QTY in an INVRPT
EDIFACT_6063: Final[Mapping[str, str]] = MappingProxyType(
    {
        "17": "onHand",
        "60": "availableToPromise",
        "66": "allocated",
        "170": "allocated",
        "198": "inTransit",
        "57": "inTransit",
        "89": "quarantined",
        "124": "damaged",
        "27": "onHold",
        "73": "onOrder",
        "83": "backordered",
        "97": "minimum",
        "98": "maximum",
        "197": "reorderPoint",
    }
)

AdjustmentReason = Annotated[
    str,
    OpenEnum(
        "countVariance",
        "bookDecrease",
        "bookIncrease",
        "damagedInFacility",
        "damagedInTransit",
        "destroyed",
        "recouped",
        "putOnHold",
        "takenOffHold",
        "putInQuality",
        "takenOutOfQuality",
        "recall",
        "expired",
        "receipt",
        "receiptError",
        "shipment",
        "shipmentError",
        "relabel",
        "ownershipChange",
        "transfer",
        "return",
        "reversal",
        "other",
    ),
]  #: why stock was adjusted

#: X12 181, the reason of W1901. 08 and 88 came after 005010
X12_181: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AA": "countVariance",
        "06": "bookDecrease",
        "56": "bookIncrease",
        "AU": "damagedInFacility",
        "AV": "damagedInTransit",
        "07": "destroyed",
        "52": "recouped",
        "05": "putOnHold",
        "55": "takenOffHold",
        "08": "putInQuality",
        "88": "takenOutOfQuality",
        "AW": "recall",
        "AX": "expired",
        "AY": "receiptError",
        "AR": "shipmentError",
        "AE": "relabel",
        "AG": "ownershipChange",
        "AK": "transfer",
        "CR": "return",
        "AH": "other",
    }
)

#: EDIFACT 4499, the reason of INV
EDIFACT_4499: Final[Mapping[str, str]] = MappingProxyType(
    {"1": "receipt", "2": "shipment", "3": "destroyed", "4": "countVariance", "5": "ownershipChange", "7": "reversal"}
)

StockType = Annotated[
    str, OpenEnum("saleable", "damaged", "held", "bonded", "reserved", "inTransit", "reconditioned", "wholesale", "retail")
]  #: which part of the stock a movement is about

#: X12 529, W1916
X12_529: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SA": "saleable",
        "DM": "damaged",
        "QU": "held",
        "BO": "bonded",
        "CM": "reserved",
        "IT": "inTransit",
        "RD": "reconditioned",
        "WH": "wholesale",
        "RT": "retail",
    }
)

#: EDIFACT 7491, the stock that INV is about
EDIFACT_7491: Final[Mapping[str, str]] = MappingProxyType({"1": "saleable", "2": "damaged", "3": "bonded", "4": "reserved"})

#: part of the stock -> its state. `held` is on hold or in quarantine, and does not say which
STATE_OF_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {"saleable": "available", "damaged": "damaged", "reserved": "allocated", "inTransit": "inTransit"}
)

#: reason -> what moves. Those that go by the sign of the quantity are in `_BY_SIGN`; what is in neither is unmapped
MOVEMENT_OF: Final[Mapping[str, Movement]] = MappingProxyType(
    {
        "putOnHold": Movement("available", "onHold"),
        "takenOffHold": Movement("onHold", "available"),
        "damagedInFacility": Movement("available", "damaged"),
        "damagedInTransit": Movement("available", "damaged"),
        "destroyed": Movement(Place.UNMAPPED, Place.OUTSIDE),
        "recouped": Movement("damaged", "available"),
        "putInQuality": Movement("available", "quarantined"),
        "takenOutOfQuality": Movement("quarantined", "available"),
        "recall": Movement("available", "quarantined"),
        "expired": Movement("available", "onHold"),
        "return": Movement(Place.OUTSIDE, "quarantined"),
        "receipt": Movement(Place.OUTSIDE, "available"),
        "shipment": Movement("available", Place.OUTSIDE),
    }
)
_BY_SIGN: Final = frozenset({"countVariance", "bookDecrease", "bookIncrease"})
_BY_TYPE: Final = frozenset({"destroyed", "receipt", "shipment"})  #: whose state is that of the part of the stock, where it is named

#: X12 412, in which condition goods arrived: RCD08, W1303
X12_412: Final[Mapping[str, str]] = MappingProxyType(
    {
        "01": "damaged",
        "02": "short",
        "03": "over",
        "04": "qualityProblem",
        "05": "incorrectProduct",
        "06": "nonStandardContainer",
        "07": "good",
        "08": "rejected",
        "09": "onHold",
        "10": "scrapped",
        "12": "overReturned",
        "13": "noMatchingShipNotice",
        "14": "noMatchingShipNotice",
    }
)

#: condition -> state of the stock that arrived so, or a place. What is not here says nothing of a state
STATE_OF_CONDITION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "good": "onHand",
        "damaged": "damaged",
        "qualityProblem": "quarantined",
        "onHold": "onHold",
        "short": Place.OUTSIDE,
        "rejected": Place.OUTSIDE,
        "scrapped": Place.OUTSIDE,
        "overReturned": Place.OUTSIDE,
    }
)

_CODES: Final = {"x12": X12_673, "edifact": EDIFACT_6063}


def state_of_code(syntax: str, code: str) -> str:
    """The state that a quantity qualifier of a standard means; `unmapped` when no table says."""
    return _CODES.get(syntax, {}).get(code, Place.UNMAPPED)


def axis_of(state: str) -> Axis:
    """The axis of a state; a code that has no state has none either."""
    return AXIS_OF.get(state, Axis.UNMAPPED)


def state_of_condition(condition: str) -> str:
    """The state of goods that arrived in a condition, `outside` when they are no stock, `unmapped` when it does not say."""
    return STATE_OF_CONDITION.get(condition, Place.UNMAPPED)


def movement_of(reason: str, delta: Decimal, stock_type: str | None = None) -> Movement:
    """What a quantity moved for a reason did to the states of stock; `unmapped` where neither reason nor part of the stock says."""
    state = "available" if stock_type is None else STATE_OF_TYPE.get(stock_type, Place.UNMAPPED)
    if reason in _BY_SIGN:
        return Movement(state, Place.OUTSIDE) if delta < 0 else Movement(Place.OUTSIDE, state)
    movement = MOVEMENT_OF.get(reason, Movement(Place.UNMAPPED, Place.UNMAPPED))
    if reason not in _BY_TYPE or stock_type is None:
        return movement
    return Movement(state, Place.OUTSIDE) if movement.target == Place.OUTSIDE else Movement(Place.OUTSIDE, state)
