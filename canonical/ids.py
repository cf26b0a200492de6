"""Global ids that are the same on every replay: UUIDv5 over natural keys."""

from hashlib import sha1
from typing import Final
from uuid import UUID, uuid5

__all__ = ["NAMESPACE", "event_id", "line_id", "order_id", "shipment_id"]

NAMESPACE: Final = UUID("6c8f2c0e-0b53-5d0c-9a3e-7c1f4b6f2d11")  #: never changes: every id ever given out depends on it
_SEPARATOR: Final = "\x1f"  #: cannot stand in a partner's number, so two keys never run together


_BYTES: Final = NAMESPACE.bytes
_VARIANTS: Final = "89ab"  #: the upper two bits of its digit are those of RFC 4122


def _id(prefix: str, *key: str) -> str:
    """Prefix and UUIDv5 in hex, as `uuid5(NAMESPACE, key).hex` makes it; without the UUID between, for a document has many lines."""
    name = _SEPARATOR.join((prefix, *key)).encode()
    digits = sha1(_BYTES + name, usedforsecurity=False).hexdigest()
    return f"{prefix}_{digits[:12]}5{digits[13:16]}{_VARIANTS[int(digits[16], 16) & 3]}{digits[17:32]}"


def order_id(own: str, partner: str, purchase_order_number: str, release_number: str = "", generation: int = 0) -> str:
    """The order that a partner calls by this number; `generation` counts the reuse of a number."""
    return _id("ord", own, partner, purchase_order_number, release_number, str(generation))


def line_id(order: str, line_number: str | None, ordinal: int = 0, item: str = "") -> str:
    """A line of an order: by the buyer's line number, or by its place (from 1) and product where the buyer gave none."""
    return _id("oln", order, "number", line_number) if line_number else _id("oln", order, "place", str(ordinal), item)


def shipment_id(own: str, shipper: str, shipment_number: str) -> str:
    """The shipment that its shipper calls by this number."""
    return _id("shp", own, shipper, shipment_number)


def event_id(source: str, sender: str, receiver: str, controls: tuple[str, str, str], set_sha256: str, ordinal: int, map_hash: str) -> str:
    """The event of one document: the same bytes through the same map give the same id, another map gives another.

    `controls` are the control numbers of interchange, group and set; `ordinal` counts the documents of one set from 0.
    """
    return str(uuid5(NAMESPACE, _SEPARATOR.join(("evt", source, sender, receiver, *controls, set_sha256, str(ordinal), map_hash))))
