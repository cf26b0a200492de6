"""The command line as a whole: what it documents is what it does, and nothing that comes in makes it fall over."""

import re
import tomllib
from importlib import import_module

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.main import app
from gateway.cli.output import ExitCode
from tests.gateway.command_line import ROOT, gateway, gateway_process
from tests.gateway.papers import orders_850, orders_d96a

README = ROOT / "gateway" / "cli" / "README.md"
GOOD = (orders_850("A1", "A2"), orders_d96a("A3"))


def commands(of: typer.Typer = app, before: str = "gateway") -> set[str]:
    found = {f"{before} {command.name or command.callback.__name__}" for command in of.registered_commands if command.callback}
    for group in of.registered_groups:
        assert isinstance(group.typer_instance, typer.Typer)
        found |= commands(group.typer_instance, f"{before} {group.name}")
    return found


def test_the_readme_lists_every_command_and_every_exit_code() -> None:
    text = README.read_text()
    assert set(re.findall(r"^\| `(gateway [a-z0-9 -]+)`", text, re.MULTILINE)) == commands()
    assert set(re.findall(r"^\| (\d) \|", text, re.MULTILINE)) == {str(int(code)) for code in ExitCode}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_explains_itself(command: str) -> None:
    done = gateway(*command.split()[1:], "--help")
    assert done.code == 0
    assert "Usage: gateway" in done.out


@pytest.mark.parametrize("command", sorted(commands() - {"gateway serve"}))
def test_every_command_takes_json(command: str) -> None:
    assert "--json" in gateway(*command.split()[1:], "--help").out


def test_the_installed_command_is_this_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["gateway"].partition(":")
    assert getattr(import_module(module), name).__module__ == "gateway.cli.main"
    assert gateway_process("--version").out.startswith("partner-gateway")


def test_a_fault_of_ours_is_a_sentence_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("PO 4500123987")

    monkeypatch.setattr("gateway.cli.reading.judge", broken)
    done = gateway("edi", "validate", "-", stdin=GOOD[0])
    assert done.code == 2
    assert "RuntimeError" in done.err
    assert "4500123987" not in done.err
    assert "Traceback" not in done.err


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file with a piece cut out, doubled or overwritten."""
    data = draw(st.sampled_from(GOOD))
    start = draw(st.integers(0, len(data) - 1))
    end = draw(st.integers(start, min(len(data), start + 60)))
    middle = draw(st.one_of(st.just(b""), st.just(data[start:end] * 2), st.binary(max_size=20)))
    return data[:start] + middle + data[end:]


@settings(max_examples=60, deadline=None)
@given(damaged())
def test_damaged_files_get_an_answer_from_every_command_that_reads_files(data: bytes) -> None:
    validated = gateway("edi", "validate", "-", "--json", stdin=data)
    assert validated.code in {0, 1, 2}
    assert isinstance(validated.json["files"], list)
    for command in (("edi", "inspect", "-"), ("edi", "ack", "-"), ("map", "decode", "-")):
        done = gateway(*command, stdin=data)
        assert done.code in {0, 1, 2}
        assert "fault in the gateway" not in done.err
        assert (done.code == 2) == (validated.code == 2) or command[0] == "map"
