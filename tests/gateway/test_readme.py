"""The gateway's page: its code runs, and "where do I change it?" names files that are there."""

import re
from pathlib import Path

import pytest

from tests.support.readme import run_snippets

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "gateway" / "README.md").read_text(encoding="utf-8")
ASKED = (
    "a new transport",
    "a sink",
    "a document type",
    "an acknowledgment",
    "a partner setting",
    "an AS2 algorithm",
    "a command",
    "a state",
    "a metric",
    "a kind of map rule",
)


def rows() -> dict[str, list[str]]:
    """What is asked, and the files that answer it."""
    section = TEXT.split("## Where do I change it?")[1].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2 and "`" in cells[1]:
            found[cells[0]] = re.findall(r"`([\w./-]+\.(?:py|yaml))`", cells[1])
    return found


def test_the_code_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    promised = run_snippets("gateway/README.md", monkeypatch)
    assert capsys.readouterr().out.split("\n")[:-1] == promised


@pytest.mark.parametrize("asked", ASKED)
def test_where_do_i_change_it(asked: str):
    [files] = [files for what, files in rows().items() if what.split(" (")[0] == asked]
    assert 1 <= len(files) <= 3
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_file_named_is_there():
    assert [name for files in rows().values() for name in files if not (ROOT / name).is_file()] == []


def test_every_room_is_named():
    rooms = {path.name for path in (ROOT / "gateway").iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    assert {name for name in rooms if f"| `{name}/` |" not in TEXT} == set()
