"""What is answered to one set, before it is written: a value that knows neither 997 nor CONTRL, and many of them in little memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from edi.acks.status import AckStatus
from edi.values import ElementValue, Segment

__all__ = ["Accepted", "Kept", "Response"]


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to one set. Of `codes` and `notes` an accepted one has none."""

    kind: tuple[str, ...]  #: set and guide (AK201, AK203), or S009
    number: str  #: control number (AK202, UCM 0062)
    status: AckStatus
    codes: tuple[ElementValue, ...] = ()  #: of the set's own envelope, at the end of AK5, IK5 and UCM
    notes: tuple[Segment, ...] = ()  #: segments on its segments and elements

    def rejected(self) -> "Response":
        """The same, of a set that is rejected with all of its group or interchange."""
        return replace(self, status=AckStatus.REJECTED)


_MOST_KINDS: Final = 256  #: kept to be counted; a file has a few


class Accepted(NamedTuple):
    """The answer to a set that is accepted, of which nothing more is said."""

    kind: tuple[str, ...]
    number: str

    @property
    def status(self) -> AckStatus:
        """It is accepted."""
        return AckStatus.ACCEPTED

    def rejected(self) -> Response:
        """The same, of a set that is rejected with all of its group or interchange."""
        return Response(self.kind, self.number, AckStatus.REJECTED)


class Kept:
    """Responses in order, as text: an accepted set takes its control number and a few bytes, whatever it was."""

    def __init__(self) -> None:
        self._lines = bytearray()
        self._kinds: dict[tuple[str, ...], bytes] = {}
        self.accepted = 0  #: how many are plainly accepted
        self.others = 0  #: how many are not
        self.notes = 0  #: how many segments of notes there are

    def add(self, response: Response) -> None:
        """Keep one more."""
        if response.status is AckStatus.ACCEPTED:
            self.add_accepted(response.kind, response.number)
            return
        self.others += 1
        self.notes += len(response.notes)
        notes = [(note.tag, note.elements) for note in response.notes]
        self._add_line([response.kind, response.number, response.status.value, response.codes, notes])

    def add_accepted(self, kind: tuple[str, ...], number: str) -> None:
        """Keep one that is accepted, of which nothing more is said."""
        self.accepted += 1
        known = self._kinds.get(kind)
        if known is None and len(self._kinds) < _MOST_KINDS:
            known = self._kinds[kind] = b"%d " % len(self._kinds)
        if known is None or not (number.isascii() and number.isalnum()):
            self._add_line([kind, number])
            return
        self._lines += known
        self._lines += number.encode()
        self._lines += b"\n"

    def _add_line(self, values: list[object]) -> None:
        self._lines += json.dumps(values, separators=(",", ":")).encode() + b"\n"

    def __iter__(self) -> Iterator["Response | Accepted"]:
        kinds, at, lines = list(self._kinds), 0, self._lines
        while (end := lines.find(b"\n", at)) >= 0:
            line = lines[at:end].decode()
            at = end + 1
            if line[0] != "[":
                index, _, number = line.partition(" ")
                yield Accepted(kinds[int(index)], number)
                continue
            kind, number, *rest = json.loads(line)
            if not rest:
                yield Accepted(tuple(kind), number)
                continue
            status, codes, notes = rest
            segments = tuple(Segment(tag, _elements(elements)) for tag, elements in notes)
            yield Response(tuple(kind), number, AckStatus(status), _elements(codes), segments)


def _elements(values: list[str | list[str]]) -> tuple[ElementValue, ...]:
    """Texts and composites out of JSON, which knows lists only."""
    return tuple(value if isinstance(value, str) else tuple(value) for value in values)
