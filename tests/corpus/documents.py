"""The documents of the corpus, and what the gateway makes of one of them."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edi.acks import AckNumbers, answer
from edi.errors import NoInterchangeError
from edi.finding import Finding, FindingCode, Severity
from edi.read import read
from edi.validate import ValidatedInterchange, Validation, validate_interchange

_NUMBERS: Final = AckNumbers(interchange="1", group="1", set="0001")
_NOW: Final = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

CORPUS: Final = Path(__file__).resolve().parents[3] / "shared" / "corpus"
EDI: Final = ("x12", "edifact")
VALID, INVALID, CLAIMED = "valid(envelope)", "invalid", "invalid(claimed)"


@dataclass(frozen=True, slots=True)
class Document:
    """A line of the index."""

    path: str
    standard: str  #: x12, edifact, ubl, csv …
    version: str
    doc_type: str
    valid: str  #: "valid(envelope)", "invalid", "invalid(claimed)", "fragment" … : of the envelope only, says nothing of the content
    why: str  #: what is wrong, or who claims it

    @property
    def is_edi(self) -> bool:
        """Whether it is X12 or EDIFACT."""
        return self.standard in EDI

    def read_bytes(self) -> bytes:
        return (CORPUS / self.path).read_bytes()


@dataclass(slots=True)
class Result:
    """What came of a document."""

    interchanges: list[ValidatedInterchange] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    refusal: str = ""  #: why it is no interchange

    @property
    def findings(self) -> list[Finding]:
        """All, those of the envelopes included, but not that a set is not built in."""
        found = [finding for interchange in self.interchanges for finding in interchange.findings]
        return [finding for finding in found if finding.code is not FindingCode.SET_UNSUPPORTED]

    @property
    def errors(self) -> list[Finding]:
        """What is truly wrong."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def judged(self) -> list[Validation]:
        """The sets that have a grammar, their own or that of the nearest release."""
        validations = [v for interchange in self.interchanges for v in interchange.validations]
        return [v for v in validations if v.message is not None]


def documents() -> Iterator[Document]:
    """Every line of the index; none when the corpus is not there."""
    index = CORPUS / "INDEX.tsv"
    if not index.is_file():
        return
    with index.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            yield Document(row["path"], row["standard"], row["version"], row["doc_type"], row["valid"], row["why"])


def process(data: bytes) -> Result:
    """Read, validate and answer, as for a partner's bytes. Any exception from here is a bug."""
    result = Result()
    try:
        interchanges = read(data)
    except NoInterchangeError as error:
        result.refusal = str(error)
        return result
    for interchange in interchanges:
        validated = validate_interchange(interchange)
        result.interchanges.append(validated)
        answered = answer(validated, numbers=_NUMBERS, now=_NOW)
        if answered is not None:
            result.answers.append(answered)
    return result


def codes(findings: Iterable[Finding]) -> str:
    """The codes of findings, each once, those left out that only follow from another."""
    return " ".join(sorted({str(finding.code) for finding in findings if finding.caused_by is None}))
