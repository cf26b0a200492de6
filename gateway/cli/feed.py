"""`gateway feed`: the numbered events for the hub, and sending them again from a number or a moment on."""

from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.cli.output import CliError, JsonOption, operator, print_json, workspace_of

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
    yes: Annotated[bool, typer.Option("--yes", "-y/-n", "/--dry-run", help="Do it. Otherwise only what would happen is shown.")] = False,
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
