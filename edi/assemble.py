"""One interchange out of a source that grows: sets into groups, groups into the interchange, and what is wrong with that.

Only the segments of envelopes are looked for; what stands between the header and the trailer of a set is taken as one piece.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

from edi.characters import check_characters
from edi.checks import cause_among, check_count, check_number, fault
from edi.dialect import Dialect, Opening, SetFields
from edi.envelope import TransactionSet
from edi.events import Event, InterchangeBegun, InterchangeEnded, SetRead
from edi.finding import Finding, FindingCode, Severity
from edi.groups import Groups
from edi.heading import Heading, Seen
from edi.lexer import Lexer, Limits, Signs
from edi.lines import Lines
from edi.markers import Marker, Markers
from edi.source import Source
from edi.tolerance import Tolerance
from edi.values import Segment

__all__ = ["Assembler", "Steps"]

Steps = Generator[Event | None]  #: None where more of the data is needed; the source has it before the next step


@dataclass(slots=True)
class _Set:
    fields: SetFields
    findings: list[Finding]
    offset: int  # in the bytes
    begin: int  # in the source
    binaries: dict[int, int] = field(default_factory=dict)


class Assembler:
    """Reads one interchange. Afterwards `position` is where the next one may begin, `segments` how many were read.

    The source is `complete` when nothing will be added to it. While more is waited for, what is done with is dropped from the source.
    `seen` has the sender, receiver and control number of the interchanges before it.
    """

    def __init__(
        self,
        dialect: Dialect,
        source: Source,
        start: int,
        opening: Opening,
        limits: Limits,
        tolerance: Tolerance,
        seen: Seen,
    ) -> None:
        self.position = opening.rest
        self.segments = 1
        self.complete = False
        self._dialect, self._source, self._opening = dialect, source, opening
        self._limits, self._tolerance, self._seen = limits, tolerance, seen
        self._begun = self._end_offset = source.offset(start)
        self._findings = list(opening.findings)
        self._groups = Groups(dialect, self._findings, tolerance)
        self._set: _Set | None = None
        self._last: Segment | Lines | None = None  # lines: the last of these
        self._strays = self._ended = self._unterminated = False

    def run(self) -> Steps:
        """Read to the trailer, to the next header, to the limit, or to the end of the data. The end is told by `ended`, not here."""
        dialect, opening, level = self._dialect, self._opening, self._dialect.set
        self._signs = Signs(opening.delimiters, level.header, level.trailer, self._limits.elements)
        self._markers = Markers(dialect, opening.delimiters)
        if opening.header is None:
            end = yield from self._end_of(self.position)
            header = self._segment(self.position, end)
            self.position = end
        else:
            header = opening.header
        self._heading = Heading(dialect, opening, header, self._findings, self._limits.elements, self._seen)
        self._signs = self._heading.signs
        yield InterchangeBegun(self._heading.value(self._begun, self._end_offset))
        if opening.readable:
            yield from self._read()
        else:
            while not self.complete:
                self._source.drop(len(self._source.text))
                yield None
            self.position = len(self._source.text)
        self._end_offset = self._source.offset(self.position)

    def ended(self, *more: Finding) -> InterchangeEnded:
        """The interchange with its findings, and more that became known only after its end."""
        return InterchangeEnded(self._heading.value(self._begun, self._end_offset, more), self._groups.with_header)

    def place(self) -> Segment:
        """The segment that stands for the whole in a finding: the trailer, or where there is none the header."""
        return self._heading.trailer or self._heading.header

    def end(self) -> int:
        """The byte offset where the interchange ended."""
        return self._end_offset

    # -- one marker after the other

    def _read(self) -> Steps:
        markers, source, limits = self._markers, self._source, self._limits
        scan = self.position - markers.width  # every segment stands behind a terminator
        while not self._ended:
            current = self._set
            if current is None and self._begin_usual(self.position):
                scan = self.position - markers.width
                continue
            marker = markers.next(source.text, scan, in_set=current is not None, complete=self.complete)
            if marker is None:
                if self.complete:
                    break
                scan = markers.known(source.text, scan)
                if current is None and scan + markers.width > self.position:
                    self._between(scan + markers.width)
                keep = self.position if current is None else current.begin
                if len(source.text) - keep > limits.set_bytes:
                    self._stop("more bytes than are read of one transaction set; the rest was not")
                    break
                scan = yield from self._more(scan, keep)
                continue
            if marker.binary:
                scan = yield from self._binary(marker, scan)
                continue
            if current is None:
                self._between(marker.begin)
            # a header of an interchange is the next one's: how it ends is that one's matter
            if marker.tag in self._dialect.begins or marker.tag == self._dialect.interchange.header:
                self.position, self._ended = marker.begin, True
                yield from self._leave_group(marker.begin, FindingCode.INTERCHANGE_TRAILER_MISSING)
                break
            begin = marker.begin
            if current is None:
                if marker.tag == self._dialect.set.header and self._begin_usual(begin):
                    scan = self.position - markers.width
                    continue
            elif marker.tag == self._dialect.set.trailer and (event := self._end_usual(begin)):
                yield event
                scan = self.position - markers.width
                continue
            end = markers.end(source.text, begin)
            if end is None and not self.complete:
                scan = yield from self._more(scan, begin if self._set is None else self._set.begin)
                continue
            yield from self._take(marker, end)
            scan = self.position - markers.width
        yield from self._close()

    def _begin_usual(self, begin: int) -> bool:
        """The short way for the header of a set in which nothing can be wrong; False where it is not to be gone."""
        found = self._markers.usual_header(self._source.text, begin)
        if found is None or not self._groups.is_open:
            return False
        fields = self._dialect.usual_fields(found.groups(), self._groups.fields)
        if not self._groups.takes(fields):
            return False
        self._strays = False
        self._set = _Set(fields, [], self._source.offset(begin), begin)
        self._source.mark(begin)
        self.segments += 1
        self.position = found.end()
        return True

    def _end_usual(self, begin: int) -> SetRead | None:
        """The short way for the trailer of a set: it says what it should. None where it is not to be gone."""
        current, found = self._set, self._markers.usual_trailer(self._source.text, begin)
        if current is None or found is None or found[2] != current.fields.control_number:
            return None
        lines = self._lines(current, found.end())
        count, empty = self._markers.count(lines)
        if empty or int(found[1]) != count or self.segments + count - 1 > self._limits.segments:
            return None
        self._last = lines
        self.position = found.end()
        self.segments += count - 1
        return self._set_read(lines)

    def _more(self, scan: int, keep: int) -> Generator[None, None, int]:
        """Wait for more of the data, without what is before `keep`; the new place of `scan`."""
        keep = min(keep, scan) if scan >= 0 else 0
        self._source.drop(keep)
        self.position -= keep
        if self._set:
            self._set.begin -= keep
            self._set.binaries = {end - keep: begin - keep for end, begin in self._set.binaries.items()}
        yield None
        return scan - keep

    def _end_of(self, begin: int) -> Generator[None, None, int]:
        """Where the segment that begins here ends, its terminator included."""
        while (end := self._markers.end(self._source.text, begin)) is None:
            if self.complete or len(self._source.text) - begin > self._limits.set_bytes:
                self._unterminated = True
                return len(self._source.text)
            yield None
        return end

    def _segment(self, begin: int, end: int, position: int = 0) -> Segment:
        source, markers = self._source, self._markers
        if markers.is_plain(source.text, begin, end):  # nearly always: there is nothing to take apart but elements
            text, sign = source.text[begin : end - markers.width], self._opening.delimiters.component
            tag, *elements = text.split(self._opening.delimiters.element)
            parts = tuple(tuple(e.split(sign)) if sign in e else e for e in elements) if sign in text else tuple(elements)
            return Segment(tag, parts, *source.place(begin), position)
        segment = next(iter(Lexer(self._source.cut(begin, end), self._signs)))
        if segment.position != position:
            segment = Segment(segment.tag, segment.elements, segment.offset, segment.line, segment.column, position)
        return segment

    def _take(self, marker: Marker, end: int | None) -> Steps:
        """A header or trailer of a set or group, or the trailer of the interchange."""
        if end is None:
            self._unterminated, end = True, len(self._source.text)
        dialect, tag, begin = self._dialect, marker.tag, marker.begin
        if tag == dialect.set.trailer and self._set:
            yield from self._end_set(begin, end)
            return
        segment = self._segment(begin, end, 1 if tag == dialect.set.header else 0)
        self.segments += 1
        if tag == dialect.set.header:
            yield from self._leave_set(begin)
            yield from self._begin_set(segment, begin)
        elif tag == dialect.group.header:
            yield from self._leave_group(begin)
            self._strays = False
            yield self._groups.begin(segment)
        elif tag == dialect.group.trailer:
            yield from self._leave_set(begin)
            if self._groups.has_header:
                self._strays = False
                yield self._groups.end(segment)
            else:
                self._stray(segment, cause_among(self._findings, (FindingCode.GROUP_HEADER_MISSING,)))
        elif tag == dialect.interchange.trailer:
            yield from self._leave_group(begin)
            self._heading.end(segment, self._groups, self._tolerance)
            self._ended = True
        else:
            self._stray(segment)
        self._last = segment
        self.position = end

    def _close(self) -> Steps:
        """What is still open has no trailer."""
        text = self._source.text
        if not self._ended:
            self._rest(len(text))
        if trailer := self._heading.trailer:
            if self._unterminated:
                words = "the last segment has no terminator"
                self._findings.append(fault(FindingCode.SEGMENT_TERMINATOR_MISSING, trailer, words, severity=Severity.WARNING))
            if not self._groups.count and not self._heading.service:
                self._findings.append(fault(FindingCode.INTERCHANGE_EMPTY, trailer, "the interchange has no transaction set"))
            return
        if self._unterminated:
            self._findings.append(fault(FindingCode.SEGMENT_TERMINATOR_MISSING, self._last_segment(), "the data ends within a segment"))
        yield from self._leave_group(self.position, FindingCode.INTERCHANGE_TRAILER_MISSING)
        words = "the interchange has no trailer; it ends here"
        cause = cause_among(self._findings, (FindingCode.SEGMENT_TERMINATOR_MISSING, FindingCode.LIMIT_EXCEEDED))
        self._findings.append(fault(FindingCode.INTERCHANGE_TRAILER_MISSING, self._last_segment(), words, caused_by=cause))

    def _last_segment(self) -> Segment:
        if isinstance(self._last, Lines):
            self._last = self._last.segments()[-1]
        return self._last or self._heading.header

    def _rest(self, end: int) -> None:
        """What stands after the last marker of data that ended too early."""
        if self._set:
            lexer = self._lines(self._set, end).lexer()
            for segment in lexer:
                self._last = segment if segment.tag or segment.elements else self._last
            self._unterminated = self._unterminated or lexer.unterminated
            self.position = end
        else:
            self._between(end)

    def _stop(self, words: str) -> None:
        self._findings.append(fault(FindingCode.LIMIT_EXCEEDED, self._last_segment(), words))
        self.complete = self._ended = True
        if self._set is None:
            self.position = len(self._source.text)

    # -- what stands in no set

    def _between(self, end: int) -> None:
        """Segments up to a place, in no set: a service segment has its place there, any other has not."""
        begin, self.position = self.position, end
        if begin >= end:
            return
        lexer = Lexer(self._source.cut(begin, end), self._signs)
        for segment in lexer:
            if self._limit_reached(1, segment):
                return
            if segment.tag or segment.elements:
                self._stray(segment)
                self._last = segment
            elif self._opening.delimiters.segment not in "\r\n":
                self._say_empty(segment, self._findings)
        self._unterminated = self._unterminated or (self.complete and lexer.unterminated)

    def _stray(self, segment: Segment, cause: FindingCode | None = None) -> None:
        if not self._groups.is_open and segment.tag in self._dialect.service:
            self._heading.service.append(segment)
        elif not self._strays:
            words = "the segment stands in no transaction set; said once for those that follow each other"
            self._findings.append(fault(FindingCode.DATA_OUTSIDE_ENVELOPE, segment, words, caused_by=cause))
            self._strays = True

    @staticmethod
    def _say_empty(segment: Segment, findings: list[Finding]) -> None:
        """Two terminators in a row: harmless, so it is not counted and not handed on; where lines end segments, a blank line."""
        if not any(f.code is FindingCode.SEGMENT_EMPTY for f in findings):
            words = "nothing stands between two segment terminators; said once"
            findings.append(fault(FindingCode.SEGMENT_EMPTY, segment, words, severity=Severity.WARNING))

    def _limit_reached(self, more: int, segment: Segment) -> bool:
        self.segments += more
        if self.segments <= self._limits.segments:
            return False
        self._findings.append(fault(FindingCode.LIMIT_EXCEEDED, segment, "more segments than are read; the rest was not"))
        self.position, self._ended = len(self._source.text), True
        return True

    # -- transaction sets

    def _begin_set(self, segment: Segment, begin: int) -> Steps:
        self._strays = False
        if not self._groups.is_open:
            yield self._groups.begin_without_header(segment)
        self._set = _Set(*self._groups.begin_set(segment), segment.offset, begin)
        self._source.mark(begin)

    def _lines(self, current: _Set, end: int) -> Lines:
        begin = current.begin
        return Lines(self._source.cut(begin, end), self._signs, {e - begin: b - begin for e, b in current.binaries.items()})

    def _end_set(self, begin: int, end: int) -> Steps:
        current = self._set
        assert current
        lines = self._lines(current, end)
        count, empty = self._markers.count(lines)
        if empty:
            self._say_empty(empty, current.findings)
        trailer = self._segment(begin, end, count)
        check_number(current.findings, FindingCode.SET_CONTROL_NUMBER_MISMATCH, trailer, current.fields.control_number, self._tolerance)
        check_count(current.findings, FindingCode.SET_COUNT_MISMATCH, trailer, count, "segments")
        self._last = trailer
        self.position = end
        yield from self._finish_set(lines, count)

    def _leave_set(self, end: int, cause: FindingCode | None = None) -> Steps:
        """The set that is open, if any, has no trailer."""
        if self._set:
            lines = self._lines(self._set, end)
            count, empty = self._markers.count(lines)
            if empty:
                self._say_empty(empty, self._set.findings)
            words = "the transaction set has no trailer; this is its last segment"
            self._last = lines.pick((count - 1,))[count - 1]
            self._set.findings.append(fault(FindingCode.SET_TRAILER_MISSING, self._last, words, caused_by=cause))
            yield from self._finish_set(lines, count)

    def _finish_set(self, lines: Lines, count: int) -> Steps:
        current = self._set
        assert current
        if self._limit_reached(count - 1, self._last_segment()):
            self._set = None
            return
        yield self._set_read(lines)

    def _set_read(self, lines: Lines) -> SetRead:
        current = self._set
        assert current
        current.findings += check_characters(lines, self._heading.outside, self._tolerance)
        self._groups.end_set()
        self._set = None
        source = lines.source
        ends = source.offset(len(source.text))
        return SetRead(TransactionSet(self._dialect.standard, *current.fields, lines, current.offset, ends, tuple(current.findings)))

    def _binary(self, marker: Marker, scan: int) -> Generator[None, None, int]:
        """Binary data ends where its length says; what looks like a separator in it is none (X12 segments BIN and BDS)."""
        current = self._set
        assert current
        while (end := self._markers.binary_end(self._source.text, marker)) is None and not self.complete:
            before = scan
            scan = yield from self._more(scan, current.begin)
            marker = marker.moved(scan - before)
        if end is None or end[1] < end[0] or not self._source.text.startswith(self._opening.delimiters.segment, end[1]):
            segment = self._segment(marker.begin, self._markers.end(self._source.text, marker.begin) or len(self._source.text))
            words = "the binary data does not end where its length says; it is read up to the next segment terminator"
            current.findings.append(fault(FindingCode.BINARY_LENGTH_INVALID, segment, words, self._markers.BINARY[marker.tag]))
            return marker.begin
        current.binaries[end[1]] = end[0]
        return end[1]

    def _leave_group(self, end: int, cause: FindingCode | None = None) -> Steps:
        """The set and the group that are open, if any, have no trailer."""
        yield from self._leave_set(end, cause)
        if self._groups.is_open:
            yield self._groups.leave(cause)
