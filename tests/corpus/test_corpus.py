"""Every document of the corpus goes through reading, validation and acknowledgment without an exception."""

from collections import Counter

import pytest

from edi.finding import Severity
from tests.corpus.documents import CORPUS, EDI, JUDGED, documents, process

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "INDEX.tsv").is_file(), reason="the shared corpus is not beside this repository (../shared/corpus)"),
]


def test_every_document_is_processed_and_what_is_no_interchange_says_so() -> None:
    outcomes: Counter[tuple[bool, bool]] = Counter()
    for document in documents():
        result = process(document.read_bytes())
        outcomes[document.standard in EDI, bool(result.interchanges)] += 1
        assert bool(result.refusal) is not bool(result.interchanges), document.path
    assert outcomes[False, True] == 0, "nothing but X12 and EDIFACT is read as an interchange"
    assert outcomes[True, True] > 700


def test_real_orders_and_ship_notices_are_accepted_unless_they_break_the_standard() -> None:
    """A floor, so that a change of the grammars that turns real documents away is seen; `make corpus` names each reason."""
    accepted: Counter[str] = Counter()
    for document in documents():
        if document.standard not in EDI or document.valid != "valid(envelope)" or document.doc_type not in JUDGED:
            continue
        for validation in process(document.read_bytes()).judged:
            accepted[validation.transaction_set.set_id] += not any(f.severity is Severity.ERROR for f in validation.findings)
    assert accepted["850"] >= 28
    assert accepted["856"] >= 15
    assert accepted["ORDERS"] >= 64
