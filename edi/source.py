"""The bytes that were received as text of one character per byte, with the places of its parts.

Some senders wrap an interchange into lines of one length, wherever that falls. Such breaks belong to nothing and are taken
out before anything is read; the places told are those in the bytes as they came.
"""

from dataclasses import dataclass

__all__ = ["Source"]

_BLANK = b" \t\r\n\x00\x1a"  # what stands before, between and after interchanges without meaning
_BOM = b"\xef\xbb\xbf"
_NARROWEST = 40  # shorter lines are segments on lines of their own, not wraps
_ISA_TERMINATOR = 105  # where the segment terminator of an ISA stands: a line break there is a terminator

_FIRST = (0, 1, 0)  # a position, its line, and where that begins


@dataclass(slots=True)
class Source:
    """Text to read from offset `start` on. `wrap` is the length of the wrapped lines, 0 when there are none."""

    text: str
    start: int
    wrap: int = 0
    gap: int = 0  #: bytes of one line break, 1 or 2
    _known: tuple[int, int, int] = _FIRST  # places are asked for in order, so that lines are counted once

    @classmethod
    def of(cls, data: bytes) -> "Source":
        """Decode byte by byte, step over a byte order mark and blanks, and take wraps out."""
        start = len(_BOM) if data.startswith(_BOM) else 0
        start = len(data) - len(data[start:].lstrip(_BLANK))
        first = data.find(b"\n", start)
        gap = 2 if first > start and data[first - 1 : first] == b"\r" else 1
        width = first + 1 - gap - start
        ends_isa = width == _ISA_TERMINATOR and data.startswith(b"ISA", start) and data[first + 1 : first + 2].isalnum()
        if width < _NARROWEST or ends_isa:
            return cls(data.decode("latin-1"), start)
        body = data.rstrip(_BLANK)
        ends = body[first :: width + gap]
        if not ends or ends.strip(b"\n") or body.count(b"\n", start) != len(ends):
            return cls(data.decode("latin-1"), start)
        kept = body[start:].replace(b"\r\n" if gap == 2 else b"\n", b"")
        return cls((data[:start] + kept).decode("latin-1"), start, width, gap)

    def offset(self, position: int) -> int:
        """The byte offset, in the bytes as they came, of a position in `text`."""
        if not self.wrap or position < self.start:
            return position
        return position + (position - self.start) // self.wrap * self.gap

    def place(self, position: int) -> tuple[int, int, int]:
        """Byte offset, line and column, in the bytes as they came, of a position in `text`."""
        if self.wrap and position >= self.start:
            line, column = divmod(position - self.start, self.wrap)
            return self.offset(position), self._line(self.start)[0] + line, column + 1
        line, begin = self._line(position)
        return position, line, position - begin + 1

    def _line(self, position: int) -> tuple[int, int]:
        """The line that a position is in, and where it begins."""
        known, line, begin = self._known if self._known[0] <= position else _FIRST
        if breaks := self.text.count("\n", known, position):
            line += breaks
            begin = self.text.rindex("\n", known, position) + 1
        self._known = (position, line, begin)
        return line, begin
