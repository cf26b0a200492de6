"""What the gateway and its reading processes say to each other: pickled tuples behind their length. Both ends are ours."""

import pickle
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from gateway.pipeline.reading import About

__all__ = ["LENGTH", "Revision", "Task", "framed", "length_of", "receive"]

_LENGTH: Final = struct.Struct(">I")
LENGTH: Final = _LENGTH.size


@dataclass(frozen=True, slots=True)
class Revision:
    """From here on, read with this one."""

    number: int
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Task:
    """One payload to be read with the revision that was named last."""

    payload: bytes
    about: About
    now: datetime
    max_bytes: int
    max_sets: int


def framed(data: bytes) -> bytes:
    """The bytes with their length before them."""
    return _LENGTH.pack(len(data)) + data


def length_of(head: bytes) -> int:
    """How many bytes follow."""
    length: int = _LENGTH.unpack(head)[0]
    return length


def receive(stream: BinaryIO) -> Any:
    """The next thing that was sent. Raises EOFError: the other end is gone."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        raise EOFError
    data = stream.read(length_of(head))
    if len(data) < length_of(head):
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from the gateway itself
