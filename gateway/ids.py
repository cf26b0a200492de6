"""Ids for what happened: a typed prefix and a ULID, so that they sort by time. What must be the same on replay is in `canonical.ids`.

Every message takes a dozen of them, so they are made here and not by way of a library's objects: 48 bits of milliseconds, 80 of chance,
in the base 32 of Crockford. Within a millisecond the last one is counted on, so that those of one process sort as they were made.
"""

from os import urandom
from threading import Lock
from time import time_ns
from typing import Final

__all__ = ["new_id"]

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(first + second for first in _DIGITS for second in _DIGITS)
_SHIFTS: Final = tuple(range(120, -1, -10))
_CHANCE: Final = 80  #: bits


class _Ulids:
    """Gives one after the other, to any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> str:
        """26 digits."""
        now = time_ns() // 1_000_000
        with self._lock:
            is_same = now == self._last >> _CHANCE
            value = self._last + 1 if is_same else now << _CHANCE | int.from_bytes(urandom(_CHANCE // 8))
            self._last = value
        pairs = _PAIRS
        return "".join([pairs[value >> shift & 1023] for shift in _SHIFTS])


_ulids: Final = _Ulids()


def new_id(prefix: str) -> str:
    """A new id: "trn" transmission, "set", "doc", "dlv" delivery, "ack", "job", "evt"."""
    return f"{prefix}_{_ulids.next()}"
