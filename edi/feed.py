"""Bytes as they arrive, to events as soon as they are known: set by set, in memory that does not grow with the file."""

import re
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final

from edi.assemble import Assembler, Steps
from edi.dialect import Dialect, Opening
from edi.edifact import EDIFACT
from edi.errors import NoInterchangeError
from edi.events import Event
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.heading import Seen
from edi.lexer import BLANKS, Limits
from edi.location import Location
from edi.source import HEAD, Source, begin_of, may_be_wrapped
from edi.tolerance import STANDARD, Tolerance
from edi.x12 import X12

__all__ = ["Beginning", "Feed", "begins_at"]

_DIALECTS: Final = (X12, EDIFACT)
_BLANKS: Final = re.compile(f"(?:[{BLANKS}]|\xef\xbb\xbf)*")  # files that were joined bring a byte order mark each
_LONGEST_BEGIN: Final = 3  #: so many characters tell a beginning
_BEGIN: Final = re.compile("|".join(begin for dialect in _DIALECTS for begin in dialect.begins))
_OPENING: Final = 1024  #: what an interchange begins with is told by so many characters
_AT_ONCE: Final = 65536  #: so much is looked at in any case
_TRAILER: Final = re.compile(rb"(?:SE|GE|IEA|UNT|UNE|UNZ)[^\w\s][^\r\n]{1,48}$")

#: what the data may be instead, so that a person is told more than that it is no interchange
_OTHERS: Final = (
    (("UIB",), "This is interactive EDIFACT (UIB), which is not supported; batch interchanges begin with UNA or UNB."),
    (("STX=",), "This is TRADACOMS (STX), which is not supported."),
    (("ISA",), "The ISA header is incomplete or its separators cannot be told."),
    (("UNA", "UNB"), "The UNB header is missing or incomplete, or its separators are not those of the UNA or the standard."),
    (("ST", "GS", "UNH", "UNG"), "There is a group or transaction set without an interchange header."),
    (("<",), "This looks like XML."),
    (("{", "["), "This looks like JSON."),
    (("\x1f\x8b", "PK\x03\x04"), "This is a compressed file (gzip, zip); an interchange is sent as it is."),
    (("%PDF",), "This is a PDF."),
    (("\xff\xfe", "\xfe\xff", "I\0S", "U\0N"), "This is UTF-16 text; an interchange is one byte per character in its separators."),
    (("\xc9\xe2\xc1", "\xe4\xd5\xc1", "\xe4\xd5\xc2"), "This is EBCDIC text; it has to be converted to ASCII before it can be read."),
)

Beginning = tuple[int, Dialect, Opening]


class Feed:
    """Reads interchanges of either rule family out of bytes that come in pieces of any size.

        feed = Feed()
        for event in feed.feed(data): ...
        for event in feed.close(): ...

    The events do not depend on how the bytes were cut. Both methods are to be iterated to their end, and raise NoInterchangeError
    when the data does not begin with an interchange; any other exception is a bug.
    """

    def __init__(self, *, tolerance: Tolerance = STANDARD, limits: Limits = Limits(segments=1 << 62)) -> None:  # noqa: B008  # immutable
        self._tolerance, self._limits = tolerance, limits
        self._source = Source("")
        self._pending: list[bytes] = []  # what is not worth a look yet
        self._size = 0
        self._tail = b""
        self._complete = self._started = False
        self._assembler: Assembler | None = None
        self._seen: Seen = set()
        self._steps = self._run()

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes bring."""
        self._pending.append(data)
        self._size += len(data)
        self._tail = (self._tail + data[-64:])[-64:]
        if self._size >= min(_AT_ONCE, len(self._source.text)) or _TRAILER.search(self._tail):
            yield from self._look()

    def close(self) -> Iterator[Event]:
        """The events that the end of the data brings."""
        self._complete = True
        yield from self._look()

    def _look(self) -> Iterator[Event]:
        if self._assembler:
            self._assembler.complete = self._complete
        if self._started and (self._pending or self._complete):
            self._source.add(b"".join(self._pending), complete=self._complete)
            self._pending, self._size = [], 0
        for event in self._steps:
            if event is None:
                return
            yield event

    # -- the steps, which wait where more is needed

    def _run(self) -> Steps:
        yield from self._start()
        source, limits = self._source, self._limits
        begins = begins_at(source, source.start)
        if begins is None:
            raise NoInterchangeError(_why_not(source))
        segments = count = 0
        while begins:
            start, dialect, opening = begins
            count += 1
            left = replace(limits, segments=limits.segments - segments)
            assembler = Assembler(dialect, source, start, opening, left, self._tolerance, self._seen)
            assembler.complete = self._complete
            self._assembler = assembler
            yield from assembler.run()
            segments += assembler.segments
            end = Location(assembler.end(), assembler.place().line, 1)
            begins, is_clean = yield from self._next(assembler.position)
            more = []
            if count == limits.interchanges and begins:
                begins = None
                more = [_over(end, "more interchanges than are read; the rest was not looked at")]
            elif not is_clean:
                words = "after the interchange there is data that belongs to none"
                more = [Finding(FindingCode.DATA_OUTSIDE_ENVELOPE, Scope.STANDARD, Severity.ERROR, end, words)]
            yield assembler.ended(*more)

    def _start(self) -> Steps:
        """Wait for as much as tells where reading starts and whether lines are wrapped."""
        data = b""
        while not self._complete:
            data = b"".join(self._pending)
            self._pending = [data]
            start = begin_of(data)
            if len(data) - start >= _OPENING and (len(data) - start >= HEAD or not may_be_wrapped(data, start)):
                break
            yield None
        data = b"".join(self._pending)
        self._pending, self._size, self._started = [], 0, True
        self._source = Source.of(data, complete=self._complete)

    def _next(self, position: int) -> Generator[None, None, tuple[Beginning | None, bool]]:
        """The next interchange, whatever stands before it, and whether only blanks do."""
        source, is_clean = self._source, True
        while True:
            match = _BEGIN.search(source.text, position)
            waits = match is not None and not self._complete and len(source.text) - match.start() < _OPENING
            blank = _BLANKS.match(source.text, position)
            position = blank.end() if blank else position
            if match and not waits:
                is_clean = is_clean and position >= match.start()
                if begins := begins_at(source, match.start()):
                    return begins, is_clean
                position, is_clean = match.start() + 1, False
                continue
            if self._complete:
                return None, is_clean and position == len(source.text)
            # the last few characters may be the first of a beginning, or of a byte order mark
            until = match.start() if match else len(source.text) - _LONGEST_BEGIN
            if position < until:
                position, is_clean = until, False
            source.drop(position)
            position = 0
            yield None


def begins_at(source: Source, start: int) -> Beginning | None:
    """The interchange that begins at a place; None when none does."""
    for dialect in _DIALECTS:
        if source.text.startswith(dialect.begins, start) and (opening := dialect.opens(source, start)):
            return start, dialect, opening
    return None


def _over(place: Location, message: str) -> Finding:
    return Finding(FindingCode.LIMIT_EXCEEDED, Scope.STANDARD, Severity.ERROR, place, message)


def _why_not(source: Source) -> str:
    text = source.text[source.start : source.start + 8]
    if not text:
        return "There is no data."
    if text.startswith("UNA") and source.text[source.start + 9 :].lstrip(BLANKS).startswith("UIB"):
        text = "UIB"
    reasons = [reason for starts, reason in _OTHERS if text.startswith(starts)]
    return reasons[0] if reasons else "There is no ISA, UNA or UNB at the beginning: these bytes are no interchange."
