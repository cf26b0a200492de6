"""How urgent bytes are that nobody has read yet: a look at the first of them, for GS01 or UNH, and nothing else of EDI.

Wrong bytes may say what they like here: it decides only which of them are read first. What belongs to one order (850 and 860, ORDERS
and ORDCHG) is equally urgent, so that it stays in the order in which it came.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.payload import StoredPayload
from gateway.pipeline.urgency import ACKNOWLEDGMENT, INBOUND, priority_of
from partners.model import OWN_FORMS, Direction, Partner

__all__ = ["LOOK", "urgency_of_bytes", "urgency_of_payload"]

LOOK: Final = 64 * 1024  #: bytes
_DATA: Final = priority_of("")
#: X12's functional groups (GS01) and EDIFACT's messages (UNH 0065) by what they carry; what is not named is not known
_CARRY: Final[dict[str, str]] = {
    **dict.fromkeys(("PO", "ORDERS"), "Order"),
    **dict.fromkeys(("PC", "ORDCHG"), "OrderChange"),
    **dict.fromkeys(("PR", "CA", "ORDRSP"), "OrderAcknowledgment"),
    **dict.fromkeys(("SH", "DESADV"), "ShipNotice"),
    "OW": "WarehouseOrder",
    "SW": "WarehouseShipmentConfirmation",
    **dict.fromkeys(("SM", "IFTMIN"), "LoadTender"),
    "GF": "LoadTenderResponse",
}
_ANSWERS: Final = frozenset({"FA", "AG", "CONTRL", "APERAK"})  #: 997 and 999, 824
_INFORM: Final = frozenset({
    "IN", "IB", "QM", "SC", "PD", "RA", "IM", "AR", "RE", "AW", "RC", "AN", "FR", "SI", "WA", "PI", "RX", "QO", "SS", "PS",
    "INVOIC", "INVRPT", "IFTSTA", "PRICAT", "SLSRPT", "REMADV", "RECADV", "PARTIN", "PRODAT", "DELFOR", "DELJIT", "COMDIS", "STSRPT",
})  # fmt: skip


def urgency_of_payload(payload: StoredPayload, partner: Partner | None) -> int:
    """The priority of the work on a payload of a partner. Reads 64 KB of it, from its file where it is in one."""
    try:
        return urgency_of_bytes(next(payload.blocks(LOOK), b""), partner)
    except OSError:  # whoever works on it will say so
        return INBOUND


def urgency_of_bytes(head: bytes, partner: Partner | None = None) -> int:
    """The priority of what begins like this: that of the most urgent thing in sight."""
    return min((_priority(code) for code in _codes(head)), default=_of_own_forms(partner))


def _priority(code: str) -> int:
    if code in _CARRY:
        return priority_of(_CARRY[code])
    return ACKNOWLEDGMENT if code in _ANSWERS else _DATA if code in _INFORM else INBOUND


def _codes(head: bytes) -> Iterator[str]:
    """What the groups or messages in sight call themselves; of an interchange without any, an answer on its envelope."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:3] == b"ISA" and len(head) > 106:
        element, segment = head[3:4], head[105:106]
        found = [*_found(rb"%b\s*GS%b([A-Z]{2})%b", head, segment, element, element)]
        yield from found or _found(rb"%b\s*(TA1)%b", head, segment, element, of="FA")
    elif head[:3] in {b"UNA", b"UNB"}:
        element, component, segment = (head[4:5], head[3:4], head[8:9]) if head[:3] == b"UNA" else (b"+", b":", b"'")
        yield from _found(rb"%b\s*UNH%b[^%b]{1,35}%b([A-Z]{6})%b", head, segment, element, element, element, component)


def _found(pattern: bytes, head: bytes, *separators: bytes, of: str = "") -> Iterable[str]:
    expression = pattern % tuple(re.escape(separator) for separator in separators)
    return (of or match[1].decode("ascii") for match in re.finditer(expression, head))


def _of_own_forms(partner: Partner | None) -> int:
    """Of a payload without an envelope: the most urgent that the partner sends in a form of its own; else nobody knows."""
    if partner is None:
        return INBOUND
    agreed = (a.document for a in partner.agreements if a.direction is Direction.INBOUND and a.standard in OWN_FORMS)
    return min((priority_of(document) for document in agreed), default=INBOUND)
