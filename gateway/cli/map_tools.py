"""`gateway map lint, explain, loss, trace, diff, test, new`: what an analyst asks of a map before a partner goes live, and after."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import ExitCode, JsonOption, workspace_of

__all__ = ["register"]

_Map = Annotated[str, typer.Argument(metavar="MAP", help="x12/004010/850, northmart/850, 850, or a map file.")]
_Partner = Annotated[str | None, typer.Option("--partner", metavar="ID", help="With this partner's agreements, maps and guides.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `gateway map`."""
    for command in (lint, explain, loss, trace, diff, new):
        app.command()(command)
    app.command("test")(run_cases)


def lint(
    context: typer.Context,
    maps: Annotated[list[str] | None, typer.Argument(metavar="[MAP]...", help="Names or files; all of the workspace without any.")] = None,
    standard: Annotated[bool, typer.Option("--standard", help="The maps that are built in, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look for everything that is wrong with maps: each fault with file, line, rule and what would mend it.

    Exit code 0: all load. 1: at least one has a fault. 3: there is no such map.
    """
    from gateway.cli.map_lint import lint_maps

    if not lint_maps(workspace_of(context), maps or [], standard=standard, as_json=as_json):
        raise typer.Exit(ExitCode.FINDINGS)


def explain(
    context: typer.Context,
    name: _Map,
    what: Annotated[str, typer.Argument(metavar="[WHAT]", help="A field, a place (PO107), a rule, a code or a word; all without it.")] = "",
    code: Annotated[bool, typer.Option("--code", help="Print the generated Python.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a map does: which place is which field, by which rule, set in which line of which file.

    Exit code 0: printed. 3: there is no such map, or it says nothing of this.
    """
    from gateway.cli.map_explain import explain_map, print_code
    from gateway.cli.map_named import named_map

    found = named_map(workspace_of(context), name)
    if code:
        print_code(found.map)
    else:
        explain_map(found.map, what, as_json=as_json)


def loss(context: typer.Context, name: _Map, as_json: JsonOption = False) -> None:
    """Say what a map cannot carry: fields of the document that it never writes or reads, and how much of the set it knows."""
    from gateway.cli.map_explain import print_loss
    from gateway.cli.map_named import named_map

    print_loss(named_map(workspace_of(context), name).map, as_json=as_json)


def trace(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An interchange, a payload, or a document in JSON.")],
    what: Annotated[str, typer.Argument(metavar="PATH", help="$.lines[0].item, PO107, PO107@28, or 28: all of the 28th segment.")],
    partner: _Partner = None,
    to: Annotated[str | None, typer.Option("--to", metavar="MAP", help="Of a document: the map that writes it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say where a value comes from, or where it goes: which element of which segment, by which rule, in which line of the map.

    Exit code 0: found. 3: nothing in the file is meant by it.
    """
    from gateway.cli.map_trace import trace_file

    trace_file(workspace_of(context), file, what, partner=partner, to=to, as_json=as_json)


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A map by its name or file.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another one, or another file of the same.")],
    on: Annotated[list[Path] | None, typer.Option("--on", metavar="FILE", help="Traffic to run through both; may be given often.")] = None,
    partner: _Partner = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a change of a map does: rule by rule, and with `--on` document by document of real traffic.

    Exit code 0: nothing changes. 1: something does.
    """
    from gateway.cli.map_diff import diff_maps

    if diff_maps(workspace_of(context), old, new, on or [], partner=partner, as_json=as_json):
        raise typer.Exit(ExitCode.FINDINGS)


def run_cases(
    context: typer.Context,
    partner: Annotated[str | None, typer.Argument(metavar="[PARTNER]", help="All partners without it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the golden pairs in partners/ID/cases both ways: file to document and document to file.

    Exit code 0: all hold. 1: at least one does not. 3: there is none.
    """
    from gateway.cli.map_cases import run_pairs

    if not run_pairs(workspace_of(context), partner, as_json=as_json):
        raise typer.Exit(ExitCode.FINDINGS)


def new(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Whose overlay and guide to draft.")],
    sample: Annotated[list[Path], typer.Option("--from-sample", metavar="FILE", help="The partner's files; may be given often.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draft an overlay and a guide from a partner's files. What was not understood is marked, for a person to decide.

    Exit code 0: drafted. 1: drafted, and something was not understood. 2: no set in the files, or a file is there already.
    """
    from gateway.cli.map_new import draft_maps

    if not draft_maps(workspace_of(context), partner, sample, force=force, as_json=as_json):
        raise typer.Exit(ExitCode.FINDINGS)
