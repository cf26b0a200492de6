"""Segments in order put into their envelope: sets into groups, groups into the interchange; and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edi.characters import check_characters
from edi.charset import outside
from edi.dialect import Dialect, GroupFields, Opening, SetFields
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.lexer import Lexer, Limits
from edi.source import Source
from edi.tolerance import Tolerance
from edi.values import Segment, Standard

__all__ = ["Assembler"]

_NO_GROUP = GroupFields("", "", "", "", "")


def _fault(code: FindingCode, segment: Segment, message: str, element: int | None = None, severity: Severity = Severity.ERROR) -> Finding:
    value = segment.get(element) or None if element else None
    return Finding(code, Scope.STANDARD, severity, segment.location(element=element), message, value)


@dataclass(slots=True)
class _Set:
    fields: SetFields
    segments: list[Segment]
    begin: int  # in the source; the offset in the bytes is that of the first segment
    findings: list[Finding]


@dataclass(slots=True)
class _Group:
    header: Segment | None
    fields: GroupFields
    findings: list[Finding]
    sets: list[TransactionSet] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)


class Assembler:
    """Reads one interchange. Afterwards `position` is where the next one may begin, `segments` how many were read."""

    def __init__(self, dialect: Dialect, source: Source, start: int, opening: Opening, limits: Limits, tolerance: Tolerance) -> None:
        self.position = start
        self.segments = 0
        self._dialect, self._source, self._start, self._opening = dialect, source, start, opening
        self._limits, self._tolerance = limits, tolerance
        self._findings = list(opening.findings)
        self._groups: list[FunctionalGroup] = []
        self._group_numbers: set[tuple[str, str]] = set()
        self._service: list[Segment] = []
        self._group: _Group | None = None
        self._set: _Set | None = None
        self._trailer: Segment | None = None
        self._strays = False
        self._ended = False

    def run(self) -> Interchange:
        """Read to the trailer, to the next header, to the limit, or to the end of the text."""
        dialect, opening, level = self._dialect, self._opening, self._dialect.set
        self._lexer = lexer = Lexer(
            self._source, opening.delimiters, opening.rest, first=level.header, last=level.trailer, limits=self._limits
        )
        segments = iter(lexer)
        self._header = header = opening.header or next(segments)
        fields = dialect.interchange_fields(header)
        self._findings += dialect.check_interchange(header)
        self._outside = outside(fields.syntax_id, opening.delimiters.in_data())
        self._number = fields.control_number
        lexer.decode = dialect.decode(fields)
        if opening.readable:
            self._read(segments)
        else:
            self.position = len(self._source.text)
        return Interchange(
            dialect.standard,
            opening.delimiters,
            header,
            self._trailer,
            *fields,
            groups=tuple(self._groups),
            start=self._source.offset(self._start),
            end=self._source.offset(self.position),
            findings=tuple(self._findings),
            service_segments=tuple(self._service),
        )

    # -- segments, one after the other

    def _read(self, segments: Iterator[Segment]) -> None:
        dialect, lexer = self._dialect, self._lexer
        steps = {
            dialect.group.header: self._begin_group,
            dialect.group.trailer: self._end_group,
            dialect.set.header: self._begin_set,
            dialect.set.trailer: self._end_set,
            dialect.interchange.header: self._next,
            dialect.interchange.trailer: self._end,
            "": self._empty,
        }
        most, count, last = self._limits.segments, 1, self._header
        for segment in segments:
            count += 1
            tag = segment.tag
            if count > most:
                self._findings.append(_fault(FindingCode.LIMIT_EXCEEDED, segment, "more segments than are read; the rest was not"))
                lexer.position = len(self._source.text)
                break
            if tag in steps:
                steps[tag](segment)
                if self._ended:
                    break
            elif self._set:
                self._set.segments.append(segment)
            elif tag.startswith(dialect.begins):
                self._next(segment)
                break
            else:
                self._between(segment)
            last = segment
        self.segments = count
        self._close(last)

    def _next(self, _: Segment) -> None:
        """Another interchange begins before this one ended; its service string advice, if any, is its own."""
        begin = self._lexer.begin
        if self._set and self._set.segments[-1].tag.startswith(self._dialect.begins):
            del self._set.segments[-1]
            begin = self._source.text.rindex(self._dialect.begins[0], 0, begin)
        self._lexer.begin = self._lexer.position = begin
        self._ended = True

    def _close(self, last: Segment) -> None:
        """What is still open has no trailer."""
        self.position = self._lexer.position
        if self._trailer:
            if self._lexer.unterminated:
                text = "the last segment has no terminator"
                self._findings.append(_fault(FindingCode.SEGMENT_TERMINATOR_MISSING, self._trailer, text, severity=Severity.WARNING))
            if not self._groups and not self._service:
                self._findings.append(_fault(FindingCode.INTERCHANGE_EMPTY, self._trailer, "the interchange has no transaction set"))
            return
        if self._lexer.unterminated:
            self._findings.append(_fault(FindingCode.SEGMENT_TERMINATOR_MISSING, last, "the data ends within a segment"))
        self._leave_group()
        self._findings.append(_fault(FindingCode.INTERCHANGE_TRAILER_MISSING, last, "the interchange has no trailer; it ends here"))

    def _empty(self, segment: Segment) -> None:
        """Two terminators in a row: harmless, so it is not counted and not handed on; where lines end segments, a blank line."""
        if self._opening.delimiters.segment in "\r\n":
            return
        findings = self._set.findings if self._set else self._findings
        if not any(f.code is FindingCode.SEGMENT_EMPTY for f in findings):
            text = "nothing stands between two segment terminators; said once"
            findings.append(_fault(FindingCode.SEGMENT_EMPTY, segment, text, severity=Severity.WARNING))

    def _between(self, segment: Segment) -> None:
        """A segment in no set: a service segment has its place there, any other has not."""
        if self._group is None and segment.tag in self._dialect.service:
            self._service.append(segment)
        elif not self._strays:
            text = "the segment stands in no transaction set; said once for those that follow each other"
            self._findings.append(_fault(FindingCode.DATA_OUTSIDE_ENVELOPE, segment, text))
            self._strays = True

    # -- transaction sets

    def _begin_set(self, segment: Segment) -> None:
        self._leave_set()
        self._strays = False
        if self._group is None:
            self._group = _Group(None, _NO_GROUP, [])
            if self._dialect.standard is Standard.X12 or any(g.header for g in self._groups):
                text = "the transaction set stands in no functional group"
                self._findings.append(_fault(FindingCode.GROUP_HEADER_MISSING, segment, text))
        group = self._group
        fields = self._dialect.set_fields(segment, group.fields)
        findings = self._dialect.check_set(segment)
        if group.header and self._tolerance.group_kind and not self._dialect.belongs(fields.set_id, group.fields.functional_id):
            text = "the transaction set does not belong in a group with this functional identifier"
            findings.append(_fault(FindingCode.SET_NOT_IN_GROUP, segment, text, 1, self._tolerance.group_kind))
        if fields.control_number in group.numbers:
            text = "the control number was used before in the same group"
            element = 2 if self._dialect.standard is Standard.X12 else 1
            findings.append(_fault(FindingCode.SET_CONTROL_NUMBER_DUPLICATE, segment, text, element))
        group.numbers.add(fields.control_number)
        self._set = _Set(fields, [segment], self._lexer.begin, findings)

    def _end_set(self, segment: Segment) -> None:
        current = self._set
        if current is None:
            self._between(segment)
            return
        current.segments.append(segment)
        number = current.fields.control_number
        self._check_number(current.findings, FindingCode.SET_CONTROL_NUMBER_MISMATCH, segment, number)
        self._check_count(current.findings, FindingCode.SET_COUNT_MISMATCH, segment, len(current.segments), "segments")
        self._finish_set(self._lexer.position)

    def _leave_set(self) -> None:
        """The set that is open, if any, has no trailer."""
        if self._set:
            text = "the transaction set has no trailer; this is its last segment"
            self._set.findings.append(_fault(FindingCode.SET_TRAILER_MISSING, self._set.segments[-1], text))
            self._finish_set(self._lexer.begin)

    def _finish_set(self, end: int) -> None:
        current, group = self._set, self._group
        assert current
        assert group
        current.findings += check_characters(current.segments, (current.begin, end), self._lexer, self._outside, self._tolerance)
        group.sets.append(
            TransactionSet(
                self._dialect.standard,
                *current.fields,
                segments=tuple(current.segments),
                start=current.segments[0].offset,
                end=self._source.offset(end),
                findings=tuple(current.findings),
            )
        )
        self._set = None

    # -- functional groups

    def _begin_group(self, segment: Segment) -> None:
        self._leave_group()
        self._strays = False
        fields = self._dialect.group_fields(segment)
        findings = self._dialect.check_group(segment)
        identity = (fields.functional_id, fields.control_number)
        if identity in self._group_numbers:
            text = "the control number was used before by a group of the same kind in the interchange"
            element = 6 if self._dialect.standard is Standard.X12 else 5
            findings.append(_fault(FindingCode.GROUP_CONTROL_NUMBER_DUPLICATE, segment, text, element))
        self._group_numbers.add(identity)
        # a group that cannot be named cannot be answered by itself: its fault is the interchange's
        self._findings += [f for f in findings if f.code is FindingCode.GROUP_HEADER_INVALID]
        findings = [f for f in findings if f.code is not FindingCode.GROUP_HEADER_INVALID]
        self._group = _Group(segment, fields, findings)

    def _end_group(self, segment: Segment) -> None:
        self._leave_set()
        group = self._group
        if group is None or group.header is None:
            self._between(segment)
            return
        self._strays = False
        number = group.fields.control_number
        self._check_number(group.findings, FindingCode.GROUP_CONTROL_NUMBER_MISMATCH, segment, number)
        self._check_count(group.findings, FindingCode.GROUP_COUNT_MISMATCH, segment, len(group.sets), "transaction sets")
        self._finish_group(segment)

    def _leave_group(self) -> None:
        """The set and the group that are open, if any, have no trailer; the implicit group of EDIFACT needs none."""
        self._leave_set()
        if self._group:
            if self._group.header:
                text = "the functional group has no trailer"
                self._group.findings.append(_fault(FindingCode.GROUP_TRAILER_MISSING, self._group.header, text))
            self._finish_group(None)

    def _finish_group(self, trailer: Segment | None) -> None:
        group = self._group
        assert group
        self._groups.append(
            FunctionalGroup(group.header, trailer, *group.fields, transaction_sets=tuple(group.sets), findings=tuple(group.findings))
        )
        self._group = None

    # -- the interchange's end

    def _end(self, segment: Segment) -> None:
        self._leave_group()
        self._trailer, self._ended = segment, True
        self._check_number(self._findings, FindingCode.INTERCHANGE_CONTROL_NUMBER_MISMATCH, segment, self._number)
        groups = sum(1 for group in self._groups if group.header)
        if groups or self._dialect.standard is Standard.X12:
            self._check_count(self._findings, FindingCode.INTERCHANGE_COUNT_MISMATCH, segment, groups, "functional groups")
        else:
            sets = sum(len(group.transaction_sets) for group in self._groups)
            self._check_count(self._findings, FindingCode.INTERCHANGE_COUNT_MISMATCH, segment, sets, "messages")

    # -- what is compared

    def _check_number(self, findings: list[Finding], code: FindingCode, trailer: Segment, number: str) -> None:
        stated = trailer.get(2).strip()
        if stated == number:
            return
        if stated.lstrip("0") != number.lstrip("0"):
            findings.append(_fault(code, trailer, "the trailer does not repeat the control number of the header", 2))
        elif self._tolerance.padding:
            text = "the trailer repeats the control number of the header with other leading zeros"
            findings.append(_fault(code, trailer, text, 2, self._tolerance.padding))

    @staticmethod
    def _check_count(findings: list[Finding], code: FindingCode, trailer: Segment, counted: int, what: str) -> None:
        stated = trailer.get(1).strip()
        if not (stated.isascii() and stated.isdecimal() and len(stated) <= 10 and int(stated) == counted):
            findings.append(_fault(code, trailer, f"the count in the trailer is wrong; the number of {what} is {counted}", 1))
