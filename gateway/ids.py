"""Ids for what happened: a typed prefix and a ULID, so that they sort by time. What must be the same on replay is in `canonical.ids`."""

from ulid import ULID

__all__ = ["new_id"]


def new_id(prefix: str) -> str:
    """A new id: "trn" transmission, "set", "doc", "dlv" delivery, "ack", "job", "evt"."""
    return f"{prefix}_{ULID()}"
