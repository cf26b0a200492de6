"""Prints what `partner new` made: what was understood of the sample, what was not, and what a person has to look at."""

from collections.abc import Mapping
from typing import Any, Final

import typer

from gateway.cli.words import command, echo_wrapped, visible

__all__ = ["print_drafted"]

_ALWAYS: Final = (
    "status: it is draft, and nothing goes through. `testing` lets test traffic through, `live` everything.",
    "name, and zone: the times of X12 and EDIFACT say no zone; they are the partner's.",
    "transports: folders below the workspace, until what was agreed stands there.",
)


def print_drafted(context: typer.Context, drafted: Mapping[str, Any], samples: list[str]) -> None:
    """The page of a draft; `samples` are the files that it was made from."""
    partner = drafted["partner"]
    typer.secho(f"partner {partner} is drafted" + (f" from {', '.join(samples)}" if samples else ""), bold=True)
    for name in drafted["files"]:
        typer.echo(f"  file        {name}")
    for identity in drafted.get("identities", ()):
        typer.echo(f"  identity    {identity}")
    for agreement in drafted.get("agreements", ()):
        way = f"{agreement['set']} {agreement['direction']}, {agreement['standard']}"
        typer.echo(f"  agreement   {agreement['id']}: {way}, {agreement['document']} by the map {agreement['map']}")
    for one in drafted["sets"]:
        _print_set(one)
    typer.secho("look at", bold=True)
    for remark in drafted["remarks"]:
        echo_wrapped(visible(remark), indent="  - ", hanging="    ")
    for line in _ALWAYS:
        echo_wrapped(line, indent="  - ", hanging="    ")
    typer.secho("next", bold=True)
    typer.echo(f"  edit {drafted['files'][0]}, then")
    typer.echo(f"  {command(context, 'partner', 'validate', partner)}")
    for sample in samples:
        if sample == "-":
            continue
        typer.echo(f"  {command(context, 'map', 'decode', '--partner', partner, sample)}")
    typer.echo(f"  {command(context, 'plan')}")
    typer.echo(f"  {command(context, 'apply')}")


def _print_set(one: Mapping[str, Any]) -> None:
    if one["document"] is not None:
        typer.echo(f"  sample      {visible(one['set'])} becomes {visible(one['document'])}")
        return
    typer.secho(f"  sample      {visible(one['set'])} would not go through", fg=typer.colors.YELLOW)
    for error in one["errors"]:
        value = f" (value {visible(error['value'])})" if error.get("value") else ""
        echo_wrapped(f"{visible(error['sentence'])}{value}", indent=" " * 14, hanging=" " * 16)
    for line in one["lessons"]:
        echo_wrapped(line, indent=" " * 14, hanging=" " * 16)
