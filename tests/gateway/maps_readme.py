"""The commands that maps/README.md shows, with what they print. `python -m tests.gateway.maps_readme` writes what they print today."""

import re
import shlex
from pathlib import Path

from tests.gateway.command_line import SAMPLES, Result, gateway

__all__ = ["README", "commands", "run"]

README = Path(__file__).parents[2] / "maps" / "README.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Each command, and what it prints."""
    return [one for block in _BLOCK.findall(README.read_text(encoding="utf-8")) for one in _commands(block)]


def _commands(block: str) -> list[tuple[str, str]]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def run(command: str) -> Result:
    """Run a command of the README. Its paths are those of the quickstart workspace."""
    program, *arguments = shlex.split(command)
    assert program == "gateway"
    placed = [str((SAMPLES / "quickstart" / one).resolve()) if one.startswith("../") else one for one in arguments]
    return gateway("-w", SAMPLES / "quickstart", *placed)


def main() -> None:
    """Write what the commands print."""

    def printed(block: re.Match[str]) -> str:
        return "```console\n" + "".join(f"$ {command}\n{run(command).out}" for command, _ in _commands(block[1])) + "```"

    README.write_text(_BLOCK.sub(printed, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
