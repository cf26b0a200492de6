"""`gateway as2`: whether a partner's endpoint answers, and one message to it with its receipt."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, read_bytes, workspace_of

if TYPE_CHECKING:
    from gateway.cli.as2_exchange import Exchange

__all__ = ["app"]

app = typer.Typer(help="AS2 with a partner, from this machine and outside of the store.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="PARTNER")]


@app.command()
def ping(context: typer.Context, partner_id: Id, as_json: JsonOption = False) -> None:
    """See whether the partner's endpoint answers: name, connection, TLS, HTTP. No message is sent."""
    from gateway.cli.as2_exchange import look

    _tell(asyncio.run(look(workspace_of(context), partner_id)), as_json)


@app.command()
def send(
    context: typer.Context,
    partner_id: Id,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The payload; `-` reads standard input.")],
    content_type: Annotated[
        str | None, typer.Option("--content-type", help="application/edi-x12, application/edifact, ...; by the content when absent.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send one file to the partner, signed and encrypted as its profile says, and judge the receipt.

    The message is real: the partner processes it. It is not stored here; documents leave by the gateway itself.
    """
    from gateway.cli.as2_exchange import exchange

    payload = read_bytes(file)
    if not payload:
        raise CliError(f"{file} is empty", "Give a file with something in it.")
    _tell(asyncio.run(exchange(workspace_of(context), partner_id, payload, file.name, content_type)), as_json)


def _tell(result: "Exchange", as_json: bool) -> None:
    if as_json:
        print_json(result.as_json())
    else:
        for step in result.steps:
            typer.echo(f"{step.outcome:8} {step.name}: {step.detail}")
        typer.echo(result.verdict)
        if result.next_action:
            typer.echo(f"  next: {result.next_action}")
    if not result.ok:
        raise typer.Exit(ExitCode.FINDINGS)
