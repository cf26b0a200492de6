"""Runs the Python snippets of a README, so that what it shows is what happens."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_snippets(readme: str, monkeypatch) -> list[str]:
    """Run every snippet of a README from the repository's folder; gives the lines that they promise in comments beside `print`."""
    monkeypatch.chdir(ROOT)
    text = (ROOT / readme).read_text(encoding="utf-8")
    snippets = _SNIPPET.findall(text)
    assert snippets, f"{readme} shows no code"
    for snippet in snippets:
        exec(compile(snippet, readme, "exec"), {"__name__": "readme"})
    return re.findall(r"print\(.*\)\s+# (.*)", text)
