"""`gateway acks`: what is owed and what is due, in both directions and on every level."""

from typing import Annotated

import typer

from gateway.cli.output import JsonOption, operator, print_json, workspace_of

__all__ = ["app"]

app = typer.Typer(help="Acknowledgments and answers: owed, due, overdue, refused.", no_args_is_help=True)


@app.command()
def review(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of an acknowledgment, a delivery whose MDN is the matter, or an alarm.")],
    comment: Annotated[str, typer.Option("--comment", help="What you saw; kept with your name.")],
    as_json: JsonOption = False,
) -> None:
    """Take one off the work list. What comes late still settles it."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "review", id_, comment=comment, by=operator())
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{id_}: reviewed")
