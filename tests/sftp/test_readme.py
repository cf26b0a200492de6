"""The code on the package's page runs as it stands."""

import re
from pathlib import Path


def test_the_example(capsys):
    text = (Path(__file__).parents[2] / "sftp" / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "/order.edi 10 b'ISA*00*...'\n"
