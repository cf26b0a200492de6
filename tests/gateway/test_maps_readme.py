"""The commands that maps/README.md shows are run in the quickstart workspace, and print what it shows, word for word."""

import pytest

from tests.gateway.maps_readme import commands, run


def test_it_shows_the_tools() -> None:
    assert {command.split()[2] for command, _ in commands()} >= {"explain", "trace", "diff"}


@pytest.mark.parametrize(("command", "output"), commands(), ids=[command for command, _ in commands()])
def test_each_command_prints_what_is_shown(command: str, output: str) -> None:
    done = run(command)
    assert done.err == ""
    assert done.out == output, "python -m tests.gateway.maps_readme writes it anew"
