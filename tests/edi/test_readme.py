"""The page of the package: its code runs and prints what it says, and the modules it names are there."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import edi

PACKAGE = Path(next(iter(edi.__path__)))
README = (PACKAGE / "README.md").read_text()


def test_the_code_prints_what_the_comments_say() -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue().splitlines() == re.findall(r"print\(.*\)  # (.*)", code)


def test_the_modules_that_it_names_are_there() -> None:
    table = README[README.index("| question") : README.index("## Grammar files")]
    for name in re.findall(r"`([a-z_/0-9]+)`", table):
        assert (PACKAGE / f"{name}.py").is_file() or (PACKAGE / name).is_dir(), name
