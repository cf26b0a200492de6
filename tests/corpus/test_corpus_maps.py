"""Every accepted set of the corpus whose type has a standard map becomes a document and the same wire again, or the kept table says why not."""

from functools import cache

import pytest

from tests.corpus.documents import CORPUS, VALID, documents, process
from tests.corpus.kept_maps import figures, kept_unmapped, unmapped
from tests.corpus.maps import Mapped, mapped
from tests.corpus.report_maps import worse

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "INDEX.tsv").is_file(), reason="the shared corpus is not beside this repository (../shared/corpus)"),
]


@cache
def found() -> list[Mapped]:
    return list(
        mapped({document: process(document.read_bytes()) for document in documents() if document.is_edi and document.valid == VALID})
    )


def test_what_does_not_decode_or_come_back_is_in_the_kept_table() -> None:
    assert unmapped(found()) == {key: (row.map, row.codes) for key, row in kept_unmapped().items()}


def test_each_row_of_the_kept_table_has_a_reason() -> None:
    assert [key for key, row in kept_unmapped().items() if len(row.reason) < 10] == []


def test_nothing_got_worse() -> None:
    assert list(worse(found())) == []


def test_nearly_all_that_decodes_comes_back() -> None:
    """Wanted are 98 in 100; of those whose only fault is a check digit, with the digit put right."""
    table = figures(found()).values()
    decoded = sum(row.decoded + row.mended for row in table)
    assert decoded >= 100
    assert sum(row.restored for row in table) >= 0.98 * decoded


def test_nothing_is_refused_but_for_what_the_sender_did() -> None:
    """What a map does not know is no reason to refuse a set: the faults are those of data."""
    codes = {code for row in kept_unmapped().values() for code in row.codes.split()}
    assert codes <= {
        "check-failed",
        "code-unknown",
        "document-invalid",
        "gtin-invalid",
        "hierarchy-invalid",
        "required-value-missing",
        "sscc-invalid",
    }
