"""The snippets of the README run and print what their comments say."""

from tests.support.readme import run_snippets


def test_the_readme_runs(monkeypatch, capsys) -> None:
    promised = run_snippets("edi/README.md", monkeypatch)
    assert capsys.readouterr().out.splitlines() == promised
