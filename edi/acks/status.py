"""Verdicts: what happens to a set, a group and an interchange, given its findings."""

from dataclasses import dataclass
from enum import StrEnum

from edi.acks.codes import ANSWERS, Level
from edi.finding import Finding, Severity
from edi.validate import ValidatedGroup, ValidatedInterchange, Validation
from edi.values import Standard

__all__ = ["AckStatus", "GroupVerdict", "InterchangeVerdict", "errors", "group_status", "judge", "judge_group", "judge_interchange"]


class AckStatus(StrEnum):
    """The outcome, by its letter in AK501 and AK901."""

    ACCEPTED = "A"
    ACCEPTED_WITH_ERRORS = "E"
    PARTIALLY_ACCEPTED = "P"
    REJECTED = "R"

    @property
    def is_accepted(self) -> bool:
        """Whether the set is to be processed; of a group, whether all of its sets are."""
        return self in (AckStatus.ACCEPTED, AckStatus.ACCEPTED_WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """The outcome of a group, and of each of its sets in order."""

    status: AckStatus
    sets: tuple[AckStatus, ...]


@dataclass(frozen=True, slots=True)
class InterchangeVerdict:
    """The outcome of an interchange (accepted or rejected as a whole), and of each of its groups in order."""

    status: AckStatus
    groups: tuple[GroupVerdict, ...]

    @property
    def sets(self) -> tuple[AckStatus, ...]:
        """The outcomes of all sets, in the order of `ValidatedInterchange.validations`."""
        return tuple(status for group in self.groups for status in group.sets)


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What is answered: errors, without those that an error that is itself answered brought along."""
    found = tuple(f for f in findings if f.severity is Severity.ERROR)
    codes = {f.code for f in found if f.caused_by is None}
    return tuple(f for f in found if f.caused_by is None or f.caused_by not in codes)


def judge(validation: Validation, *, accept_with_errors: bool = False) -> AckStatus:
    """The outcome of one set by its own findings.

    `accept_with_errors` forgives faults in segments and elements; never those of the set's envelope, and never a set that is not supported.
    """
    found = errors(validation.findings)
    if not found:
        return AckStatus.ACCEPTED
    if accept_with_errors and all(ANSWERS[f.code].level in (Level.SEGMENT, Level.ELEMENT) for f in found):
        return AckStatus.ACCEPTED_WITH_ERRORS
    return AckStatus.REJECTED


def group_status(sets: int, accepted: int, with_errors: int) -> AckStatus:
    """The outcome of a group by its sets: how many there are, how many of them are accepted, how many of these with errors."""
    if accepted < sets:
        return AckStatus.PARTIALLY_ACCEPTED if accepted else AckStatus.REJECTED
    return AckStatus.ACCEPTED_WITH_ERRORS if with_errors else AckStatus.ACCEPTED


def judge_group(group: ValidatedGroup, *, accept_with_errors: bool = False, partial: bool = True) -> GroupVerdict:
    """The outcome of a group: rejected with all of its sets when its own envelope is in error, else by its sets.

    Without `partial` there is no group that is accepted in part: one rejected set rejects them all.
    """
    sets = tuple(judge(validation, accept_with_errors=accept_with_errors) for validation in group.validations)
    status = group_status(len(sets), sum(one.is_accepted for one in sets), sets.count(AckStatus.ACCEPTED_WITH_ERRORS))
    if errors(group.group.findings) or (status is AckStatus.PARTIALLY_ACCEPTED and not partial):
        return GroupVerdict(AckStatus.REJECTED, (AckStatus.REJECTED,) * len(sets))
    return GroupVerdict(status, sets)


def judge_interchange(validated: ValidatedInterchange, *, accept_with_errors: bool = False, partial: bool = True) -> InterchangeVerdict:
    """The outcome of everything: an interchange whose own envelope is in error is rejected with all that is in it.

    `partial` is of X12; EDIFACT has no way to say that a message is rejected for another one's sake.
    """
    if errors(validated.interchange.findings):
        rejected = AckStatus.REJECTED
        return InterchangeVerdict(rejected, tuple(GroupVerdict(rejected, (rejected,) * len(g.validations)) for g in validated.groups))
    partial = partial or validated.interchange.standard is Standard.EDIFACT
    groups = tuple(judge_group(group, accept_with_errors=accept_with_errors, partial=partial) for group in validated.groups)
    return InterchangeVerdict(AckStatus.ACCEPTED, groups)
