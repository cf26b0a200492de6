"""Segments out of text, for both rule families alike: it knows separators, and not one tag."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edi.charset import Decode
from edi.delimiters import Delimiters
from edi.source import Source
from edi.values import Composite, ElementValue, Repeats, Segment

__all__ = ["BLANKS", "Lexer", "Limits"]

BLANKS = " \t\r\n\x00\x1a"  #: between segments these mean nothing
_NARROWEST = 60  # a shorter line was broken by a person, and is data
_BLOCK = 16384  # characters split at once: the end of an interchange is not known in advance


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. What is over gives a finding LIMIT_EXCEEDED; the rest is not looked at."""

    bytes: int = 64 * 1024 * 1024
    segments: int = 2_000_000  #: in all interchanges together
    elements: int = 1_000  #: in one segment, components and repetitions included
    interchanges: int = 10_000


class Lexer:
    """The segments of a source from a position on, in order, until its text or the caller ends.

    Positions of segments are counted from 1 at each segment whose tag is `first`, until after the one whose tag is `last`.
    Separators inside data are recognised by the release character (ISO 9735-1, 10.1); without one in a piece of text,
    splitting is all there is to do.
    """

    def __init__(self, source: Source, delimiters: Delimiters, start: int, *, first: str, last: str, limits: Limits) -> None:
        self.source = source
        self.delimiters = delimiters
        self.position = start  #: where the piece last given ends, after its terminator
        self.decode: Decode = _as_read  #: may be set after the first segment, which names the character set
        self.begin = start  #: where the piece last given begins, blanks included
        self.unterminated = False  #: the text ended within the segment given last
        self.undecodable: set[int] = set()  #: offsets of segments whose bytes are not of the character set
        self.overlong: set[int] = set()  #: offsets of segments with more elements than the limit; their elements are not read
        self._width = 0  # of the first line that was broken within a segment
        self._first, self._last, self._limit = first, last, limits.elements

    def __iter__(self) -> Iterator[Segment]:
        """Each segment; an empty one (two terminators in a row) has an empty tag."""
        d, first, last, limit = self.delimiters, self._first, self._last, self._limit
        element, component, repetition, release = d.element, d.component, d.repetition, d.release
        separators = [c for c in (element, component, repetition) if c]
        blanks = "".join(c for c in BLANKS if c not in separators)
        wrapped = bool(self.source.wrap)
        _, line, column = self.source.place(self.position)
        line_start = self.position - column + 1
        counted = 0
        for start, piece in self._pieces():
            text = piece.lstrip(blanks)
            offset = start + len(piece) - len(text)
            if wrapped:
                offset_shown, line_shown, column = self.source.place(offset)
            else:
                if offset != start and (breaks := piece.count("\n", 0, offset - start)):
                    line += breaks
                    line_start = start + piece.rindex("\n", 0, offset - start) + 1
                offset_shown, line_shown, column = offset, line, offset - line_start + 1
                if "\n" in text:
                    line += text.count("\n")
                    line_start = offset + text.rindex("\n") + 1
                    text = self._unwrapped(text)
            if not text.isascii():
                decoded = self.decode(text)
                if decoded is None:
                    self.undecodable.add(offset_shown)
                else:
                    text = decoded
            if len(text) > limit and _count(text, separators, release) > limit:
                self.overlong.add(offset_shown)
                text = text[: text.find(element)] if element in text else ""
            elements: Sequence[ElementValue]
            if release is None or release not in text:
                tag, *elements = texts = text.split(element)
                if component in text or (repetition and repetition in text):
                    elements = [_value(e, component, repetition) for e in texts[1:]]
            else:
                tag, *texts = split_released(text, element, release)
                elements = [_released_value(e, component, repetition, release) for e in texts]
            if tag == first:
                counted = 1
            elif counted and tag:
                counted += 1
            yield Segment(tag, tuple(elements), offset_shown, line_shown, column, counted)
            if tag == last:
                counted = 0

    def _unwrapped(self, text: str) -> str:
        """A segment without line breaks, where each of them ends a line of the width that all broken lines have."""
        lines = text.replace("\r\n", "\n").split("\n")
        widths = {len(line) for line in lines[:-1]}
        self._width = self._width or max(widths)
        return "".join(lines) if widths == {self._width} and self._width >= _NARROWEST and len(lines[-1]) <= self._width else text

    def _pieces(self) -> Iterator[tuple[int, str]]:
        """Where a piece of text between terminators begins, and the piece."""
        text, terminator, release = self.source.text, self.delimiters.segment, self.delimiters.release
        start, width = self.position, len(terminator)
        held = ""  # text that ended in a released terminator
        while start < len(text):
            stop = text.rfind(terminator, start, start + _BLOCK)
            if stop < 0:
                stop = text.find(terminator, start + _BLOCK)
            if stop < 0:
                break
            for piece in text[start:stop].split(terminator):
                begin = start - len(held)
                start += len(piece) + width
                if release and piece.endswith(release) and _is_released(piece, release):
                    held += piece + terminator
                    continue
                self.begin, self.position = begin, start
                yield begin, held + piece
                held = ""
        rest = held + text[start:]
        if rest.strip(BLANKS):
            self.unterminated = True
            self.begin, self.position = start - len(held), len(text)
            yield start - len(held), rest.rstrip(BLANKS)


def _count(text: str, separators: list[str], release: str | None) -> int:
    """How many separators stand in a segment, released ones not counted."""
    if release and release in text:
        text = re.sub(f"{re.escape(release)}.", "", text, flags=re.DOTALL)
    return sum(text.count(c) for c in separators)


def _as_read(text: str) -> str:
    return text


def _is_released(before: str, release: str) -> bool:
    """Whether a separator after this text is data: an odd number of release characters stands before it."""
    return (len(before) - len(before.rstrip(release))) % 2 == 1


def split_released(text: str, separator: str, release: str) -> list[str]:
    """Split where the separator is not released; release characters stay in the parts."""
    parts = text.split(separator)
    if release + separator not in text:
        return parts
    joined = []
    held = ""
    for part in parts:
        if part.endswith(release) and _is_released(part, release):
            held += part + separator
        else:
            joined.append(held + part)
            held = ""
    if held:
        joined.append(held[: -len(separator)])
    return joined


def unescape(text: str, release: str) -> str:
    """Take release characters off: what follows one is data."""
    if release not in text:
        return text
    return release.join(part.replace(release, "") for part in text.split(release * 2))


def _value(text: str, component: str, repetition: str | None) -> ElementValue:
    if repetition and repetition in text:
        return Repeats(_single(part, component) for part in text.split(repetition))
    return _single(text, component)


def _single(text: str, component: str) -> str | Composite:
    return tuple(text.split(component)) if component in text else text


def _released_value(text: str, component: str, repetition: str | None, release: str) -> ElementValue:
    if repetition and repetition in text:
        parts = split_released(text, repetition, release)
        if len(parts) > 1:
            return Repeats(_released_single(part, component, release) for part in parts)
    return _released_single(text, component, release)


def _released_single(text: str, component: str, release: str) -> str | Composite:
    parts = split_released(text, component, release) if component in text else [text]
    if len(parts) == 1:
        return unescape(text, release)
    return tuple(unescape(part, release) for part in parts)
