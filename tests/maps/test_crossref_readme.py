"""The page of cross references: its code prints what it promises, and its table names every kind."""

from pathlib import Path

import pytest

from maps.crossref import KEYS
from tests.support.readme import run_snippets

PAGE = "maps/crossref/README.md"


def test_the_code_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    promised = run_snippets(PAGE, monkeypatch)
    assert capsys.readouterr().out.split("\n")[:-1] == promised


@pytest.mark.parametrize("kind", KEYS)
def test_the_table_names_the_columns_of_each_kind(kind) -> None:
    text = (Path(__file__).resolve().parents[2] / PAGE).read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if line.startswith(f"| `{kind}` |")]
    assert all(f"`{name}`" in row for name in KEYS[kind])
