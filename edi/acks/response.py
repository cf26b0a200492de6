"""What is answered to one set, before it is written: a value that knows neither 997 nor CONTRL, and many of them in little memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from edi.acks.status import AckStatus
from edi.values import ElementValue, Segment

__all__ = ["Kept", "Response"]


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


class Kept:
    """Responses in order, as text: an accepted set takes its control number and a few bytes, whatever it was."""

    def __init__(self) -> None:
        self._lines = bytearray()
        self._kinds: dict[tuple[str, ...], int] = {}
        self.accepted = 0  #: how many are plainly accepted
        self.others = 0  #: how many are not
        self.notes = 0  #: how many segments of notes there are

    def add(self, response: Response) -> None:
        """Keep one more."""
        kind = self._kinds.setdefault(response.kind, len(self._kinds))
        if response.status is AckStatus.ACCEPTED and response.number.isalnum() and response.number.isascii():
            self.accepted += 1
            self._lines += f"{kind} {response.number}\n".encode("ascii")
            return
        self.accepted += response.status is AckStatus.ACCEPTED
        self.others += response.status is not AckStatus.ACCEPTED
        self.notes += len(response.notes)
        notes = [(note.tag, note.elements) for note in response.notes]
        self._lines += json.dumps([kind, response.number, response.status.value, response.codes, notes], separators=(",", ":")).encode(
            "ascii"
        )
        self._lines += b"\n"

    def __iter__(self) -> Iterator[Response]:
        kinds, at = list(self._kinds), 0
        while (end := self._lines.find(b"\n", at)) >= 0:
            line = self._lines[at:end].decode("ascii")
            at = end + 1
            if line[0] != "[":
                kind, _, number = line.partition(" ")
                yield Response(kinds[int(kind)], number, AckStatus.ACCEPTED)
                continue
            index, number, status, codes, notes = json.loads(line)
            segments = tuple(Segment(tag, _elements(elements)) for tag, elements in notes)
            yield Response(kinds[index], number, AckStatus(status), _elements(codes), segments)


def _elements(values: list[str | list[str]]) -> tuple[ElementValue, ...]:
    """Texts and composites out of JSON, which knows lists only."""
    return tuple(value if isinstance(value, str) else tuple(value) for value in values)
