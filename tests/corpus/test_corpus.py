"""Every document of the corpus goes through reading, validation and acknowledgment, and what is not accepted is truly faulty."""

from functools import cache

import pytest

from edi.finding import FindingCode, Severity
from edi.read import read
from edi.validate import validate_interchange
from tests.corpus.documents import CORPUS, INVALID, VALID, Document, Result, codes, documents, process
from tests.corpus.kept import kept

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "INDEX.tsv").is_file(), reason="the shared corpus is not beside this repository (../shared/corpus)"),
]

#: AK101 and AK201 of an answer are what came, though no list has it
REPEATED = {(FindingCode.CODE_UNKNOWN, "479"), (FindingCode.CODE_UNKNOWN, "143")}


@cache
def results() -> dict[Document, Result]:
    return {document: process(document.read_bytes()) for document in documents()}


def test_every_document_is_processed_and_what_is_no_interchange_says_so() -> None:
    assert [d.path for d, result in results().items() if bool(result.refusal) is bool(result.interchanges)] == []
    assert [d.path for d, result in results().items() if result.interchanges and not d.is_edi] == []
    assert sum(bool(result.interchanges) for result in results().values()) > 700


def test_what_has_a_valid_envelope_is_accepted_or_the_kept_table_says_why_not() -> None:
    faulty = {d.path: codes(result.errors) for d, result in results().items() if d.is_edi and d.valid == VALID and result.errors}
    assert faulty == {path: row.codes for path, row in kept().items()}


def test_each_row_of_the_kept_table_has_a_reason() -> None:
    assert [path for path, row in kept().items() if len(row.reason) < 10] == []


def test_what_has_a_faulty_envelope_has_a_finding() -> None:
    missed = [d.path for d, result in results().items() if d.is_edi and d.valid == INVALID and not (result.refusal or result.findings)]
    assert missed == []


def test_most_sets_of_real_documents_are_judged_and_accepted() -> None:
    """A floor, so that the table cannot grow quietly."""
    judged = [v for d, result in results().items() if d.is_edi and d.valid == VALID for v in result.judged]
    assert len(judged) >= 470
    assert sum(not validation.has_errors for validation in judged) >= 280


def test_our_answers_are_right_by_our_own_judgment() -> None:
    """All but the ids of group and set, which an answer repeats as they came."""
    faulty = []
    for document, result in results().items():
        for answered in result.answers:
            validated = [validate_interchange(interchange) for interchange in read(answered)]
            errors = [f for interchange in validated for f in interchange.findings if f.severity is Severity.ERROR]
            if not validated or any((f.code, f.element_id) not in REPEATED for f in errors):
                faulty.append((document.path, errors))
    assert faulty == []
