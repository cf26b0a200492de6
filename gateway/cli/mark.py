"""Finds the text of a segment in the bytes that were read, and marks the element that a finding is about."""

from dataclasses import dataclass

from edi.delimiters import Delimiters
from edi.location import Location

__all__ = ["Marked", "mark"]

#: a segment longer than this is cut around the mark
_WIDEST = 110


@dataclass(frozen=True, slots=True)
class Marked:
    """A segment's text and the columns of the fault in it; `width` 0 marks the place where something is missing."""

    text: str
    start: int
    width: int

    def lines(self, width: int | None = None) -> tuple[str, str]:
        """The text, cut around the fault when it is longer than `width`, with a line of carets below."""
        most = max(20, min(_WIDEST, width - 2)) if width else _WIDEST
        begin = max(0, self.start - most // 2) if len(self.text) > most else 0
        text = self.text[begin : begin + most]
        lead = "…" if begin else ""
        tail = "…" if begin + most < len(self.text) else ""
        carets = "^" * max(1, min(self.width, len(text) - (self.start - begin)))
        return f"{lead}{text}{tail}", " " * (len(lead) + self.start - begin) + carets


def mark(data: bytes, delimiters: Delimiters, location: Location) -> Marked | None:
    """The segment at a location with its fault marked; None when no segment begins there."""
    if not 0 <= location.offset < len(data):
        return None
    text = _segment(data[location.offset : location.offset + 4096].decode("latin-1"), delimiters)
    if not text:
        return None
    if location.element is None:
        return Marked(_printable(text), 0, len(location.segment_tag or text))
    start, end = _part(text, 0, len(text), delimiters.element, delimiters, location.element)
    if location.repetition is not None and delimiters.repetition:
        start, end = _part(text, start, end, delimiters.repetition, delimiters, location.repetition - 1)
    if location.component is not None:
        start, end = _part(text, start, end, delimiters.component, delimiters, location.component - 1)
    return Marked(_printable(text), start, end - start)


def _segment(text: str, delimiters: Delimiters) -> str:
    end = next(iter(_places(text, 0, len(text), delimiters.segment, delimiters)), len(text))
    return text[:end]


def _part(text: str, start: int, end: int, separator: str, delimiters: Delimiters, index: int) -> tuple[int, int]:
    """The range of the part with this index, from 0; behind the last part, the empty range at the end."""
    borders = [start - 1, *_places(text, start, end, separator, delimiters), end]
    if index + 1 >= len(borders):
        return end, end
    return borders[index] + 1, borders[index + 1]


def _places(text: str, start: int, end: int, separator: str, delimiters: Delimiters) -> list[int]:
    """Where a separator stands, unless the release character stands before it."""
    places = []
    position = start
    while position < end:
        if delimiters.release and text[position] == delimiters.release:
            position += 2
            continue
        if text[position] == separator:
            places.append(position)
        position += 1
    return places


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in text)
