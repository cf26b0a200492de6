"""All that is wrong with one transaction set: against the standard, then against the partner's guide. Two passes, one list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from edi.brief import Brief
from edi.elements import check_elements
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.industry import code_layer
from edi.grammar.model import MessageDef
from edi.grammar.nearest import resolve
from edi.guide import Guide
from edi.hierarchy import check_hierarchy
from edi.kept import is_kept
from edi.narrowing import check_guide
from edi.plant import plant
from edi.structure import Placed, place
from edi.tolerance import STANDARD, Tolerance
from edi.tree import Tree
from edi.values import Standard

__all__ = ["ValidatedGroup", "ValidatedInterchange", "Validation", "no_guide", "validate", "validate_interchange", "validate_set"]

GuideOf = Callable[[TransactionSet], Guide | None]


@dataclass(frozen=True, slots=True)
class Validation:
    """One transaction set, placed and judged."""

    transaction_set: TransactionSet
    message: MessageDef | None  #: None: the set is not supported
    findings: tuple[Finding, ...]  #: those of the set's own envelope included, in the order of the data
    planted: "Planted | None" = None

    @property
    def tree(self) -> Tree | None:
        """The set by its grammar, made when somebody asks for it; None when the set is not supported."""
        return self.planted.tree if self.planted else None

    @property
    def has_errors(self) -> bool:
        """Whether the set is to be rejected."""
        return _has_errors(self.findings)


class Planted:
    """A tree that is there, or will be when it is needed: of a set that was proven nobody may ever need it."""

    __slots__ = ("_message", "_placed", "_tolerance", "_transaction_set", "is_proven")

    def __init__(self, transaction_set: TransactionSet, message: MessageDef, tolerance: Tolerance) -> None:
        self._transaction_set, self._message, self._tolerance = transaction_set, message, tolerance
        self._placed: Placed | None = None
        self.is_proven = False  #: whether the structure is known to be right

    @property
    def placed(self) -> Placed:
        """All segments in their places, and what is wrong with these."""
        if self._placed is None and self.is_proven and (tree := plant(self._transaction_set.segments, self._message)) is not None:
            self._placed = Placed(tree, ())
        if self._placed is None:
            self._placed = place(self._transaction_set.segments, self._message, self._tolerance)
        return self._placed

    @property
    def tree(self) -> Tree:
        """The segments in their places."""
        return self.placed.tree


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
    substituted: bool = False,
) -> Validation:
    """Place and judge one set. Without a grammar there is one more finding, that the set is not supported, and no tree.

    `decimal`: every mark that may stand for the decimal point; X12 knows the full stop only.
    `substituted`: the grammar is that of the nearest release, which a finding says.
    """
    if message is None:
        text = "no grammar for this set in this release is built in"
        cause = None
        if any(finding.code is FindingCode.SET_HEADER_INVALID for finding in transaction_set.findings):
            cause = FindingCode.SET_HEADER_INVALID
        elif not transaction_set.release:
            cause = FindingCode.GROUP_RELEASE_UNSUPPORTED  # said of the group, if there is one
        unsupported = replace(_of_release(transaction_set, FindingCode.SET_UNSUPPORTED, Severity.ERROR, text), caused_by=cause)
        return Validation(transaction_set, None, (*transaction_set.findings, unsupported))
    planted = Planted(transaction_set, message, tolerance)
    layer = code_layer(message.standard, transaction_set.industry)
    found = list(transaction_set.findings)
    if substituted:
        text = f"this release is not built in; {message.release}, the nearest one that is, was asked"
        found.append(_of_release(transaction_set, FindingCode.RELEASE_SUBSTITUTED, Severity.INFO, text))
    brief = Brief(transaction_set.lines, message, tolerance, decimal=decimal, layer=layer)
    proven = brief.check(is_near=substituted)
    planted.is_proven = proven is not None
    if proven is None:
        tree, misplaced = planted.placed
        found += misplaced
        found += check_elements(tree, tolerance, decimal=decimal, layer=layer, is_near=substituted, is_proven=brief.is_proven)
        found += check_hierarchy(tree)
    else:
        found += proven
    if guide is not None and (proven is None or not is_kept(transaction_set.lines, guide, message)):
        found += check_guide(planted.tree, guide, tolerance)
    if found:
        found.sort(key=lambda finding: finding.location.segment_position or 0)
    return Validation(transaction_set, message, _capped(found, tolerance.max_findings), planted)


def validate_interchange(
    interchange: Interchange, *, guide_of: GuideOf = no_guide, tolerance: Tolerance = STANDARD
) -> ValidatedInterchange:
    """Judge every set by the grammar of its own release, or the nearest one that is built in, and, where there is one, its guide."""
    groups, decimal = [], interchange.decimal_marks
    for group in interchange.groups:
        judged = (validate_set(one, guide_of=guide_of, tolerance=tolerance, decimal=decimal) for one in group.transaction_sets)
        groups.append(ValidatedGroup(group, tuple(judged)))
    return ValidatedInterchange(interchange, tuple(groups))


def validate_set(
    transaction_set: TransactionSet, *, guide_of: GuideOf = no_guide, tolerance: Tolerance = STANDARD, decimal: str = "."
) -> Validation:
    """Judge one set, as `validate_interchange` does each; `decimal`: `decimal_marks` of its interchange."""
    resolved = resolve(transaction_set.standard, transaction_set.release, transaction_set.set_id)
    guide = guide_of(transaction_set)
    if resolved is None:
        return validate(transaction_set, None, guide=guide, tolerance=tolerance, decimal=decimal)
    return validate(transaction_set, resolved.message, guide=guide, tolerance=tolerance, decimal=decimal, substituted=resolved.substituted)


def _of_release(transaction_set: TransactionSet, code: FindingCode, severity: Severity, text: str) -> Finding:
    header = transaction_set.lines.pick((0,))[0]
    element, component = (1, None) if transaction_set.standard is Standard.X12 else (2, 1)
    location = header.location(element=element, component=component)
    return Finding(code, Scope.STANDARD, severity, location, text, transaction_set.set_id)


def _has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _capped(findings: list[Finding], most: int) -> tuple[Finding, ...]:
    """At most so many errors, and so many others beside them: warnings must not crowd out an error."""
    if len(findings) <= most:
        return tuple(findings)
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
