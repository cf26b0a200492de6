"""The snippet of the README runs and prints what its comments say."""

from tests.support.readme import run_snippets


def test_the_readme_runs(monkeypatch, capsys) -> None:
    promised = run_snippets("maps/README.md", monkeypatch)
    assert capsys.readouterr().out.splitlines() == promised
