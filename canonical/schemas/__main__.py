"""`python -m canonical.schemas FOLDER` writes the schema files into a folder (a developer's command; the package itself does no I/O)."""

import json
import sys

from canonical.schemas import FILES, schema


def main(folder: str) -> None:
    """Write every file."""
    for name, model in FILES.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:  # noqa: PTH123 - the core does not know pathlib
            file.write(json.dumps(schema(model), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "canonical/schemas")
