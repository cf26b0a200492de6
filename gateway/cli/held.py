"""`gateway held`, `replay`, `resend`: what waits for a person, and what a person decides."""

from typing import Annotated, Any

import typer

from gateway.cli.output import ExitCode, JsonOption, operator, print_json, print_table, workspace_of

__all__ = ["app", "register"]

app = typer.Typer(help="What waits for a person, and deciding on it.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]


@app.command("list")
def list_(context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200, as_json: JsonOption = False) -> None:
    """List what is held, refused or overdue: the oldest first, with its cause, whose turn it is, and what to do."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "held", limit=limit)
    if as_json:
        print_json(answer)
        return
    for one in answer["held"]:
        typer.echo(f"{one['id']}  {one['thing']} {one['state']} since {one['since']}  {one.get('partnerId') or ''}")
        typer.echo(f"  {one.get('title', one['stateMeaning'])}: {one.get('why', '')} {one.get('detail') or ''}".rstrip())
        if one.get("nextAction"):
            typer.echo(f"  next ({one['owner']}): {one['nextAction']}")
    if not answer["held"]:
        typer.echo("nothing is held")


@app.command()
def release(context: typer.Context, id_: Id, reason: Reason, as_json: JsonOption = False) -> None:
    """Let something held go on although the machine stopped it."""
    _decide(context, "release", id_, reason, as_json)


@app.command()
def reject(context: typer.Context, id_: Id, reason: Reason, as_json: JsonOption = False) -> None:
    """Put something held aside for good."""
    _decide(context, "reject", id_, reason, as_json)


def register(root: typer.Typer) -> None:
    """Add the commands that stand on the first level."""
    root.command()(replay)
    root.command()(resend)
    root.command()(status)


def replay(
    context: typer.Context,
    id_: Id,
    reason: Reason,
    mode: Annotated[
        str,
        typer.Option(
            "--mode", help="restart: from the stored bytes with today's settings; retry: the same bytes once more; duplicate: as new."
        ),
    ] = "restart",
    as_json: JsonOption = False,
) -> None:
    """Do something over: a transmission, a document or a delivery."""
    _decide(context, "replay", id_, reason, as_json, mode=mode)


def resend(context: typer.Context, id_: Id, reason: Reason, as_json: JsonOption = False) -> None:
    """Send the same bytes again, under the same id."""
    _decide(context, "resend", id_, reason, as_json)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what stands where, what waits, and whether anything is missing."""
    from gateway.cli.client import ask

    answer = {**ask(workspace_of(context), "status"), "reconciliation": ask(workspace_of(context), "counts")}
    if as_json:
        print_json(answer)
        return
    rows = [
        {"thing": thing, "state": state, "count": count} for thing, states in answer["things"].items() for state, count in states.items()
    ]
    print_table(rows, [("thing", "thing"), ("state", "state"), ("count", "count")], empty="nothing was received yet")
    counts = answer["reconciliation"]
    typer.echo(
        f"revision {answer['revision']} ({answer['environment']}), {answer['held']} held, oldest work {answer['oldestDueSeconds']:.0f} s"
    )
    for name in ("received", "finished", "waiting", "held"):
        typer.echo(f"{name:9} " + ", ".join(f"{count} {thing}" for thing, count in counts[name].items()))
    typer.echo(f"{'lost':9} " + (", ".join(map(str, counts["lost"])) or "nothing"))


def _decide(context: typer.Context, operation: str, id_: str, reason: str, as_json: bool, **more: Any) -> None:
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), operation, id_, reason=reason, by=operator(), **more)
    if as_json:
        print_json(answer)
    else:
        copy = f", as {answer['copyId']}" if "copyId" in answer else ""
        typer.echo(f"{id_}: {operation} done, it is {answer['state']}{copy}")
    if answer["state"] == "HELD":
        raise typer.Exit(ExitCode.NOT_FOUND)
