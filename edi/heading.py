"""An interchange as a whole while it is read: its header understood, its own faults, its trailer compared."""

from edi.charset import outside
from edi.checks import cause_among, check_count, check_number, fault
from edi.dialect import Dialect, Opening
from edi.envelope import Interchange
from edi.finding import Finding, FindingCode, Severity
from edi.groups import UNCOUNTED, Groups
from edi.lexer import Signs, decoded, texts_of
from edi.tolerance import Tolerance
from edi.values import Identity, Segment, Standard

__all__ = ["Heading", "Seen"]

Seen = set[tuple[Identity, Identity, str]]  #: sender, receiver and control number of the interchanges before in the same data


class Heading:
    """Made as soon as the header is read; `findings` are those of the interchange itself and grow until its end."""

    def __init__(self, dialect: Dialect, opening: Opening, header: Segment, findings: list[Finding], most: int, seen: Seen) -> None:
        self.findings = findings
        self.trailer: Segment | None = None
        self.service: list[Segment] = []  #: TA1 and the like
        self._dialect, self._delimiters = dialect, opening.delimiters
        fields = dialect.interchange_fields(header)
        decode = dialect.decode(fields)
        if not all(map(str.isascii, texts_of(header))):
            header = decoded(header, decode)
            fields = dialect.interchange_fields(header)
        self.header, self._fields = header, fields
        findings += dialect.check_interchange(header)
        self._check_seen(seen)
        self.outside = outside(fields.syntax_id, opening.delimiters.in_data())  #: finds what is not of the level that is named
        self.signs = Signs(opening.delimiters, dialect.set.header, dialect.set.trailer, most, decode)

    def _check_seen(self, seen: Seen) -> None:
        """The same number twice in one piece of data. What came in others is for those who keep it, so this is a warning."""
        identity = (self._fields.sender, self._fields.receiver, self._fields.control_number)
        if identity in seen:
            words = "an interchange before in the same data has the same sender, receiver and control number"
            element = 13 if self._dialect.standard is Standard.X12 else 5
            self.findings.append(fault(FindingCode.INTERCHANGE_DUPLICATE, self.header, words, element, Severity.WARNING))
        seen.add(identity)

    def end(self, trailer: Segment, groups: Groups, tolerance: Tolerance) -> None:
        """The trailer is read: it repeats the control number, and counts the groups, or the messages where there are none."""
        self.trailer = trailer
        number = self._fields.control_number
        check_number(self.findings, FindingCode.INTERCHANGE_CONTROL_NUMBER_MISMATCH, trailer, number, tolerance)
        counted, what = groups.with_header, "functional groups"
        if not counted and self._dialect.standard is Standard.EDIFACT:
            counted, what = groups.sets, "messages"
        cause = cause_among(self.findings, UNCOUNTED)
        check_count(self.findings, FindingCode.INTERCHANGE_COUNT_MISMATCH, trailer, counted, what, cause)

    def value(self, start: int, end: int, more: tuple[Finding, ...] = ()) -> Interchange:
        """What is known of it, without its groups; `start` and `end` are byte offsets."""
        return Interchange(
            self._dialect.standard,
            self._delimiters,
            self.header,
            self.trailer,
            *self._fields,
            groups=(),
            start=start,
            end=end,
            findings=(*self.findings, *more),
            service_segments=tuple(self.service),
        )
