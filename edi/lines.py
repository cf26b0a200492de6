"""The segments of one transaction set as they stand in the data, taken apart when somebody asks for them."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from edi.delimiters import Delimiters
from edi.lexer import BLANKS, Lexer, Signs, value_of
from edi.source import Source
from edi.values import ElementValue, Segment

__all__ = ["RELEASED", "Lines"]

BLANKED = frozenset(BLANKS)
RELEASED = "\xa0"  # stands for a separator that is data, where it does not matter which


class Lines:
    """The text of one set, header to trailer. Equal when the segments are."""

    __slots__ = ("_binaries", "_segments", "signs", "source")

    def __init__(self, source: Source, signs: Signs, binaries: Mapping[int, int] = MappingProxyType({})) -> None:
        self.source, self.signs = source, signs  #: the source holds the text of this set and nothing else
        self._binaries = binaries
        self._segments: tuple[Segment, ...] | None = None

    def segments(self) -> tuple[Segment, ...]:
        """All segments in order, without empty ones."""
        if self._segments is None:
            self._segments = self._quick() or tuple(segment for segment in self.lexer() if segment.tag or segment.elements)
        return self._segments

    def _quick(self) -> tuple[Segment, ...] | None:
        """What the lexer would give, where splitting is all there is to do; None where it is not."""
        text, signs = self.source.text, self.signs
        d = signs.delimiters
        element, component, repetition, terminator = d.element, d.component, d.repetition, d.segment
        if self._binaries or self.source.wrap or self.source.start or not text.isascii() or terminator in BLANKS or len(terminator) != 1:
            return None
        if (
            (d.release and d.release in text)
            or "\r" in text
            or not all(map(str.isascii, d.in_data()))
            or not BLANKED.isdisjoint(d.in_data())
        ):
            return None
        *pieces, rest = text.split(terminator)
        if rest.strip(BLANKS):
            return None
        offset, line, column = self.source.place(0)
        found: list[Segment] = []
        counted = 0
        for piece in pieces:
            start = offset
            if piece[:1] in BLANKED:
                stripped = piece.lstrip(BLANKS)
                blank = piece[: len(piece) - len(stripped)]
                if breaks := blank.count("\n"):
                    line += breaks
                    column = len(blank) - blank.rindex("\n")
                else:
                    column += len(blank)
                start, piece = offset + len(blank), stripped
            if len(piece) > signs.most or "\n" in piece:
                return None
            tag, *elements = texts = piece.split(element)
            values: Sequence[ElementValue] = elements
            if component in piece or (repetition and repetition in piece):
                values = [value_of(one, component, repetition) for one in texts[1:]]
            if tag == signs.first:
                counted = 1
            elif counted and (tag or elements):
                counted += 1
            if tag or elements:
                found.append(Segment(tag, tuple(values), start, line, column, counted))
            if tag == signs.last:
                counted = 0
            column += len(piece) + 1
            offset = start + len(piece) + 1
        return tuple(found)

    def lexer(self) -> Lexer:
        """What takes them apart; after a run it knows which were not well."""
        return Lexer(self.source, self.signs, self._binaries)

    @property
    def has_binaries(self) -> bool:
        """Whether some of the data is binary, so that separators cannot simply be counted."""
        return bool(self._binaries)

    def pick(self, indexes: Collection[int]) -> dict[int, Segment]:
        """Some of the segments, counted from 0, without keeping the others."""
        if self._segments is not None:
            return {index: self._segments[index] for index in indexes}
        found, last = {}, max(indexes, default=-1)
        for index, segment in enumerate(segment for segment in self.lexer() if segment.tag or segment.elements):
            if index in indexes:
                found[index] = segment
            if index >= last:
                break
        return found

    def plain(self) -> str | None:
        """The text as it can be split without a thought: no line breaks between segments, no release characters.

        None where it can't be had: lines broken within segments, binary data, bytes that are not of the character set.
        """
        text, delimiters = self.source.text, self.signs.delimiters
        if self._binaries:
            return None
        if not text.isascii():
            if not all(sign.isascii() for sign in delimiters.in_data()):
                return None
            decoded = self.signs.decode(text)
            if decoded is None:
                return None
            text = decoded
        if delimiters.release and delimiters.release in text:
            if not all(map(str.isprintable, delimiters.in_data())):
                return None  # as data they are characters that no value may have
            text = _released(delimiters).sub(RELEASED, text)
        if "\n" in text or "\r" in text:
            text = _breaks(delimiters.segment).sub(lambda _: delimiters.segment, text)
            if "\n" in text and delimiters.segment != "\n":
                return None
        return text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines) and self.segments() == other.segments()

    def __hash__(self) -> int:
        return hash(self.segments())

    def __repr__(self) -> str:
        return f"<Lines of {len(self.source.text)} characters>"


@lru_cache(maxsize=256)
def _released(delimiters: Delimiters) -> re.Pattern[str]:
    assert delimiters.release
    return re.compile(f"{re.escape(delimiters.release)}[{re.escape(''.join(sorted(delimiters.in_data())))}]")


@lru_cache(maxsize=256)
def _breaks(terminator: str) -> re.Pattern[str]:
    blanks = "".join(c for c in BLANKS if c != terminator)
    return re.compile(f"{re.escape(terminator)}[{re.escape(blanks)}]+")
