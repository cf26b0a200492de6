"""The functional groups of an interchange while it is read: which one is open, what was counted, and what is wrong with them."""

from dataclasses import dataclass, field
from typing import Final

from edi.checks import cause_among, check_count, check_number, fault
from edi.dialect import Dialect, GroupFields, SetFields
from edi.envelope import FunctionalGroup
from edi.events import GroupBegun, GroupEnded
from edi.finding import Finding, FindingCode
from edi.numbers import Numbers
from edi.tolerance import Tolerance
from edi.values import Segment, Standard

__all__ = ["UNCOUNTED", "Groups"]

_NO_GROUP: Final = GroupFields("", "", "", "", "")
#: faults after which the count of groups or sets cannot be right
UNCOUNTED: Final = (FindingCode.GROUP_HEADER_MISSING, FindingCode.DATA_OUTSIDE_ENVELOPE)


@dataclass(slots=True)
class _Group:
    header: Segment | None
    fields: GroupFields
    findings: list[Finding]
    sets: int = 0
    numbers: Numbers = field(default_factory=Numbers)

    def value(self, trailer: Segment | None = None) -> FunctionalGroup:
        return FunctionalGroup(self.header, trailer, *self.fields, transaction_sets=(), findings=tuple(self.findings))


class Groups:
    """What is wrong with a group is its own; what keeps it from being answered by itself goes to the interchange's findings."""

    def __init__(self, dialect: Dialect, findings: list[Finding], tolerance: Tolerance) -> None:
        self.count = self.with_header = 0  #: of groups that are over
        self.sets = 0  #: in all of them and the open one
        self._dialect, self._findings, self._tolerance = dialect, findings, tolerance
        self._is_x12 = dialect.standard is Standard.X12
        self._numbers: set[tuple[str, str]] = set()
        self._open: _Group | None = None

    @property
    def is_open(self) -> bool:
        """Whether sets that come now are in a group, with or without a header."""
        return self._open is not None

    @property
    def has_header(self) -> bool:
        """Whether the open group has one, so that a trailer can end it."""
        return self._open is not None and self._open.header is not None

    def begin(self, segment: Segment) -> GroupBegun:
        """A header is read; no group is open."""
        fields = self._dialect.group_fields(segment)
        findings = self._dialect.check_group(segment)
        identity = (fields.functional_id if self._is_x12 else "", fields.control_number)
        if identity in self._numbers:
            words = "the control number was used before by a group of the same kind in the interchange"
            findings.append(fault(FindingCode.GROUP_CONTROL_NUMBER_DUPLICATE, segment, words, 6 if self._is_x12 else 5))
        self._numbers.add(identity)
        if not self._is_x12 and self.sets and not self.with_header:
            words = "groups and messages without a group are mixed"
            cause = cause_among(self._findings, UNCOUNTED)
            self._findings.append(fault(FindingCode.GROUP_HEADER_MISSING, segment, words, caused_by=cause))
        # a group that cannot be named cannot be answered by itself: its fault is the interchange's
        self._findings += [f for f in findings if f.code is FindingCode.GROUP_HEADER_INVALID]
        self._open = _Group(segment, fields, [f for f in findings if f.code is not FindingCode.GROUP_HEADER_INVALID])
        return GroupBegun(self._open.value())

    def begin_without_header(self, header_of_set: Segment) -> GroupBegun:
        """A set comes while no group is open: in EDIFACT that is as usual, in X12 a fault."""
        self._open = _Group(None, _NO_GROUP, [])
        if self._is_x12 or self.with_header:
            words = "the transaction set stands in no functional group"
            self._findings.append(fault(FindingCode.GROUP_HEADER_MISSING, header_of_set, words))
        return GroupBegun(self._open.value())

    def begin_set(self, segment: Segment) -> tuple[SetFields, list[Finding]]:
        """What the header of a set in the open group says, and what is wrong with it."""
        group = self._open
        assert group
        fields = self._dialect.set_fields(segment, group.fields)
        findings = self._dialect.check_set(segment)
        if group.header and self._tolerance.group_kind and not self._dialect.belongs(fields.set_id, group.fields.functional_id):
            words = "the transaction set does not belong in a group with this functional identifier"
            cause = cause_among(self._findings, (FindingCode.GROUP_HEADER_INVALID,), since=group.header.offset)
            element = 1 if self._is_x12 else 2
            findings.append(fault(FindingCode.SET_NOT_IN_GROUP, segment, words, element, self._tolerance.group_kind, caused_by=cause))
        if group.numbers.add(fields.control_number):
            words = "the control number was used before in the same group"
            findings.append(fault(FindingCode.SET_CONTROL_NUMBER_DUPLICATE, segment, words, 2 if self._is_x12 else 1))
        return fields, findings

    def takes(self, fields: SetFields) -> bool:
        """Whether a set in which nothing can be wrong may come now; the usual way of most. Where it is False, `begin_set` tells why."""
        group = self._open
        if group is None or (group.header and not self._dialect.belongs(fields.set_id, group.fields.functional_id)):
            return False
        return not group.numbers.add(fields.control_number)

    @property
    def fields(self) -> GroupFields:
        """The header fields of the open group."""
        assert self._open
        return self._open.fields

    def end_set(self) -> None:
        """A set of the open group is over."""
        assert self._open
        self._open.sets += 1
        self.sets += 1

    def end(self, segment: Segment) -> GroupEnded:
        """The trailer of the open group is read."""
        group = self._open
        assert group
        assert group.header
        number, cause = group.fields.control_number, cause_among(self._findings, UNCOUNTED, since=group.header.offset)
        check_number(group.findings, FindingCode.GROUP_CONTROL_NUMBER_MISMATCH, segment, number, self._tolerance)
        check_count(group.findings, FindingCode.GROUP_COUNT_MISMATCH, segment, group.sets, "transaction sets", cause)
        return self._over(group, segment)

    def leave(self, cause: FindingCode | None = None) -> GroupEnded:
        """The open group has no trailer; the one of EDIFACT that has no header needs none."""
        group = self._open
        assert group
        if group.header:
            words = "the functional group has no trailer"
            group.findings.append(fault(FindingCode.GROUP_TRAILER_MISSING, group.header, words, caused_by=cause))
        return self._over(group, None)

    def _over(self, group: _Group, trailer: Segment | None) -> GroupEnded:
        self.count += 1
        self.with_header += group.header is not None
        self._open = None
        return GroupEnded(group.value(trailer), group.sets)
