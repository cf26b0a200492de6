"""`gateway as2`: the way to a partner's endpoint, a file to it, and why a message or its receipt is not as it should be."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.as2_evidence import evidence
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, read_bytes, workspace_of

__all__ = ["app"]

app = typer.Typer(help="AS2 with a partner: whether it is reached, a file to it, and why a message failed.", no_args_is_help=True)

_HEAD: Final = 4096  #: enough to see what a file is

Id = Annotated[str, typer.Argument(metavar="PARTNER")]


app.command()(evidence)


@app.command()
def ping(
    context: typer.Context,
    partner_id: Id,
    send: Annotated[bool, typer.Option("--send", help="Then send a harmless text as a message, and judge its receipt.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at the way to the partner's endpoint: name, connection, TLS and its certificate, HTTP. Without --send no message leaves.

    With --send a text of one line goes out, sealed as the profile says, and what comes back is judged. It is not stored here.
    """
    from gateway.cli import as2_ping

    view = as2_ping.ping(workspace_of(context), partner_id, send=send)
    if as_json:
        print_json(view)
    else:
        as2_ping.print_ping(view, send=send)
    if not view["ok"]:
        raise typer.Exit(ExitCode.FINDINGS)


@app.command()
def send(
    context: typer.Context,
    partner_id: Id,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The payload, of any size.", exists=True, dir_okay=False, readable=True)],
    content_type: Annotated[
        str | None, typer.Option("--content-type", help="application/edi-x12, application/edifact, ...; by the content when absent.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send one file to the partner as it is, signed and encrypted as its profile says. It is stored first, then delivered and retried.

    The message is real: the partner processes it.
    """
    from gateway.cli.transfer import send_file
    from gateway.cli.words import command

    said: dict[str, str | None] = {"transport": "as2", "name": file.name, "content_type": content_type or _label(file)}
    answer = send_file(workspace_of(context), partner_id, file, said)
    if as_json:
        print_json(answer)
        return
    typer.echo(f"{answer['bytes']} bytes for {answer['partnerId']}: delivery {answer['deliveryId']} is queued")
    typer.echo(f"  `{command(context, 'as2', 'explain', answer['deliveryId'])}` judges its receipt when it has come")


def _label(file: Path) -> str:
    """The media type by how the file begins."""
    from edi.read import sniff
    from edi.values import Standard

    with file.open("rb") as stream:
        standard = sniff(stream.read(_HEAD))
    labels = {None: "application/octet-stream", Standard.X12: "application/edi-x12", Standard.EDIFACT: "application/edifact"}
    return labels[standard]


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
