"""What goes first when there is more to do than hands: by business value, as lower numbers."""

from typing import Final

__all__ = ["ACKNOWLEDGMENT", "INBOUND", "priority_of"]

INBOUND: Final = 30  #: bytes whose content nobody knows yet
ACKNOWLEDGMENT: Final = 20  #: partners' clocks run
_BY_DOCUMENT: Final = {"Order": 10, "OrderChange": 10, "ShipNotice": 10}
_OTHERS: Final = 50


def priority_of(document_type: str) -> int:
    """Orders and ship notices before what only informs."""
    return _BY_DOCUMENT.get(document_type, _OTHERS)
