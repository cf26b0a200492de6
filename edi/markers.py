"""Where the segments of envelopes stand in the text of an interchange; all others are passed over."""

import re
from functools import lru_cache
from typing import ClassVar, Final, NamedTuple

from edi.delimiters import Delimiters
from edi.dialect import Dialect
from edi.lexer import BLANKS, is_released
from edi.lines import Lines
from edi.values import Segment, Standard

__all__ = ["Marker", "Markers"]

_LOOKAHEAD: Final = 64  # so near to the end of the text the rest of a marker may still be missing


class Marker(NamedTuple):
    """The beginning of one such segment."""

    tag: str
    begin: int  #: position of the tag
    binary: bool = False  #: it is no envelope, but holds data whose length it says

    def moved(self, by: int) -> "Marker":
        """The same in a text of which the beginning was dropped."""
        return self._replace(begin=self.begin + by)


class Markers:
    """Finds the markers of one interchange, by its dialect and separators."""

    #: the element that holds the length of the data in the next one
    BINARY: ClassVar = {"BIN": 1, "BDS": 2}

    def __init__(self, dialect: Dialect, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._follow = (delimiters.element, delimiters.segment)
        self.width = len(delimiters.segment)
        self._in_set, self._outside, self._empty, plain, header, trailer = _patterns(dialect, delimiters)
        self._plain = plain.fullmatch
        self.usual_header, self.usual_trailer = header.match, trailer.match  #: of a set; what they match has no fault of its own

    def next(self, text: str, start: int, *, in_set: bool, complete: bool) -> Marker | None:
        """The first marker behind a terminator at `start` or later; None when none is known to be there yet.

        `complete`: nothing comes after this text, so that a tag at its end is one.
        """
        search = (self._in_set if in_set else self._outside).search
        release, at = self._delimiters.release, max(start, 0)
        while match := search(text, at):
            tag = match[1] or match[2]
            if release and self._is_released(text, match.start()):
                at = match.start() + 1
                continue
            if match[1] and not complete and not text.startswith(self._follow, match.end()):
                return None  # it is the last so far, and may go on
            return Marker(tag, match.end() - len(tag), tag in self.BINARY)
        return None

    def _is_released(self, text: str, at: int) -> bool:
        release = self._delimiters.release
        assert release
        return text.startswith(release, at - 1) and at > 0 and is_released(text[max(0, at - 1000) : at], release)

    def known(self, text: str, start: int) -> int:
        """The last terminator before which every marker is found already."""
        return max(start, text.rfind(self._delimiters.segment, max(start, 0), max(0, len(text) - _LOOKAHEAD)))

    def end(self, text: str, begin: int) -> int | None:
        """Where the segment that begins here ends, its terminator included; None when the text ends before."""
        terminator, release = self._delimiters.segment, self._delimiters.release
        at = text.find(terminator, begin)
        while at >= 0 and release and self._is_released(text, at):
            at = text.find(terminator, at + 1)
        return at + self.width if at >= 0 else None

    def is_plain(self, text: str, begin: int, end: int) -> bool:
        """Whether a segment can be split without a thought: printable ASCII, nothing released or repeated, a terminator at its end."""
        return self._plain(text, begin, end) is not None

    def count(self, lines: Lines) -> tuple[int, Segment | None]:
        """How many segments a set has, and the first empty one, if that is to be told."""
        text, delimiters = lines.source.text, self._delimiters
        is_plain = not lines.has_binaries and (delimiters.release is None or delimiters.release not in text)
        if is_plain and text.endswith(delimiters.segment) and not self._empty.search(text):
            return text.count(delimiters.segment), None
        count, empty = 0, None
        for segment in lines.lexer():
            if segment.tag or segment.elements:
                count += 1
            elif empty is None and delimiters.segment not in "\r\n":
                empty = segment
        return count, empty

    def binary_end(self, text: str, marker: Marker) -> tuple[int, int] | None:
        """Where the data of a binary segment begins and ends, or -1 where there is no length; None when the text does not tell yet."""
        at, element = marker.begin, self._delimiters.element
        length = ""
        for _ in range(self.BINARY[marker.tag] + 1):
            follows = text.find(element, at)
            if follows < 0:
                return None
            length, at = text[at:follows], follows + len(element)
        if not (length.isascii() and length.isdecimal() and len(length) <= 10):
            return at, -1
        end = at + int(length)
        return (at, end) if end < len(text) else None


@lru_cache(maxsize=256)
def _patterns(dialect: Dialect, delimiters: Delimiters) -> tuple[re.Pattern[str], ...]:
    terminator = re.escape(delimiters.segment)
    # as in the lexer: even where a line break is the release character, those between segments mean nothing
    signs = delimiters.in_data() - {delimiters.release}
    blanks = f"[{re.escape(''.join(c for c in BLANKS if c not in signs))}]*"
    follows = f"(?=[{re.escape(delimiters.element)}{re.escape(delimiters.segment[0])}]|{blanks}\\Z)"
    tags = [tag for level in (dialect.set, dialect.group, dialect.interchange) for tag in (level.trailer, level.header)]
    listed = "|".join(tags)
    if dialect.standard is Standard.X12:
        inside = f"{terminator}{blanks}(?:({listed}|BIN|BDS){follows})"
        beyond = f"{terminator}{blanks}(?:({listed}){follows}|(ISA))"
    else:
        inside = f"{terminator}{blanks}(?:({listed}){follows}|(UNA)(?=.{{6}}[\r\n ]*UNB))"
        beyond = f"{terminator}{blanks}(?:({listed}){follows}|(UNA|UNB))"
    empty = f"{terminator}{blanks}{terminator}"
    without = delimiters.in_data()
    shown = re.escape("".join(c for c in map(chr, range(0x20, 0x7F)) if c not in without) + delimiters.element + delimiters.component)
    plain = f"[{shown}]{{3,250}}{terminator}"
    element = re.escape(delimiters.element)
    header = f"{dialect.usual_header(delimiters)}{terminator}"
    trailer = f"{dialect.set.trailer}{element}([1-9][0-9]{{0,9}}){element}({delimiters.printable()}+){terminator}"
    return (
        re.compile(inside, re.DOTALL),
        re.compile(beyond, re.DOTALL),
        re.compile(empty),
        re.compile(plain),
        re.compile(header),
        re.compile(trailer),
    )
