"""Segments out of text, for both rule families alike: it knows separators, and not one tag."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from edi.charset import Decode
from edi.delimiters import Delimiters
from edi.source import Source
from edi.values import Composite, ElementValue, Repeats, Segment

__all__ = ["BLANKS", "Lexer", "Limits", "Signs", "decoded", "is_released", "texts_of", "value_of"]

BLANKS = " \t\r\n\x00\x1a"  #: between segments these mean nothing
_NARROWEST = 60  # a shorter line was broken by a person, and is data
_MASK = "\x00"  # stands for binary data while separators are looked for


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. What is over gives a finding LIMIT_EXCEEDED; the rest is not looked at."""

    bytes: int = 64 * 1024 * 1024  #: of one `read`; a `Feed` has no end
    set_bytes: int = 64 * 1024 * 1024  #: of one transaction set, or of data that is in none
    segments: int = 2_000_000  #: in all interchanges together; in a `Feed`, in one set
    elements: int = 1_000  #: in one segment, components and repetitions included
    interchanges: int = 10_000


@dataclass(frozen=True, slots=True)
class Signs:
    """What the segments of one interchange are read with."""

    delimiters: Delimiters
    first: str  #: positions of segments are counted from 1 at each segment with this tag
    last: str  #: until after the one with this tag
    most: int  #: elements in one segment
    decode: Decode = field(default=lambda text: text)  #: from text read byte by byte to the real one
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  #: what others found out for these, to have it at hand


class Lexer:
    """The segments of a source, in order, until its text ends.

    Separators inside data are recognised by the release character (ISO 9735-1, 10.1); without one in a piece of text,
    splitting is all there is to do.
    """

    def __init__(self, source: Source, signs: Signs, binaries: Mapping[int, int] = MappingProxyType({})) -> None:
        self.source, self.signs = source, signs
        self._binaries = binaries  # where binary data ends, and where it began: separators in it are none
        self.unterminated = False  #: the text ended within the segment given last
        self.undecodable: set[int] = set()  #: offsets of segments whose bytes are not of the character set
        self.overlong: set[int] = set()  #: offsets of segments with more elements than the limit; their elements are not read
        self._width = 0  # of the first line that was broken within a segment

    def __iter__(self) -> Iterator[Segment]:
        """Each segment; an empty one (two terminators in a row) has an empty tag."""
        signs = self.signs
        d, limit, decode = signs.delimiters, signs.most, signs.decode
        element, component, repetition, release = d.element, d.component, d.repetition, d.release
        separators = [c for c in (element, component, repetition) if c]
        blanks = "".join(c for c in BLANKS if c not in separators)
        late = not all(map(str.isascii, separators))  # a separator that is no ASCII is a byte, not a character of the set
        wrapped = bool(self.source.wrap)
        begin = self.source.start
        _, line, column = self.source.place(begin)
        line_start = begin - column + 1
        shift = self.source.offset(0)
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
                offset_shown, line_shown, column = offset + shift, line, offset - line_start + 1
                if "\n" in text:
                    line += text.count("\n")
                    line_start = offset + text.rindex("\n") + 1
                    text = self._unwrapped(text)
            data = None
            if self._binaries and (begun := self._binaries.get(start + len(piece))):
                data = self.source.text[begun : start + len(piece)]
                text = text[: len(text) - len(data)]
                if "\n" in data:
                    line += data.count("\n")
                    line_start = begun + data.rindex("\n") + 1
            is_raw = not text.isascii()
            if is_raw and not late:
                real = decode(text)
                is_raw = False
                if real is None:
                    self.undecodable.add(offset_shown)
                else:
                    text = real
            if len(text) > limit and _count(text, separators, release) > limit:
                self.overlong.add(offset_shown)
                text = text[: min(at for sign in separators if (at := text.find(sign)) >= 0)] or element  # one without a tag is not empty
            elements: Sequence[ElementValue]
            if release is None or release not in text:
                tag, *elements = texts = text.split(element)
                if component in text or (repetition and repetition in text):
                    elements = [value_of(e, component, repetition) for e in texts[1:]]
            else:
                tag, *texts = split_released(text, element, release)
                elements = [_released_value(e, component, repetition, release) for e in texts]
            if data is not None:
                elements = [*elements[:-1], data]
            if tag == signs.first:
                counted = 1
            elif counted and (tag or elements):
                counted += 1
            segment = Segment(tag, tuple(elements), offset_shown, line_shown, column, counted)
            if is_raw:
                if any(decode(one) is None for one in texts_of(segment)):
                    self.undecodable.add(offset_shown)
                segment = decoded(segment, decode)
            yield segment
            if d.segment == "\n" and not wrapped:
                line, line_start = line + 1, start + len(piece) + 1
            if tag == signs.last:
                counted = 0

    def _unwrapped(self, text: str) -> str:
        """A segment without line breaks, where each of them ends a line of the width that all broken lines have."""
        lines = text.replace("\r\n", "\n").split("\n")
        widths = {len(line) for line in lines[:-1]}
        self._width = self._width or max(widths)
        return "".join(lines) if widths == {self._width} and self._width >= _NARROWEST and len(lines[-1]) <= self._width else text

    def _pieces(self) -> Iterator[tuple[int, str]]:
        """Where a piece of text between terminators begins, and the piece."""
        text, terminator, release = self.source.text, self.signs.delimiters.segment, self.signs.delimiters.release
        for end, begin in self._binaries.items():
            text = f"{text[:begin]}{_MASK * (end - begin)}{text[end:]}"
        start, width = self.source.start, len(terminator)
        held = ""  # text that ended in a released terminator
        *pieces, rest = text[start:].split(terminator)
        for piece in pieces:
            begin = start - len(held)
            start += len(piece) + width
            if release and piece.endswith(release) and is_released(piece, release):
                held += piece + terminator
                continue
            yield begin, held + piece
            held = ""
        rest = held + rest
        if rest.strip(BLANKS):
            self.unterminated = True
            yield start - len(held), rest.rstrip(BLANKS)


def texts_of(segment: Segment) -> Iterator[str]:
    """Every text that stands in a segment."""
    for value in segment.elements:
        if isinstance(value, str):
            yield value
        else:
            for part in value:
                yield from (part,) if isinstance(part, str) else part


def decoded(segment: Segment, decode: Decode) -> Segment:
    """The segment with real text in the place of what was read byte by byte; what is not of the character set stays as it is."""

    def real(value: ElementValue) -> ElementValue:
        if isinstance(value, str):
            return decode(value) or value
        return type(value)(map(real, value))  # type: ignore[arg-type]  # repetitions stay repetitions

    return replace(segment, elements=tuple(map(real, segment.elements)))


def _count(text: str, separators: list[str], release: str | None) -> int:
    """How many separators stand in a segment, released ones not counted."""
    if release and release in text:
        text = re.sub(f"{re.escape(release)}.", "", text, flags=re.DOTALL)
    return sum(text.count(c) for c in separators)


def is_released(before: str, release: str) -> bool:
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
        if part.endswith(release) and is_released(part, release):
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


def value_of(text: str, component: str, repetition: str | None) -> ElementValue:
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
