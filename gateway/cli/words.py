"""Words and shapes that several commands print: times as on the clock of whoever reads, plurals, commands that can be copied."""

import shlex
import shutil
import sys
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import typer

__all__ = ["command", "date_of", "echo_wrapped", "is_to_come", "moment", "span", "time_of", "visible", "zone_name"]


def time_of(text: str) -> str:
    """`10:53:28`: a moment of an answer on the clock of this machine."""
    return f"{_local(text):%H:%M:%S}"


def date_of(text: str) -> str:
    """`2026-11-21`, by this machine."""
    return f"{_local(text):%Y-%m-%d}"


def moment(text: str) -> str:
    """Date and time, to the second; the date only where it is not today."""
    local = _local(text)
    return f"{local:%H:%M:%S}" if local.date() == datetime.now(tz=local.tzinfo).date() else f"{local:%Y-%m-%d %H:%M:%S}"


def is_to_come(text: str) -> bool:
    """Whether a moment lies ahead."""
    return datetime.fromisoformat(text) > datetime.now(tz=UTC)


def span(seconds: float) -> str:
    """`42 s`, `18 min`, `5.2 h`, `3.1 d`."""
    for size, unit in ((86400.0, "d"), (3600.0, "h")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.3g} s"


def zone_name() -> str:
    """What this machine calls its time."""
    return datetime.now().astimezone().tzname() or "local time"


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


def command(context: typer.Context, *words: str) -> str:
    """A command as this person would type it: with the workspace where it was given on the line."""
    root = context.find_root()
    source = root.get_parameter_source("folder")
    given = source is not None and source.name == "COMMANDLINE"
    return " ".join(["gateway", *(("-w", shlex.quote(str(root.obj))) if given else ()), *words])


def echo_wrapped(text: str, *, indent: str = "", hanging: str = "") -> None:
    """A paragraph: folded to the terminal, whole in a pipe."""
    if not sys.stdout.isatty():
        typer.echo(indent + text)
        return
    width = max(60, shutil.get_terminal_size().columns)
    folded = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=hanging or indent, break_on_hyphens=False)
    typer.echo("\n".join(folded) or indent)


def visible(value: Any) -> str:
    """Any value of an answer as one line without control characters, which could steer a terminal."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {visible(one)}" for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(visible, value))
    return "".join(character if character.isprintable() else " " for character in str(value))
