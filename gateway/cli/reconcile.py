"""`gateway reconcile`: whether partners, gateway and hub have the same, by flow and day."""

from typing import Annotated, Any

import typer

from gateway.cli.output import ExitCode, JsonOption, print_json, print_table, workspace_of

__all__ = ["app"]

app = typer.Typer(help="Comparing orders, shipments, invoices and stock, by flow and day.", no_args_is_help=True)
Day = Annotated[str | None, typer.Option("--day", help="2026-11-18.")]


@app.command()
def run(context: typer.Context, day: Day = None, as_json: JsonOption = False) -> None:
    """Compare a day now, today if none is named; ends with 1 where something differs."""
    from gateway.cli.client import ask

    _print(context, ask(workspace_of(context), "reconcile-run", day=day), as_json=as_json)


@app.command()
def status(
    context: typer.Context,
    day: Day = None,
    flow: Annotated[str | None, typer.Option("--flow", help="orders-confirmed, warehouse-shipped, shipments-invoiced, stock, …")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how each flow of a day, or of the last days, came out, and what differs; ends with 1 where something does."""
    from gateway.cli.client import ask

    _print(context, ask(workspace_of(context), "reconcile-status", day=day, flow=flow), as_json=as_json)


def _print(context: typer.Context, answer: dict[str, Any], *, as_json: bool) -> None:
    from gateway.cli.held import print_held
    from gateway.cli.words import moment

    if as_json:
        print_json(answer)
    else:
        if "raised" in answer:
            typer.echo(f"{answer['raised']} new, {answer['resolved']} resolved")
        columns = [(name, name) for name in ("day", "flow", "partnerId", "compared", "matched", "waiting", "differing", "status", "at")]
        print_table([{**one, "at": moment(one["at"])} for one in answer["days"]], columns, empty="nothing to compare")
        for alarm in answer["alarms"]:
            print_held(context, {**alarm, "errors": 0, "sentences": []})
    if any(one["differing"] for one in answer["days"]):
        raise typer.Exit(ExitCode.FINDINGS)
