"""What every command shares: its exit codes, how it says that it cannot go on, and how it prints, for people or as JSON."""

import getpass
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

__all__ = [
    "GONE",
    "CliError",
    "ExitCode",
    "JsonOption",
    "ReasonOption",
    "fail",
    "operator",
    "print_json",
    "print_table",
    "read_bytes",
    "workspace_of",
    "write_stdout",
]

#: what helps where the file of the database is gone
GONE = (
    "Do not end a gateway that still runs: put the file back under its name, and it goes on. If it is lost, move the data folder"
    " aside and `gateway restore` the newest backup; without the folder a start begins anew."
)


class ExitCode(IntEnum):
    """How a command ended; documented in gateway/cli/README.md and in `gateway --help`."""

    OK = 0
    FINDINGS = 1  #: it ran and found faults, or what was asked failed
    CANNOT = 2  #: wrong usage, unreadable, or no interchange in it
    NOT_FOUND = 3  #: nothing is known under that id; or it is held for a person


class CliError(Exception):
    """The command cannot go on. Printed as one line with the next action, never as a traceback."""

    def __init__(self, message: str, next_action: str = "", code: ExitCode = ExitCode.CANNOT, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.next_action = next_action
        self.code = code
        self.details = details


_WIDEST: Final = 1000

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]


def operator() -> str:
    """Who gives the command: stands with each decision."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user of that number
        return "operator"


def workspace_of(context: typer.Context) -> Path:
    """The workspace that `--workspace` names."""
    root = context.find_root().obj
    return root if isinstance(root, Path) else Path()


def read_bytes(path: Path) -> bytes:
    """A file's bytes; `-` is standard input."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as fault:
        raise CliError(f"{path}: {(fault.strerror or type(fault).__name__).lower()}", "Check the path.") from None


def write_stdout(data: bytes) -> None:
    """Bytes as they are, on standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_json(value: Any) -> None:
    """One JSON value, indented for a terminal, on one line for a pipe."""
    indent = 2 if sys.stdout.isatty() else None
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent))


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]], *, empty: str) -> None:
    """Rows under headings; `columns` are (key, heading). `empty` is said when there are none.

    Nothing is folded: a row that the terminal is too narrow for goes on in its next line, and ids can still be copied.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    listed = list(rows)
    if not listed:
        typer.echo(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for _, heading in columns:
        table.add_column(heading, no_wrap=True)
    for row in listed:
        # Text, because what a partner sent must not be read as markup
        table.add_row(*(Text("" if row.get(key) is None else str(row[key])) for key, _ in columns))
    console = Console(width=_WIDEST, highlight=False)
    with console.capture() as printed:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def fail(fault: CliError, *, as_json: bool) -> NoReturn:
    """Say why the command cannot go on, and end it with its exit code."""
    if as_json:
        print_json({"error": {"message": fault.message, "nextAction": fault.next_action, **fault.details}})
    else:
        typer.echo(f"gateway: {fault.message}", err=True)
        if fault.next_action:
            typer.echo(f"  next: {fault.next_action}", err=True)
    sys.exit(int(fault.code))
