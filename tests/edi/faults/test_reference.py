"""The page of findings and the table of faults say what the code does."""

import pytest

from edi.finding import FindingCode, Scope
from tests.edi.faults.examples import BY_OTHERS, EXAMPLES, found
from tests.edi.faults.reference import FINDINGS, README, findings_page, readme_with, table

#: findings that do not come alone in their example
IN_COMPANY = {FindingCode.BINARY_LENGTH_INVALID}  # no document in these examples has a place for binary data


def test_every_finding_has_an_example_or_says_who_finds_it() -> None:
    assert set(EXAMPLES) | set(BY_OTHERS) == set(FindingCode)
    assert not set(EXAMPLES) & set(BY_OTHERS)


@pytest.mark.parametrize("code", EXAMPLES)
def test_each_example_gives_its_finding_at_its_place(code: FindingCode) -> None:
    first = [finding for finding in found(code) if finding.caused_by is None]
    mine = next(finding for finding in first if finding.code is code)
    assert str(mine.location).partition(" at ")[0] == EXAMPLES[code].place
    assert len(first) == 1 or code in IN_COMPANY
    assert (mine.scope is Scope.GUIDE) is (EXAMPLES[code].guide is not None)


def test_the_page_of_findings_is_that_of_the_code() -> None:
    assert FINDINGS.read_text(encoding="utf-8") == findings_page(), "make it again: python -m tests.edi.faults.reference"


def test_the_table_of_faults_is_that_of_the_suite() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == readme_with(text, table()), "make it again: python -m tests.edi.faults.reference"
