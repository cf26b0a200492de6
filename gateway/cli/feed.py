"""`gateway feed`: the numbered events for the hub, and sending them again from a number or a moment on."""

from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.cli.output import CliError, JsonOption, operator, print_json, print_table, workspace_of

__all__ = ["app"]

app = typer.Typer(help="The feed of events for the hub.", no_args_is_help=True)


def _place(text: str | None) -> int | str | None:
    """A number of the feed, or a moment by this machine's clock."""
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    try:
        return datetime.fromisoformat(text).astimezone().isoformat()
    except ValueError:
        raise CliError(f"{text} is no place in the feed", "Give a number, or a moment such as 2026-11-20T08:00.") from None


@app.command()
def replay(
    context: typer.Context,
    sink: Annotated[str, typer.Option("--sink", help="Where to: a sink of gateway.yaml.")],
    first: Annotated[str, typer.Option("--from", metavar="PLACE", help="A number of the feed, or a moment: 2026-11-20T08:00.")],
    last: Annotated[
        str | None, typer.Option("--to", metavar="PLACE", help="The last number, or before this moment; the end when absent.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many, the oldest first; replay.limit when absent.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with each event. Needed to do it.")] = "",
    yes: Annotated[bool, typer.Option("--yes/--dry-run", help="Do it. Otherwise only what would happen is shown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send the same events again to one sink, in their order, marked as a replay; also to one that is new."""
    from gateway.cli.client import ask
    from gateway.cli.replay import print_replay

    if yes and not reason.strip():
        raise CliError("a reason is needed", 'Say why: --reason "the hub restored a backup".')
    places: dict[str, Any] = {"from": _place(first), "to": _place(last)}
    answer = ask(workspace_of(context), "replay-feed", sink=sink, limit=limit, reason=reason, by=operator(), confirm=yes, **places)
    if as_json:
        print_json(answer)
        return
    typer.echo(f"feed {answer['from']} to {answer['to']}, to {sink}")
    print_replay(context, answer)
    if "next" in answer:
        typer.echo(f"  go on with --from {answer['next']}")


@app.command()
def consumers(context: typer.Context, as_json: JsonOption = False) -> None:
    """List who reads the feed under a name: how far each is, and how long the next event has been waiting for it."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "consumers")
    if as_json:
        print_json(answer)
        return
    rows = [{**one, "lag": f"{one['lagSeconds']:.0f} s" if one["behind"] else "-", "at": one["at"][:19]} for one in answer["consumers"]]
    columns = [
        ("consumer", "consumer"),
        ("position", "is at"),
        ("behind", "behind"),
        ("lag", "waits"),
        ("at", "said at"),
        ("by", "by"),
    ]
    print_table(rows, columns, empty="nobody has said yet how far it is: POST /api/v1/feed/consumers/NAME/position")


@app.command()
def position(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CONSUMER")],
    place: Annotated[str, typer.Option("--to", metavar="PLACE", help="Behind this number, or with what came from this moment on.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the log.")],
    as_json: JsonOption = False,
) -> None:
    """Have a consumer go on elsewhere: back, to read again, or forward."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "consumer-position", name, to=_place(place), reason=reason, by=operator())
    if as_json:
        print_json(answer)
        return
    typer.echo(f"{name}: goes on behind {answer['position']}; it was at {answer['before']}")


@app.command()
def forget(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CONSUMER")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the log.")],
    as_json: JsonOption = False,
) -> None:
    """Forget a consumer that does not read any more."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "consumer-forget", name, reason=reason, by=operator())
    if as_json:
        print_json(answer)
        return
    typer.echo(f"{name}: forgotten")
