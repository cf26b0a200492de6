"""`gateway batch`: documents that wait to leave together: what waits, leaving now, stopping, starting again."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from gateway.cli.output import JsonOption, ReasonOption, operator, print_json, workspace_of

__all__ = ["app"]

app = typer.Typer(help="Documents that wait to leave together.", no_args_is_help=True)

PartnerArgument = Annotated[str, typer.Argument(metavar="PARTNER")]
NameOption = Annotated[str | None, typer.Option("--name", metavar="BATCH", help="One batch: its name, or the agreement's. Absent: all.")]
UsageOption = Annotated[str | None, typer.Option("--usage", help="test or live; absent: both.")]


@app.command("list")
def list_(
    context: typer.Context,
    partner: Annotated[str | None, typer.Option("--partner", metavar="ID", help="One partner's only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the batches: how much waits since when, when it leaves, and what is stopped."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "batch-list", partner=partner)
    if as_json:
        print_json(answer)
        return
    if not answer["batches"]:
        typer.echo("nothing has waited in a batch yet")
    for one in answer["batches"]:
        _print_batch(one)


def _deciding(operation: str) -> Callable[..., None]:
    """A command that decides on what waits for a partner."""

    def work(
        context: typer.Context,
        partner: PartnerArgument,
        reason: ReasonOption,
        name: NameOption = None,
        usage: UsageOption = None,
        as_json: JsonOption = False,
    ) -> None:
        _decide(context, operation, partner, reason, as_json, name, usage)

    return work


app.command("release", help="Have what waits leave now, before its moment.")(_deciding("batch-release"))
app.command("stop", help="Let nothing of it leave until it is started again; what comes waits.")(_deciding("batch-stop"))
app.command("start", help="Let it leave again; a moment that passed meanwhile is made up for at once.")(_deciding("batch-start"))


def _decide(context: typer.Context, operation: str, partner: str, reason: str, as_json: bool, name: str | None, usage: str | None) -> None:
    from gateway.cli.client import ask, is_serving

    answer = ask(workspace_of(context), operation, partner, reason=reason, by=operator(), name=name, usage=usage)
    if as_json:
        print_json(answer)
        return
    for one in answer["batches"]:
        _print_batch(one)
    if operation != "batch-stop" and not is_serving(workspace_of(context)):
        typer.echo("  the gateway stands still: it leaves as soon as `gateway serve` runs")


def _print_batch(one: dict[str, Any]) -> None:
    from gateway.cli.words import moment, visible
    from gateway.plural import counted

    typer.secho(f"{one['partnerId']} · {one['name']} · {one['usage']}", bold=True, nl=False)
    since = f" since {moment(one['since'])}" if one.get("since") else ""
    typer.echo(f" · {counted(one['documents'], 'document')}, {one['bytes']} bytes{since}")
    stopped = one.get("stopped")
    if stopped:
        typer.echo(f"  stopped {moment(stopped['at'])} by {visible(stopped['by'])}: {visible(stopped['reason'])}")
    elif one["documents"]:
        typer.echo(f"  leaves {moment(one['due'])}" if one.get("due") else "  leaves when it is full or released")
    if one.get("releasedAt"):
        typer.echo(f"  left last {moment(one['releasedAt'])}")
