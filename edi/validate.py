"""All that is wrong with one transaction set: against the standard, then against the partner's guide. Two passes, one list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edi.elements import check_elements
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.industry import code_layer
from edi.grammar.load import load
from edi.grammar.model import MessageDef
from edi.guide import Guide
from edi.hierarchy import check_hierarchy
from edi.narrowing import check_guide
from edi.structure import place
from edi.tolerance import STANDARD, Tolerance
from edi.tree import Tree
from edi.values import Standard

__all__ = ["ValidatedGroup", "ValidatedInterchange", "Validation", "no_guide", "validate", "validate_interchange"]

GuideOf = Callable[[TransactionSet], Guide | None]


@dataclass(frozen=True, slots=True)
class Validation:
    """One transaction set, placed and judged."""

    transaction_set: TransactionSet
    message: MessageDef | None  #: None: the set is not supported
    tree: Tree | None
    findings: tuple[Finding, ...]  #: those of the set's own envelope included, in the order of the data

    @property
    def has_errors(self) -> bool:
        """Whether the set is to be rejected."""
        return _has_errors(self.findings)


@dataclass(frozen=True, slots=True)
class ValidatedGroup:
    """A functional group and the verdict on each of its sets."""

    group: FunctionalGroup
    validations: tuple[Validation, ...]


@dataclass(frozen=True, slots=True)
class ValidatedInterchange:
    """An interchange and the verdict on all that is in it."""

    interchange: Interchange
    groups: tuple[ValidatedGroup, ...]

    @property
    def validations(self) -> tuple[Validation, ...]:
        """Those of all groups, in order."""
        return tuple(validation for group in self.groups for validation in group.validations)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All: the interchange's own, then group by group its own and those of its sets."""
        found = list(self.interchange.findings)
        for group in self.groups:
            found += group.group.findings
            for validation in group.validations:
                found += validation.findings
        return tuple(found)

    @property
    def has_errors(self) -> bool:
        """Whether anything in it is wrong."""
        return _has_errors(self.findings)


def no_guide(_: TransactionSet) -> Guide | None:
    """The partner narrows nothing."""
    return None


def validate(
    transaction_set: TransactionSet,
    message: MessageDef | None,
    *,
    guide: Guide | None = None,
    tolerance: Tolerance = STANDARD,
    decimal: str = ".",
) -> Validation:
    """Place and judge one set. Without a grammar there is one more finding, that the set is not supported, and no tree.

    `decimal`: every mark that may stand for the decimal point; X12 knows the full stop only.
    """
    if message is None:
        header = transaction_set.segments[0]
        element, component = (1, None) if transaction_set.standard is Standard.X12 else (2, 1)
        location = header.location(element=element, component=component)
        text = "no grammar for this set in this release is built in"
        unsupported = Finding(FindingCode.SET_UNSUPPORTED, Scope.STANDARD, Severity.ERROR, location, text, transaction_set.set_id)
        return Validation(transaction_set, None, None, (*transaction_set.findings, unsupported))
    tree, misplaced = place(transaction_set.segments, message, tolerance)
    layer = code_layer(message.standard, transaction_set.industry)
    found = [
        *transaction_set.findings,
        *misplaced,
        *check_elements(tree, tolerance, decimal=decimal, layer=layer),
        *check_hierarchy(tree),
        *(check_guide(tree, guide, tolerance) if guide is not None else ()),
    ]
    found.sort(key=lambda finding: finding.location.segment_position or 0)
    return Validation(transaction_set, message, tree, _capped(found, tolerance.max_findings))


def validate_interchange(
    interchange: Interchange, *, guide_of: GuideOf = no_guide, tolerance: Tolerance = STANDARD
) -> ValidatedInterchange:
    """Judge every set by the grammar of its own release and, where there is one, its guide."""
    groups = []
    for group in interchange.groups:
        validations = []
        for transaction_set in group.transaction_sets:
            message = load(transaction_set.standard, transaction_set.release, transaction_set.set_id)
            guide = guide_of(transaction_set)
            validations.append(validate(transaction_set, message, guide=guide, tolerance=tolerance, decimal=interchange.decimal_marks))
        groups.append(ValidatedGroup(group, tuple(validations)))
    return ValidatedInterchange(interchange, tuple(groups))


def _has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _capped(findings: list[Finding], most: int) -> tuple[Finding, ...]:
    """At most so many errors, and so many others beside them: warnings must not crowd out an error."""
    room = {True: most, False: most}
    kept: list[Finding] = []
    for finding in findings:
        is_error = finding.severity is Severity.ERROR
        if room[is_error] > 0:
            room[is_error] -= 1
            kept.append(finding)
    if len(kept) < len(findings):
        text = "more was found than is listed"
        last = findings[-1].location
        kept.append(Finding(FindingCode.LIMIT_EXCEEDED, Scope.STANDARD, Severity.WARNING, last, text))
    return tuple(kept)
