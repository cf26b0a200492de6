"""The snippet of the README runs and prints what its comments say, and its table names modules that are there."""

import re
from pathlib import Path

from tests.as2.broken.cases import CASES
from tests.as2.broken.made import MESSAGES
from tests.as2.broken.workspace import make_workspace
from tests.gateway.command_line import gateway
from tests.support.readme import ROOT, run_snippets


def test_the_readme_runs(monkeypatch, capsys):
    promised = run_snippets("as2/README.md", monkeypatch)
    assert capsys.readouterr().out.splitlines() == promised


def test_every_module_has_its_line():
    package = ROOT / "as2"
    table = (package / "README.md").read_text(encoding="utf-8").partition("| look for | in |")[2].partition("The tests are named")[0]
    named = set(re.findall(r"`(?:cms/)?(\w+)", table))
    modules = {path.stem for path in Path(package).glob("*.py")} - {"__init__"}
    assert modules <= named


def test_what_explain_prints_is_what_stands_there(tmp_path):
    text = (ROOT / "as2" / "README.md").read_text(encoding="utf-8")
    [(message, partner, promised)] = re.findall(
        r"^\$ gateway as2 explain (\S+) --partner (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    workspace = make_workspace(tmp_path, "northmart-next")
    assert gateway("-w", workspace, "as2", "explain", MESSAGES / message, "--partner", partner).out == promised
    assert f"keeps {len(CASES)} messages and receipts" in text
