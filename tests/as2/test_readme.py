"""The snippet of the README runs and prints what its comments say, and its table names modules that are there."""

import re
from pathlib import Path

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
