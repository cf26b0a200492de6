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


@app.command()
def explain(
    context: typer.Context,
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="A Message-ID, a transmission or delivery id, or a file with a whole HTTP message.")
    ],
    partner: Annotated[str | None, typer.Option("--partner", help="Whose message a file holds.")] = None,
    mic: Annotated[str, typer.Option("--mic", help="The digest that the partner says it computed: 'base64, sha-256'.")] = "",
    sent: Annotated[
        Path | None, typer.Option("--sent", help="MESSAGE is a receipt for this saved message of ours, whose MIC is given by --mic.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a message did not open, or why its receipt does not fit, and which setting would help. Changes nothing.

    Works on the stored bytes: each step with its certificate, what was tried, the cause, its owner and the next action.
    """
    from gateway.cli.as2_explain import of_file, of_store, print_explanation

    if partner is not None:
        view = of_file(workspace_of(context), read_bytes(Path(message)), partner, mic, read_bytes(sent) if sent else None)
    elif sent is not None or message == "-" or Path(message).is_file():
        raise CliError("whose message this file holds is not said", "Name the partner: --partner P.")
    else:
        view = of_store(workspace_of(context), message, mic)
    if as_json:
        print_json(view)
    else:
        print_explanation(view)
    if not view["ok"]:
        raise typer.Exit(ExitCode.FINDINGS)


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
