"""Reads files as interchanges and judges them: by the standard alone, or by what was agreed with one partner."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edi.envelope import Interchange, TransactionSet
from edi.errors import GrammarError, NoInterchangeError
from edi.finding import FindingCode, Severity
from edi.guide import Guide
from edi.read import read
from edi.tolerance import STANDARD, Tolerance
from edi.validate import ValidatedInterchange, validate_interchange
from gateway.cli.output import CliError, ExitCode, read_bytes
from gateway.validators.pyx12 import judged as by_guides

if TYPE_CHECKING:
    from partners.model import Agreement, Partner

__all__ = ["STRICT", "ReadFile", "Rules", "entire", "judge"]


def _no_agreement(_transaction_set: TransactionSet) -> "Agreement | None":
    return None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a file is judged by. The zero value is the standard."""

    agreement_of: Callable[[TransactionSet], "Agreement | None"] = _no_agreement
    partner: "Partner | None" = None
    otherwise: Tolerance = STANDARD  #: what is forgiven where nothing is agreed
    _guides: dict[str, Guide] = field(default_factory=dict, compare=False, repr=False)  #: by agreement, parsed once

    def guide_of(self, transaction_set: TransactionSet) -> Guide | None:
        """The partner's guide for a set, when there is one."""
        agreement = self.agreement_of(transaction_set)
        if agreement is None or agreement.guide is None:
            return None
        if agreement.id not in self._guides:
            self._guides[agreement.id] = Guide.parse(agreement.guide)
        return self._guides[agreement.id]

    def tolerance_of(self, interchange: Interchange) -> Tolerance:
        """What is forgiven in an interchange: by the agreement of its first set that has one."""
        agreements = (self.agreement_of(transaction_set) for transaction_set in interchange.transaction_sets)
        return next((agreement.tolerance for agreement in agreements if agreement is not None), self.otherwise)


STRICT = Rules()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file, and what its interchanges hold."""

    path: Path
    data: bytes
    interchanges: tuple[ValidatedInterchange, ...]

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(interchange.has_errors for interchange in self.interchanges)


def entire(read: ReadFile, *, segments: bool = False) -> ReadFile:
    """The file, when all of it was read, with `segments` every segment of it too. Raises `CliError` otherwise."""
    for one in read.interchanges:
        findings = one.findings if segments else one.interchange.findings
        if any(finding.code is FindingCode.LIMIT_EXCEEDED and finding.severity is Severity.ERROR for finding in findings):
            raise CliError(f"{read.path}: more than can be read at once", "Split the file into smaller interchanges.", file=str(read.path))
    return read


def judge(path: Path, rules: Rules = STRICT, *, data: bytes | None = None, by_others: bool = True) -> ReadFile:
    """Read and validate a file, or its `data` where they were read already. Raises `CliError` when there is no interchange in it.

    `by_others`: sets that we have no grammar of are judged by whoever has an implementation guide of them; not needed where only their
    segments are.
    """
    data = read_bytes(path) if data is None else data
    try:
        found = read(data)
        judged = []
        for index, interchange in enumerate(found):
            tolerance = rules.tolerance_of(interchange)
            # what is forgiven may change how the envelope reads, so a tolerant reading is a second one
            again = interchange if tolerance == STANDARD else read(data, tolerance=tolerance)[index]
            validated = validate_interchange(again, guide_of=rules.guide_of, tolerance=tolerance)
            judged.append(by_guides(validated, tolerance) if by_others else validated)
    except NoInterchangeError as fault:
        hint = "Look at the file: an X12 interchange begins with ISA, an EDIFACT interchange with UNA or UNB."
        raise CliError(f"{path}: no interchange in it. {fault}", hint, file=str(path), code=ExitCode.CANNOT) from None
    except GrammarError as fault:
        raise CliError(f"a grammar or guide cannot be used: {fault}", "Correct the file that it names.") from None
    return ReadFile(path, data, tuple(judged))
