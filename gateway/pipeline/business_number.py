"""The business number of a set by its beginning segments alone, so that a set that became no document can be found by it."""

from typing import Final

from edi.envelope import TransactionSet

__all__ = ["business_number"]

#: beginning segment -> element and component of the number: of the order where it names one, else of the document
_PLACES: Final = {
    "B10": (2, 1),  # 214: the load
    "B1": (2, 1),  # 990
    "B2": (4, 1),  # 204
    "B3": (2, 1),  # 210
    "BAK": (3, 1),  # 855
    "BCA": (3, 1),  # 865
    "BCH": (3, 1),  # 860
    "BCT": (2, 1),  # 832
    "BEG": (3, 1),  # 850
    "BGM": (2, 1),  # EDIFACT, every message with a number
    "BGN": (2, 1),  # 180, 824
    "BIA": (3, 1),  # 846
    "BIG": (2, 1),  # 810
    "BRA": (1, 1),  # 861
    "BSN": (2, 1),  # 856
    "TRN": (2, 1),  # 820
    "W05": (2, 1),  # 940
    "W06": (2, 1),  # 943, 945
    "W15": (2, 1),  # 947
    "W17": (3, 1),  # 944
}
_LOOKED_AT: Final = 6  #: segments: a beginning segment is the second, but in an 820 TRN comes later
_LONGEST: Final = 80


def business_number(transaction_set: TransactionSet) -> str:
    """What its beginning says; empty where the set is too broken or of another kind."""
    for segment in transaction_set.segments[:_LOOKED_AT]:
        place = _PLACES.get(segment.tag)
        if place is not None:
            return segment.get(*place).strip()[:_LONGEST]
    return ""
