"""A developer's command; the package itself does no I/O.

`python -m canonical.schemas [FOLDER]` writes the files. `--check [FOLDER]` compares the models with the released major beside them and
tells every break; `--release [FOLDER]` makes the schemas of now the released ones.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from canonical.schemas import FILES, published, schema
from canonical.schemas.compatibility import Break, broken_files

FOLDER = "canonical/schemas"
RELEASED = "released/1"


def main(folder: str = FOLDER) -> None:
    """Write every file."""
    _write(folder, published())


def release(folder: str = FOLDER) -> None:
    """Write the schemas as the released ones."""
    _write(f"{folder}/{RELEASED}", {name: schema(model) for name, model in FILES.items()})


def check(folder: str = FOLDER) -> tuple[Break, ...]:
    """What the models break of the released schemas."""
    released: dict[str, Any] = {}
    for name in sorted(os.listdir(f"{folder}/{RELEASED}")):  # noqa: PTH208 - the core does not know pathlib
        with open(f"{folder}/{RELEASED}/{name}", encoding="utf-8") as file:  # noqa: PTH123 - the same
            released[name] = json.load(file)
    return broken_files(released, {name: schema(model) for name, model in FILES.items()})


def _write(folder: str, files: Mapping[str, Any]) -> None:
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - the core does not know pathlib
    for name, content in files.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:  # noqa: PTH123 - the same
            file.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def run(arguments: list[str]) -> int:
    """The command; 1 when something breaks."""
    option = arguments.pop(0) if arguments and arguments[0].startswith("--") else ""
    folder = arguments[0] if arguments else FOLDER
    if option == "--check":
        found = check(folder)
        for one in found:
            print(one)  # noqa: T201 - it is what the command is for
        return 1 if found else 0
    if option == "--release":
        release(folder)
    elif option:
        print(__doc__)  # noqa: T201 - the same
        return 2
    else:
        main(folder)
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
