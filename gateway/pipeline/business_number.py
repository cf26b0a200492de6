"""The business number of a set by its beginning segment alone, so that a set that became no document can be found by it."""

from typing import Final

from edi.envelope import TransactionSet

__all__ = ["business_number"]

#: beginning segment -> element and component of the number: of the order where it names one, else of the document
_PLACES: Final = {
    "BEG": (3, 1),  # 850
    "BCH": (3, 1),  # 860
    "BAK": (3, 1),  # 855
    "BCA": (3, 1),  # 865
    "BSN": (2, 1),  # 856
    "BIG": (2, 1),  # 810
    "BGM": (2, 1),  # EDIFACT, every message with a number
}
_LONGEST: Final = 80


def business_number(transaction_set: TransactionSet) -> str:
    """What its second segment says; empty where the set is too broken or of another kind."""
    for segment in transaction_set.segments[:3]:
        place = _PLACES.get(segment.tag)
        if place is not None:
            return segment.get(*place).strip()[:_LONGEST]
    return ""
