"""`gateway breaker`: destinations that do not answer, and what a person decides about one."""

from typing import Annotated, Any

import typer

from gateway.cli.output import JsonOption, ReasonOption, operator, print_json, workspace_of

__all__ = ["app"]

app = typer.Typer(help="Circuits of destinations that fail: listed, closed and opened by a person.", no_args_is_help=True)

Destination = Annotated[str, typer.Argument(metavar="DESTINATION", help="sink:NAME or partner:ID:TRANSPORT")]


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List destinations that failed lately: which are open, when they are tried, what waits, how fast what waited goes."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "breakers")
    if as_json:
        print_json(answer)
        return
    if not answer["breakers"]:
        typer.echo("all destinations answer")
    for one in answer["breakers"]:
        _print(one)


def _print(one: dict[str, Any]) -> None:
    from gateway.cli.words import echo_wrapped, moment
    from gateway.plural import counted

    since = f" since {moment(one['since'])}" if "since" in one else ""
    waits = f", {counted(one['waiting'], 'delivery waits', 'deliveries wait')}" if one["waiting"] else ""
    typer.echo(f"{typer.style(one['destination'], bold=True)} · {one['state']}{since}{waits}")
    if "reason" in one:
        echo_wrapped(f"opened by a person: {one['reason']}", indent="  ")
    elif "triedAt" in one:
        typer.echo(f"  tried again at {moment(one['triedAt'])}")
    if "backAt" in one:
        typer.echo(f"  answers since {moment(one['backAt'])}: {one['delivered']} delivered, {one['perSecond']:g} a second")
    if one.get("title"):
        echo_wrapped(f"{one['title']}; {counted(one['failures'], 'failure')} in a row, last calls {one['recent']} (1 failed)", indent="  ")


@app.command("close")
def close(context: typer.Context, destination: Destination, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Have a destination tried at once; what waited for it goes, more and more at once."""
    _decide(context, "breaker-close", destination, reason, as_json)


@app.command("open")
def open_(context: typer.Context, destination: Destination, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Keep everything away from a destination until it is closed again; what is for it waits."""
    _decide(context, "breaker-open", destination, reason, as_json)


def _decide(context: typer.Context, operation: str, destination: str, reason: str, as_json: bool) -> None:
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), operation, destination, reason=reason, by=operator())
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{answer['destination']}: {answer['state']}")
