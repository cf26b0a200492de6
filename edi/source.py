"""The bytes that were received as text of one character per byte, with the places of its parts.

Some senders wrap an interchange into lines of one length, wherever that falls. Such breaks belong to nothing and are taken
out before anything is read; the places told are those in the bytes as they came.
"""

from typing import Final

__all__ = ["HEAD", "Source", "begin_of", "may_be_wrapped"]

HEAD: Final = 65536  #: whether lines are wrapped is told by so many bytes

_BLANK = b" \t\r\n\x00\x1a"  # what stands before, between and after interchanges without meaning
_BOM = b"\xef\xbb\xbf"
_NARROWEST = 40  # shorter lines are segments on lines of their own, not wraps
_WIDEST = 1000
_ISA_TERMINATOR = 105  # where the segment terminator of an ISA stands: a line break there is a terminator
_ENDLESS = 1 << 62


class Source:
    """Text to read from position `start` on: all of what was received, or a window of it that moves on.

    Positions are those in `text`; `wrap` is the length of the wrapped lines, 0 when there are none.
    """

    __slots__ = ("_base", "_begun", "_ended", "_first", "_is_open", "_known", "_mark", "_rest", "gap", "start", "text", "wrap")

    def __init__(self, text: str, start: int = 0, wrap: int = 0, gap: int = 0) -> None:
        self.text = text
        self.start = start
        self.wrap, self.gap = wrap, gap  #: `gap`: bytes of one line break, 1 or 2
        self._begun, self._ended = start, _ENDLESS  # where the wrapped lines begin and end, as positions
        self._is_open = True  # whether wrapped lines may still come
        self._base = 0  # how many characters were before the text
        self._first = (0, 1, 0)  # a position, its line, and where that begins
        self._known = self._mark = self._first  # places are asked for in order, so that lines are counted once
        self._rest = b""  # what came and is not unwrapped yet

    @classmethod
    def of(cls, data: bytes, *, complete: bool = True) -> "Source":
        """Decode byte by byte, step over a byte order mark and blanks, and take wraps out. The first `HEAD` bytes tell of these.

        `complete`: these are all the bytes. Otherwise more may be added, and `data` has `HEAD` bytes, unless `may_be_wrapped` denies.
        """
        start = begin_of(data)
        width, gap = _wrapped(data[: max(HEAD, start)], start)
        if not width:
            return cls(data.decode("latin-1"), start)
        source = cls(data[:start].decode("latin-1"), start, width, gap)
        source.add(data[start:], complete=complete)
        return source

    def add(self, data: bytes, *, complete: bool = False) -> None:
        """What came next. `complete`: nothing comes after."""
        if not self.wrap or not self._is_open:
            self.text += data.decode("latin-1")
            return
        data = self._rest + data
        newline = b"\n" if self.gap == 1 else b"\r\n"
        parts, at = [], 0
        column = (len(self.text) - self._begun) % self.wrap if len(self.text) > self._begun else 0
        # a line is taken as a whole, so `column` is 0 unless lines have ended
        while len(data) - at >= self.wrap + self.gap:
            line = data[at : at + self.wrap]
            if data[at + self.wrap : at + self.wrap + self.gap] != newline or b"\n" in line:
                break
            parts.append(line)
            at += self.wrap + self.gap
        else:
            if not complete:
                self.text += b"".join(parts).decode("latin-1")
                self._rest = data[at:]
                return
        assert column == 0
        self.text += b"".join(parts).decode("latin-1")
        self._ended, self._is_open = len(self.text), False
        self.text += data[at:].decode("latin-1")
        self._rest = b""

    def drop(self, count: int) -> None:
        """Move on: the first characters are not needed any more, and positions are counted from what is left."""
        _, line, begin = self._line(count)
        self.text = self.text[count:]
        self._base += count
        self._first = self._known = self._mark = (0, line, begin - count)
        self._begun -= count
        self._ended -= count
        self.start = 0

    def mark(self, position: int) -> None:
        """Remember this place: it will be asked for again after later ones."""
        self._mark = self._line(position)

    def cut(self, begin: int, end: int) -> "Source":
        """A part by itself, which knows where it was."""
        _, line, line_begin = self._line(begin)
        part = Source(self.text[begin:end], 0, self.wrap, self.gap)
        part._base = self._base + begin
        part._first = part._known = part._mark = (0, line, line_begin - begin)
        part._begun, part._ended = self._begun - begin, self._ended - begin
        return part

    def offset(self, position: int) -> int:
        """The byte offset, in the bytes as they came, of a position in `text`."""
        return self._base + position + self._breaks(position) * self.gap

    def place(self, position: int) -> tuple[int, int, int]:
        """Byte offset, line and column, in the bytes as they came, of a position in `text`."""
        _, line, begin = self._line(position)
        breaks = self._breaks(position)
        offset = self._base + position + breaks * self.gap
        if breaks:
            begin = max(begin, self._begun + breaks * self.wrap)
        return offset, line + breaks, position - begin + 1

    def _breaks(self, position: int) -> int:
        """How many line breaks were taken out before a position."""
        if not self.wrap or position < self._begun:
            return 0
        # the break at the very end of the wrapped lines stands before what follows them
        return (min(position, self._ended) - self._begun) // self.wrap

    def _line(self, position: int) -> tuple[int, int, int]:
        """The line that a position is in, by the breaks that are still there, and where it begins."""
        known, line, begin = self._known
        if known > position:
            known, line, begin = self._mark if self._mark[0] <= position else self._first
        if breaks := self.text.count("\n", known, position):
            line += breaks
            begin = self.text.rindex("\n", known, position) + 1
        self._known = (position, line, begin)
        return self._known


def begin_of(data: bytes) -> int:
    """Where reading starts: after a byte order mark and blanks."""
    start = len(_BOM) if data.startswith(_BOM) else 0
    return len(data) - len(data[start:].lstrip(_BLANK))


def may_be_wrapped(data: bytes, start: int) -> bool:
    """Whether what came so far looks like wrapped lines."""
    return _wrapped(data[:HEAD], start)[0] > 0


def _wrapped(head: bytes, start: int) -> tuple[int, int]:
    """The length of the wrapped lines and of their breaks; 0 when lines are not wrapped."""
    first = head.find(b"\n", start)
    gap = 2 if first > start and head[first - 1 : first] == b"\r" else 1
    width = first + 1 - gap - start
    ends_isa = width == _ISA_TERMINATOR and head.startswith(b"ISA", start) and head[first + 1 : first + 2].isalnum()
    if not _NARROWEST <= width <= _WIDEST or ends_isa:
        return 0, 0
    body = head.rstrip(_BLANK)
    ends = body[first :: width + gap]
    if not ends or ends.strip(b"\n") or body.count(b"\n", start) != len(ends):
        return 0, 0
    return width, gap
