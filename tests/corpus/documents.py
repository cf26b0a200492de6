"""The documents of the corpus, and what the gateway makes of one of them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from edi.acks import AckNumbers, answer
from edi.errors import NoInterchangeError
from edi.grammar.load import sets
from edi.read import read
from edi.validate import ValidatedInterchange, Validation, validate_interchange

_NUMBERS = AckNumbers(interchange="1", group="1", set="0001")
_NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
EDI = ("x12", "edifact")
#: the sets of which the corpus run counts the accepted ones
JUDGED = ("850", "856", "ORDERS")


@dataclass(frozen=True, slots=True)
class Document:
    """A line of the index."""

    path: str
    standard: str  #: x12, edifact, ubl, csv …
    version: str
    doc_type: str
    valid: str  #: "valid(envelope)", "invalid", "fragment" … : of the envelope only, says nothing of the content

    def read_bytes(self) -> bytes:
        return (CORPUS / self.path).read_bytes()


@dataclass(slots=True)
class Result:
    """What came of a document."""

    interchanges: list[ValidatedInterchange] = field(default_factory=list)
    answers: int = 0
    refusal: str = ""  #: why it is no interchange

    @property
    def judged(self) -> list[Validation]:
        """The sets that have a grammar and whose acceptance is counted."""
        validations = [v for interchange in self.interchanges for v in interchange.validations]
        return [v for v in validations if v.transaction_set.set_id in JUDGED and is_built(v)]


def is_built(validation: Validation) -> bool:
    one = validation.transaction_set
    return one.set_id in sets(one.standard, one.release)


def documents() -> Iterator[Document]:
    """Every line of the index; none when the corpus is not there."""
    index = CORPUS / "INDEX.tsv"
    if not index.is_file():
        return
    with index.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            yield Document(row["path"], row["standard"], row["version"], row["doc_type"], row["valid"])


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
        result.answers += answer(validated, numbers=_NUMBERS, now=_NOW) is not None
    return result
